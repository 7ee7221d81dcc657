"""The state machine of matters and lines: two tables, act × state.

A matter follows its lines while it is open; the last word of each person counts until acceptance.
"""

from collections.abc import Collection
from enum import Enum

from models.matters import matters as table
from models.matters.matters import (
    ACCEPTED,
    CONFIRMED,
    EXPIRED,
    LOST,
    PENDING,
    REFUSED,
    WAITING,
    WITHDRAWN,
)


class LineAct(Enum):
    """What happens to a line."""

    CONFIRM = "confirm"
    REFUSE = "refuse"
    LOSE = "lose"
    """A confirmation counts no more: account, level or card changed."""
    RENEW = "renew"
    """The next version changed what the person confirms."""


class MatterAct(Enum):
    """What happens to a matter as a whole."""

    ACCEPT = "accept"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"


LINES: dict[LineAct, dict[str, str]] = {
    # act            now        → then
    LineAct.CONFIRM: {PENDING: CONFIRMED, REFUSED: CONFIRMED, LOST: CONFIRMED},
    LineAct.REFUSE: {PENDING: REFUSED, CONFIRMED: REFUSED, LOST: REFUSED},
    LineAct.LOSE: {CONFIRMED: LOST},
    LineAct.RENEW: {PENDING: PENDING, CONFIRMED: PENDING, REFUSED: PENDING, LOST: PENDING},
}
"""A combination that is not here is not possible."""

MATTERS: dict[MatterAct, dict[str, str]] = {
    # A waiting one only by the switch, where MATTER_GUARD allows that.
    MatterAct.ACCEPT: {WAITING: ACCEPTED, CONFIRMED: ACCEPTED},
    MatterAct.WITHDRAW: {WAITING: WITHDRAWN, CONFIRMED: WITHDRAWN, REFUSED: WITHDRAWN},
    MatterAct.EXPIRE: {WAITING: EXPIRED, CONFIRMED: EXPIRED, REFUSED: EXPIRED},
}
"""An ended matter changes no more."""


def followed(matter: str, lines: Collection[str]) -> str:
    """Return the state of a matter by the states of its lines."""
    if matter not in table.OPEN:
        return matter
    if REFUSED in lines:
        return REFUSED
    return CONFIRMED if set(lines) == {CONFIRMED} else WAITING
