"""The whole database as files: one consistent moment, taken while others write, and put back."""

import errno
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import peewee

from models import database as store
from models.database import database, transaction
from models.inventory import all_tables
from models.sqlite import peewee_errors

SQLITE_FILE = "database.sqlite3"

# What SQLite says when it cannot write a file, as the system says it.
_ERROR_NUMBERS = {sqlite3.SQLITE_FULL: errno.ENOSPC, sqlite3.SQLITE_IOERR: errno.EIO}


def kind() -> str:
    """``sqlite`` or ``postgresql``: a snapshot can be put back into the same kind only."""
    return "sqlite" if store.is_sqlite() else "postgresql"


def is_empty() -> bool:
    """Whether the database has no table yet, so that a snapshot may be put into it."""
    if store.is_sqlite() and not Path(database.obj.database).exists():
        return True
    tables: list[str] = database.get_tables()
    return not tables


def known_migrations() -> set[str]:
    """The names of all migrations that this version of the product has."""
    return {migration.name for migration in store.migrations().migrations()}


def write(directory: Path) -> dict[str, Any]:
    """Write the files of a snapshot; returns what ``read`` needs besides them, as JSON.

    Raises OSError when the disk does not take them, else what peewee raises.
    """
    applied = sorted(store.migrations().applied())
    if store.is_sqlite():
        try:
            database.execute_sql("VACUUM INTO ?", (str(directory / SQLITE_FILE),))
        except peewee.OperationalError as error:
            # The driver's own error is the one that peewee was handling. The low byte of its code
            # is the kind; the others only tell during which call it happened.
            code = getattr(error.__context__, "sqlite_errorcode", 0)
            number = _ERROR_NUMBERS.get(code & 0xFF)
            if number is None:
                raise
            raise OSError(number, os.strerror(number)) from None
        return {"migrations": applied}
    return {"migrations": applied, **_copy_out(directory)}


def read(directory: Path, facts: dict[str, Any]) -> None:
    """Put a snapshot into the empty database that the tables are bound to.

    ``facts`` is what ``write`` returned. All or nothing. Raises OSError when the disk does not take
    it, else what peewee raises.
    """
    if store.is_sqlite():
        database.close()
        path = Path(database.obj.database)
        arriving = path.with_name(f"{path.name}.arriving")
        try:
            shutil.copyfile(directory / SQLITE_FILE, arriving)
            arriving.chmod(0o600)
            arriving.replace(path)
        except BaseException:
            arriving.unlink(missing_ok=True)
            raise
        return
    with peewee_errors, transaction():
        database.execute_sql("SET LOCAL statement_timeout = 0")
        # The snapshot's form first; what came later is applied at the next start.
        store.migrations().up(target=facts["migrations"][-1])
        _copy_in(directory, facts)


def _copy_out(directory: Path) -> dict[str, Any]:
    tables, sequences = {}, {}
    with transaction():
        database.execute_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        database.execute_sql("SET LOCAL statement_timeout = 0")
        for table in all_tables():
            name = table._meta.table_name
            tables[name] = [field.column_name for field in table._meta.sorted_fields]
            statement = f"COPY {_columns(name, tables[name])} TO STDOUT (FORMAT BINARY)"
            with open(directory / name, "wb") as file, database.cursor().copy(statement) as copy:
                for block in copy:
                    file.write(block)
            if isinstance(table._meta.primary_key, peewee.AutoField):
                sequences[name] = _last_number(table)
    return {"tables": tables, "sequences": sequences}


def _copy_in(directory: Path, facts: dict[str, Any]) -> None:
    names = list(facts["tables"])
    # What the migrations themselves wrote is in the snapshot, too.
    database.execute_sql(f"TRUNCATE {', '.join(map(_quoted, names))}")
    for name, columns in facts["tables"].items():
        statement = f"COPY {_columns(name, columns)} FROM STDIN (FORMAT BINARY)"
        with open(directory / name, "rb") as file, database.cursor().copy(statement) as copy:
            while block := file.read(1 << 16):
                copy.write(block)
    for name, number in facts["sequences"].items():
        if number is not None:
            database.execute_sql(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", (name, number)
            )


def _last_number(table: type[store.Model]) -> int | None:
    """The last number that the table's sequence gave out; None before the first."""
    meta: Any = table._meta
    sequence = database.execute_sql(
        "SELECT pg_get_serial_sequence(%s, %s)", (meta.table_name, meta.primary_key.column_name)
    ).fetchone()[0]
    number, was_used = database.execute_sql(
        f"SELECT last_value, is_called FROM {sequence}"  # noqa: S608
    ).fetchone()
    return int(number) if was_used else None


def _columns(table: str, columns: list[str]) -> str:
    return f"{_quoted(table)} ({', '.join(map(_quoted, columns))})"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
