"""What could not be sent or done, for operators to try again or to drop.

Each is identified by a key such as ``reply-7``: its channel and the id of its row.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import Expression

from miniprogram_api import audit, clock
from miniprogram_api.delivery import sending
from miniprogram_api.delivery.adapters import ALL
from miniprogram_api.delivery.channels import Kind, Letter
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import invalid
from models.storage.database import transaction

MOST_LISTED = 200
LONGEST_REASON = 100
_KINDS = {kind.name: kind for kind in ALL}
_ORDER = list(_KINDS)
_LARGEST = 2**62
_KEY = re.compile(rf"({'|'.join(_KINDS)})-([0-9]{{1,15}})")
_PLACE = re.compile(rf"([0-9]{{1,15}})-{_KEY.pattern}")


@dataclass(frozen=True)
class DeadLetter:
    """One failed row; ``kind`` is its channel's name."""

    kind: str
    key: str
    failed_at: datetime
    letter: Letter

    @property
    def place(self) -> str:
        """Return the position in the list, for ``page``."""
        return f"{clock.milliseconds(self.failed_at)}-{self.key}"


def list_all() -> list[DeadLetter]:
    """Return the newest dead letters, at most 200."""
    return page(limit=MOST_LISTED)


def page(*, limit: int, before: str = "") -> list[DeadLetter]:
    """Return the newest dead letters; ``before``: only those behind this ``place``."""
    rows: list[tuple[Kind, Any]] = []
    for kind in ALL:
        table = kind.table
        failed = table.select().where(is_failed(kind) & _is_behind(kind, before))
        newest = failed.order_by(table.failed_at.desc(), table.id.desc()).limit(limit)
        rows += [(kind, row) for row in newest]
    # Within the same moment the kinds are in their order, which sorting keeps.
    rows.sort(key=lambda one: one[1].failed_at, reverse=True)
    return [
        DeadLetter(kind.name, f"{kind.name}-{row.id}", row.failed_at, kind.letter(row))
        for kind, row in rows[:limit]
    ]


def send_again(key: str, *, actor: str) -> None:
    """Make a dead letter due again, within the usual limits. Raises Refused NOT_FOUND."""
    with transaction():
        _kind, row = _failed(key)
        sending.send_again(row)
        audit.write("command:dead_letter:sent_again", actor=actor, letter=key)


def drop(key: str, *, actor: str, reason: str) -> None:
    """Delete a dead letter. Raises Refused: INVALID_INPUT without a reason; NOT_FOUND."""
    reason = " ".join(reason.split())
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise invalid("dead_letters.reason.required", most=LONGEST_REASON)
    with transaction():
        kind, row = _failed(key)
        kind.drop(row)
        audit.write("command:dead_letter:dropped", actor=actor, letter=key, reason=reason)


def is_failed(kind: Kind) -> Expression:
    """Build the condition of a kind's dead letters."""
    failed = kind.table.failed_at.is_null(False)
    return failed if kind.failed is None else failed & kind.failed


def _is_behind(kind: Kind, place: str) -> Expression:
    """Build the condition of the rows behind a ``DeadLetter.place``; of all for any other text."""
    table = kind.table
    parts = _PLACE.fullmatch(place)
    if parts is None:
        return table.id > 0
    at, last_kind, last_id = int(parts[1]), parts[2], int(parts[3])
    passed = _ORDER.index(kind.name) - _ORDER.index(last_kind)
    bound = last_id if passed == 0 else 0 if passed < 0 else _LARGEST
    return (table.failed_at < at) | ((table.failed_at == at) & (table.id < bound))


def _failed(key: str) -> tuple[Kind, Any]:
    """Return a dead letter's kind and row. Raises Refused NOT_FOUND."""
    parts = _KEY.fullmatch(key)
    if parts is not None:
        kind = _KINDS[parts[1]]
        this = kind.table.id == int(parts[2])
        row = kind.table.get_or_none(this & is_failed(kind))
        if row is not None:
            return kind, row
    raise Refused(Reason.NOT_FOUND)
