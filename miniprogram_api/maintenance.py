"""Keeping the store in order: opening it, migrations, backups; what no person ever asks for."""

from config import Settings
from models import database, fields


def open_store(settings: Settings, *, threads: int = 1) -> None:
    """Give this process its keys and bind the tables to the database; nothing is connected yet.

    ``threads`` is how many threads of the process use the database at once.
    """
    fields.use_keys(
        fields.KeyRing(
            settings.data_key_ring, settings.index_key_ring, cipher=settings.data_cipher
        )
    )
    database.connect(
        settings.database_address,
        pool_size=threads + 1,
        pool_timeout=settings.database_pool_timeout,
    )


def close_store() -> None:
    """Close this thread's connection for good, before a fork or at the end of a command."""
    database.disconnect()


def migrate() -> list[str]:
    """Apply the missing migrations, one process at a time; returns their names."""
    return database.migrate()


def pending_migrations() -> list[str]:
    """Names of the migrations that the database lacks."""
    return database.pending_migrations()
