"""Signs of life: a worker's tells that jobs are done, the web's that a write succeeds."""

import socket
from enum import StrEnum

from miniprogram_api import clock
from miniprogram_api.retention import Kept
from models import heartbeats
from models.storage.database import transaction

EVERY_SECONDS = 10
"""Between two of a worker."""
DEAD_AFTER_SECONDS = 120
"""Without a sign of life, after which a worker counts as dead."""


class Role(StrEnum):
    """The kind of process."""

    WEB = "web"
    WORKER = "worker"


def beat(role: Role, name: str = "") -> None:
    """Write a sign of life of this machine's process. Raises DatabaseUnavailable."""
    process = ":".join(filter(None, (role, socket.gethostname()[:64], name[:32])))
    with transaction():
        heartbeats.write(process, role, clock.now())


def worker_age() -> int | None:
    """Return the seconds since the last sign of life of any worker; None without one in a day."""
    return min(workers().values(), default=None)


def workers() -> dict[str, int]:
    """Return each worker that gave a sign of life within a day, with its age in seconds."""
    now = clock.now()
    return {
        process: max(0, int((now - at).total_seconds()))
        for process, at in sorted(heartbeats.of_role(Role.WORKER).items())
    }


def remove_old() -> int:
    """Delete the rows of processes that ended; return their number."""
    return heartbeats.remove_before(Kept.HEARTBEATS.cutoff())
