"""How much waits to be sent, and how much was given up."""

from dataclasses import dataclass

from miniprogram_api import clock
from miniprogram_api.delivery.adapters import ALL
from miniprogram_api.delivery.channels import Kind
from miniprogram_api.delivery.dead_letters import is_failed


@dataclass(frozen=True)
class Backlog:
    """Rows of one channel that are due now, seconds since the first was due, and dead letters."""

    due: int
    due_seconds: int
    failed: int


def by_channel() -> dict[str, Backlog]:
    """Return the backlog of every channel by its name; background jobs are ``job``."""
    return {kind.name: _of(kind) for kind in ALL}


def _of(kind: Kind) -> Backlog:
    rows, now = kind.table.select(), clock.now()
    due = rows.where(kind.table.due_at <= now)
    first = due.order_by(kind.table.due_at).first()
    return Backlog(
        due=due.count(),
        due_seconds=0 if first is None else int((now - first.due_at).total_seconds()),
        failed=rows.where(is_failed(kind)).count(),
    )
