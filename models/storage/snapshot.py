"""Copy a whole SQLite database into a file at one consistent moment, and restore it."""

import shutil
from pathlib import Path

from models.storage import database as store
from models.storage.database import database

SQLITE_FILE = "database.sqlite3"


def is_empty() -> bool:
    """Return whether the database has no table yet, so that a snapshot may be restored."""
    if not Path(database.obj.database).exists():
        return True
    tables: list[str] = database.get_tables()
    return not tables


def known_migrations() -> set[str]:
    """Return the names of all migrations of this version."""
    return {migration.name for migration in store.migrations().migrations()}


def write(directory: Path) -> list[str]:
    """Write a snapshot during operation; return the names of the applied migrations.

    Raises peewee.OperationalError when the disk is full or fails.
    """
    applied = sorted(store.migrations().applied())
    database.execute_sql("VACUUM INTO ?", (str(directory / SQLITE_FILE),))
    return applied


def read(directory: Path) -> None:
    """Restore a snapshot into the empty database, completely or not at all.

    Raises OSError when the disk is full or fails.
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
