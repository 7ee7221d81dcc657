"""Check whether the service and its parts are ready.

A write to the database is tried: a full disk, a server that was made a standby and a role without
rights let every read work. Redis may be away: then the bot answers in general, and what needs
limits is refused.
"""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from config import Settings
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.health import heartbeats
from miniprogram_api.services import Services
from models.storage import database
from models.storage.database import DatabaseError

# SQLite's write-ahead log grows to 32 MB between two checkpoints.
LEAST_FREE_BYTES = 64 * 1024 * 1024
_PROBE = b"\0" * 64 * 1024


@dataclass(frozen=True)
class Part:
    """Describe one part: ``state`` is ok or the problem."""

    name: str
    state: str
    only_degrades: bool = False
    """Whether the service can serve people without it."""

    @property
    def works(self) -> bool:
        """Return whether the part works."""
        return self.state == "ok"

    @property
    def fails(self) -> bool:
        """Return whether the service cannot serve people because of it."""
        return not self.works and not self.only_degrades


def parts(services: Services) -> list[Part]:
    """Check database, migrations, Redis and the disk."""
    return [
        *_database(),
        Part("redis", _redis(services), only_degrades=True),
        Part("disk", _disk(services.settings)),
    ]


def _database() -> list[Part]:
    try:
        with database.expect_short_statements():
            database.database.execute_sql("SELECT 1").fetchone()
            pending = database.pending_migrations()
            # The table of the write may be among the missing ones.
            state = "ok" if pending or _takes_writes() else "not writable"
    except database.DatabaseUnavailable:
        return [Part("database", "unreachable"), Part("migrations", "unknown")]
    return [
        Part("database", state),
        Part("migrations", "ok" if not pending else f"{len(pending)} missing"),
    ]


def _takes_writes() -> bool:
    try:
        heartbeats.beat(heartbeats.Role.WEB)
    except DatabaseError:
        return False
    return True


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
        services.clients.store_status.ping()
    except StoreUnavailable:
        return "unreachable"
    return "ok"
