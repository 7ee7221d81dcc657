"""The database connection of a command."""

from collections.abc import Iterator
from contextlib import contextmanager

from config import Settings
from miniprogram_api.operations import maintenance


@contextmanager
def connected(settings: Settings, threads: int = 1) -> Iterator[None]:
    """Connect the tables to the database of the settings; disconnect at the end."""
    maintenance.connect(settings, threads=threads)
    try:
        yield
    finally:
        maintenance.disconnect()
