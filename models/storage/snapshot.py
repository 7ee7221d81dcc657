"""Copy a whole SQLite database into a file, at one consistent moment, and put it back."""

import shutil
from pathlib import Path

from models.storage import database as store
from models.storage.database import database

SQLITE_FILE = "database.sqlite3"


def is_empty() -> bool:
    """Whether the database has no table yet, so that a snapshot may be put into it."""
    if not Path(database.obj.database).exists():
        return True
    tables: list[str] = database.get_tables()
    return not tables


def known_migrations() -> set[str]:
    """Return the names of all migrations that this version of the product has."""
    return {migration.name for migration in store.migrations().migrations()}


def write(directory: Path) -> list[str]:
    """Write the snapshot, while others write; returns the names of the applied migrations.

    Raises peewee.OperationalError when the disk does not take it.
    """
    applied = sorted(store.migrations().applied())
    database.execute_sql("VACUUM INTO ?", (str(directory / SQLITE_FILE),))
    return applied


def read(directory: Path) -> None:
    """Put a snapshot into the empty database that the tables are bound to.

    All or nothing. Raises OSError when the disk does not take it.
    """
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
