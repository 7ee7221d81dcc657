"""Check whether the service and its parts are ready."""

from dataclasses import dataclass

from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.services import Services
from models.storage import database


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
    """Check database, migrations and Redis."""
    return [*_database(), Part("redis", _redis(services))]


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


def _redis(services: Services) -> str:
    try:
        services.clients.store.ping()
    except StoreUnavailable:
        return "unreachable"
    return "ok"
