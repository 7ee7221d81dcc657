"""What the composition roots do to the database before any rule runs."""

from datetime import datetime

from config import Settings
from miniprogram_api import clock
from models.storage import database, fields, inventory
from models.storage.database import PATIENCE as PATIENCE
from models.storage.database import DatabaseUnavailable as DatabaseUnavailable


def connect(
    settings: Settings, *, threads: int | None = None, patience: float | None = None
) -> None:
    """Bind the tables to the database and the keys of the settings; nothing is opened yet.

    ``patience``: seconds that a statement may take, PATIENCE for what serves all the time; None: as
    long as it takes, for commands, whose long statements nobody must cut off.
    """
    fields.use_keys(
        fields.KeyRing(settings.data_key_ring, settings.index_key_ring, settings.data_cipher)
    )
    database.connect(
        settings.database_address,
        # One more than threads: a signal handler or a health check must find a place too.
        pool_size=(threads or settings.web_threads) + 1,
        pool_timeout=settings.database_pool_timeout,
        patience=patience,
    )


def migrate() -> list[str]:
    """Apply the migrations that are missing, one process at a time; returns their names."""
    return database.migrate()


def pending_migrations() -> list[str]:
    """Names of the migrations that the database lacks."""
    return database.pending_migrations()


def unreadable_columns() -> list[str]:
    """``table.column`` wherever stored values do not fit the keys in force."""
    return inventory.unreadable_columns()


def database_clock() -> datetime:
    """What time it is where the database runs; for SQLite that is here."""
    if database.is_sqlite():
        return clock.now()
    now: datetime = database.database.execute_sql("SELECT clock_timestamp()").fetchone()[0]
    return now


def release_connection() -> None:
    """Give a PostgreSQL connection back to the pool (see ``models.storage.database.release``)."""
    database.release()


def close_thread_connection() -> None:
    """Close the connection of a thread that is about to end, and no other one."""
    database.close_thread_connection()


def disconnect() -> None:
    """Close the thread's connection for good."""
    database.disconnect()
