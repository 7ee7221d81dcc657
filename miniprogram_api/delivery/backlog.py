"""How much waits to be sent, and how much was given up."""

from dataclasses import dataclass

from miniprogram_api import clock
from miniprogram_api.delivery.adapters import ALL
from miniprogram_api.delivery.channels import Kind
from miniprogram_api.delivery.dead_letters import is_failed


@dataclass(frozen=True)
class Backlog:
    """Rows of one channel that are due now, and dead letters."""

    due: int
    failed: int


def by_channel() -> dict[str, Backlog]:
    """Return the backlog of every channel by its name; background jobs are ``job``."""
    return {kind.name: _of(kind) for kind in ALL}


def _of(kind: Kind) -> Backlog:
    rows = kind.table.select()
    return Backlog(
        due=rows.where(kind.table.due_at <= clock.now()).count(),
        failed=rows.where(is_failed(kind)).count(),
    )
