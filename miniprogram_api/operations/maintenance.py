"""Database functions for the composition roots."""

from collections.abc import Callable
from datetime import datetime

from config import Settings
from miniprogram_api import clock
from models.desks import ledger_keys
from models.storage import database, fields, grants
from models.storage.database import PATIENCE as PATIENCE
from models.storage.database import CannotMigrate as CannotMigrate
from models.storage.database import DatabaseUnavailable as DatabaseUnavailable
from models.storage.database import close_thread_connection as close_thread_connection
from models.storage.database import disconnect as disconnect
from models.storage.database import pending_migrations as pending_migrations
from models.storage.database import release as release
from models.storage.database import sqlstate as sqlstate
from models.storage.inventory import unreadable_columns as unreadable_columns


def connect(
    settings: Settings, *, threads: int | None = None, patience: float | None = None
) -> None:
    """Bind the tables to the database and the keys of the settings, without connecting.

    ``patience``: seconds per statement, PATIENCE in services; None: unlimited, for commands.
    """
    fields.use_keys(
        fields.KeyRing(settings.data_key_ring, settings.index_key_ring, settings.data_cipher)
    )
    ledger_keys.use(settings.ledger_key_ring)
    database.connect(
        settings.database_address,
        # One more than threads, for a signal handler or a health check.
        pool_size=(threads or settings.web_threads) + 1,
        pool_timeout=settings.database_pool_timeout,
        patience=patience,
    )


def migrate(
    settings: Settings,
    *,
    expand_only: bool = False,
    on_applied: Callable[[str, float], None] | None = None,
) -> list[str]:
    """Apply the missing migrations on the present connection; return their names.

    ``expand_only`` and ``on_applied``: see `database.migrate`. With MIGRATION_DATABASE_URL its role
    migrates as the owner of the tables, and then grants the service's role what it needs.
    """
    if not settings.migration_database_url:
        return database.migrate(expand_only=expand_only, on_applied=on_applied)
    role = grants.present_role()
    database.connect(settings.migration_database_url)
    try:
        applied = database.migrate(expand_only=expand_only, on_applied=on_applied)
        grants.apply(role)
    finally:
        connect(settings)
    return applied


def pool_figures() -> dict[str, int]:
    """Return this process's PostgreSQL connections and waiting threads; empty on SQLite."""
    return database.pool_figures()


def database_clock() -> datetime:
    """Return the time of the database server; SQLite has the local time."""
    if database.is_sqlite():
        return clock.now()
    now: datetime = database.database.execute_sql("SELECT clock_timestamp()").fetchone()[0]
    return now
