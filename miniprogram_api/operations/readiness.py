"""Check whether the service and its parts are ready."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from config import Settings
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.services import Services
from models.storage import database

# SQLite's write-ahead log grows to 32 MB between two checkpoints.
LEAST_FREE_BYTES = 64 * 1024 * 1024
_PROBE = b"\0" * 64 * 1024


@dataclass(frozen=True)
class Part:
    """Describe one part: ``state`` is ok or the problem."""

    name: str
    state: str

    @property
    def is_ready(self) -> bool:
        """Return whether the part works."""
        return self.state == "ok"


def parts(services: Services) -> list[Part]:
    """Check database, migrations, Redis and the disk."""
    return [*_database(), Part("redis", _redis(services)), Part("disk", _disk(services.settings))]


def _database() -> list[Part]:
    try:
        with database.expect_short_statements():
            database.database.execute_sql("SELECT 1").fetchone()
            pending = database.pending_migrations()
    except database.DatabaseUnavailable:
        return [Part("database", "unreachable"), Part("migrations", "unknown")]
    return [
        Part("database", "ok"),
        Part("migrations", "ok" if not pending else f"{len(pending)} missing"),
    ]


def _disk(settings: Settings) -> str:
    """Write a small file where data are written, and look at the free space."""
    folders = {settings.var_dir.absolute()}
    if not settings.database_url:
        folders.add(Path(settings.database_address.removeprefix("sqlite:///")).parent.absolute())
    try:
        for folder in folders:
            if shutil.disk_usage(folder).free < LEAST_FREE_BYTES:
                return "full"
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(_PROBE)
    except OSError:
        return "not writable"
    return "ok"


def _redis(services: Services) -> str:
    try:
        services.clients.store.ping()
    except StoreUnavailable:
        return "unreachable"
    return "ok"
