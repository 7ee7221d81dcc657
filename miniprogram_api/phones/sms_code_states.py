"""The state of recent codes and limits by the rules of ``sms_codes``, consuming nothing."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile

from miniprogram_api import clock
from miniprogram_api.access import sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.clients.inquiries import Inquiry
from miniprogram_api.clients.redis import Full, Limit, Taken, take_since_inquiry
from miniprogram_api.phones import (
    code_reports,
    sms_code_entries,
    sms_code_refusals,
    sms_codes,
    sms_limits,
)
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.phones.code_reports import Arrival
from miniprogram_api.reasons import Refused, refused_by
from models.accounts import sms_codes as table
from models.delivery_reports import FAILED
from models.storage.database import instant

MOST = 6
# How many codes of all users are looked at, and when the gateway is failing for all of them.
MOST_OF_ALL = 50
PHONES_FAILING = 2
_FAILING = timedelta(minutes=10) // timedelta(milliseconds=1)
_HANDOVER = timedelta(seconds=15) // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class SentCode:
    """The present state of one code."""

    phone: str = field(repr=False)
    purpose: str
    sent_at: datetime
    expires_at: datetime
    state: str
    """As in the table: ``sent``, ``uncertain`` (no answer), or one of ``NOT_SENT``."""
    is_used: bool
    is_entered: bool
    """Whether it was entered correctly, which proves its arrival."""
    unusable: Refused | None
    """The refusal that ``sms_codes.prove`` would raise; None when it is usable."""
    wrong_tries: int = 0
    """The number of the asker's wrong entries."""
    tries_left: int = sms_code_entries.MOST_WRONG_ATTEMPTS
    """How many more wrong entries void it for the asker."""
    arrival: Arrival | None = None
    """What carriers reported; None of a code that needs no report."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Whether a phone gets another code now, as in ``sms_codes.request``."""

    refusal: Refused | None
    """SMS_RATE_LIMITED with ``retry_after`` and ``window``, or None."""
    next_at: datetime
    """When the next code can be sent; now when there is room."""
    remaining: dict[str, int]
    """Codes that still fit into ``minute``, ``hour`` and ``day``."""


def last(openid: str | None, account_id: int | None, phone: str | None) -> list[SentCode]:
    """Return up to six codes of the last 24 hours of a WeChat user or a phone, newest first.

    ``account_id`` is the asker's, whose codes and wrong entries count without a WeChat user.
    """
    if openid is None and phone is None:
        return []
    now = clock.now()
    asker = sessions.asker(openid, account_id)
    since_ms = clock.milliseconds(now - table.LOOKED_BACK)
    rows = table.last_sent(openid, account_id, phone, asker, since_ms, MOST)
    session = SessionInfo(b"", openid, account_id)
    # Only a failed report has a reason that is not for everybody.
    failed = {row.phone for row in rows if row.report == FAILED}
    known = {one for one in failed if code_reports.is_known(session, one)}
    return [
        SentCode(
            row.phone,
            row.purpose,
            row.created_at,
            row.expires_at,
            row.state,
            row.used_at is not None,
            row.confirmed_by is not None,
            # Judge it for its holder.
            sms_code_entries.why_unusable(row, row.confirmed_by or b"", now),
            row.own_tries,
            sms_code_entries.tries_left(row),
            code_reports.of_row(row, is_known=row.phone in known),
        )
        for row in rows
    ]


def windows(phone: str) -> Inquiry[Windows | None]:
    """Inquire the three windows of a canonical phone; None: Redis lost them."""
    now = clock.now()
    codes = sms_codes.limit_of(phone)
    inquiry = take_since_inquiry([codes], clock.milliseconds(now), sms_limits.EPOCH)

    def read(answer: list[int]) -> Windows | None:
        places = inquiry.read(answer)
        if isinstance(places, Taken):
            return room(now, places.remaining)
        return _full(now, places, codes) if isinstance(places, Full) else None

    return Inquiry(inquiry.script, inquiry.keys, inquiry.arguments, read)


def range_refusal(phone: str) -> Refused | None:
    """Return the PHONE_SEGMENT_UNSUPPORTED of the next code to a canonical phone, or None."""
    return refused_by(number_ranges.require_supported, phone)


def failing_since() -> datetime | None:
    """Return since when the gateway takes no code of any user; None while it works or is unused.

    It fails if it took none of the codes of the last minutes and these went to several phones.
    """
    now_ms = clock.milliseconds(clock.now())
    rows = table.newest(MOST_OF_ALL)
    # A code being handed over is stored as sent.
    # What it refused because of one phone says nothing of the others.
    done = [
        row
        for row in rows
        if row.state in table.OF_GATEWAY
        or (row.state == table.SENT and row.created_ms <= now_ms - _HANDOVER)
    ]
    failed = [*takewhile(lambda row: row.state != table.SENT, done)]
    phones = {row.phone_index for row in failed if row.created_ms > now_ms - _FAILING}
    return instant(failed[-1].created_ms) if len(phones) >= PHONES_FAILING else None


def operator_refusals() -> int:
    """Return how many of the last minutes' codes were refused because of the operator.

    Balance, template, signature, authorisation: any is an alarm.
    """
    since_ms = clock.milliseconds(clock.now()) - _FAILING
    return sum(
        row.state == table.OPERATOR and row.created_ms > since_ms
        for row in table.newest(MOST_OF_ALL)
    )


def room(now: datetime, remaining: dict[str, int]) -> Windows:
    """Return the windows of a phone that can get another code now."""
    return Windows(None, now, remaining)


def full(now: datetime, window: str, retry_after: int, remaining: dict[str, int]) -> Windows:
    """Return the windows of a phone for which `window` is full."""
    codes = Limit("", ())
    return _full(now, Full(codes.key, window, retry_after, remaining), codes)


def _full(now: datetime, limit: Full, codes: Limit) -> Windows:
    next_at = now + timedelta(seconds=limit.retry_after)
    return Windows(sms_code_refusals.rate_limited(limit, codes), next_at, limit.remaining)
