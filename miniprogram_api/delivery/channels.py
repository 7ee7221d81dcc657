"""What an adapter tells of its channel, and what becomes of one attempt."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Any

from peewee import Expression, ForeignKeyField

from miniprogram_api.clients.sms.gateway import OF_NUMBER, SmsOutcome, SmsResult
from miniprogram_api.clients.wechat_messages import SendOutcome, SendResult
from miniprogram_api.services import Services
from models import delivery_reports
from models.deliveries import Deliverable

HandOver = Callable[[], None]
"""Marks the row right before the other side can have the message."""


class Outcome(Enum):
    """What became of one attempt."""

    DONE = "done"
    """Taken by the other side, or not needed any more. Whether the person got it is not known."""
    LATER = "later"
    """Not taken; a retry may succeed."""
    POSTPONED = "postponed"
    """Not tried; it is tried after ``wait``."""
    FAILED = "failed"
    """Given up; an operator may send it again."""


@dataclass(frozen=True)
class Result:
    """An outcome with the code of the other side (0: none).

    ``note`` is what the adapter wants to know when the row ends, ``error`` the kind of exception.
    """

    outcome: Outcome
    code: int = 0
    note: str = ""
    error: str = ""
    wait: timedelta = timedelta()


DONE = Result(Outcome.DONE)


@dataclass(frozen=True)
class Letter:
    """A failed row for operators: recipient, the reason in words, and what it says.

    ``recipient`` is a WeChat user, a masked phone, a registration system's key or empty.
    """

    recipient: str
    cause: str
    text: str = field(repr=False)


def _nothing(_row: Any, _result: Result) -> None:
    return


def _delete(row: Deliverable) -> None:
    row.delete_instance()


@dataclass(frozen=True, eq=False, kw_only=True)
class Kind:
    """The rows of one table as operators see them."""

    name: str
    """Begins the key of a failed row, such as ``reply-7``."""
    table: type[Deliverable]
    letter: Callable[[Any], Letter]
    failed: Expression | None = None
    """Restricts the failed rows that operators see."""
    drop: Callable[[Any], None] = _delete
    """Gives up a failed row for good."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Channel(Kind):
    """A way to send these rows."""

    send: Callable[[Services, Any, HandOver], Result]
    """Sends a row, without transaction and connection; an exception means LATER."""
    queue: ForeignKeyField | None = None
    """Rows with the same value are sent one after the other, in order."""
    retry_for: timedelta | None = None
    """Gives up this long after the first attempt, even before the last one."""
    in_doubt: Result | None = None
    """The end of a row whose worker died after the hand-over; None: it is sent again."""
    daytime_only: bool = False
    only: Expression | None = None
    """Restricts the rows."""
    ended: Callable[[Any, Result], None] = _nothing
    """Notes the end of a row, in its transaction."""


def of_wechat(result: SendResult, *, in_doubt: Outcome) -> Result:
    """Translate WeChat's answer; ``in_doubt`` is the outcome without an answer in time."""
    outcome = {
        SendOutcome.SENT: Outcome.DONE,
        SendOutcome.NOT_SENT: Outcome.LATER,
        SendOutcome.REFUSED: Outcome.FAILED,
        SendOutcome.UNCERTAIN: in_doubt,
    }[result.outcome]
    return Result(outcome, result.errcode)


def of_sms(row: Any, sent: SmsResult) -> Result:
    """Translate the gateway's answer; note its number of the message, for the delivery report.

    Without an answer in time the SMS counts as sent; only a refused number is given up.
    """
    if sent.serial:
        delivery_reports.note_accepted(type(row), row.id, sent.vendor, sent.serial)
    if sent.outcome in (SmsOutcome.ACCEPTED, SmsOutcome.UNCERTAIN):
        return DONE
    outcome = Outcome.FAILED if sent.outcome in OF_NUMBER else Outcome.LATER
    return Result(outcome, error=sent.outcome.value)
