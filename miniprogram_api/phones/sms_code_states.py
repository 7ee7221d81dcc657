"""What became of the codes that somebody asked for, and when he gets the next; nothing consumed.

Every judgement here is the one of ``sms_codes``: the bot that reads them cannot contradict it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from miniprogram_api import clock
from miniprogram_api.clients.inquiries import Inquiry
from miniprogram_api.clients.redis import Full, Limit, Taken, take_inquiry
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.phones import sms_code_refusals, sms_codes
from miniprogram_api.reasons import Refused, refused_by
from models.accounts import sms_codes as table

# The longest window: an older code has no part in any rule.
LOOKED_BACK = timedelta(days=1)
MOST = 6


@dataclass(frozen=True, slots=True)
class SentCode:
    """One code, as it stands now."""

    phone: str = field(repr=False)
    purpose: str
    sent_at: datetime
    expires_at: datetime
    state: str
    """``sent``, ``uncertain`` (the gateway did not answer) or ``refused`` (by the gateway)."""
    is_used: bool
    is_entered: bool
    """Whether somebody typed it right, so that it did arrive."""
    unusable: Refused | None
    """Why nobody can use it any more, as ``sms_codes.prove`` would say; None when it can be."""
    wrong_tries: int = 0
    """How often something else was typed in its place."""

    @property
    def tries_left(self) -> int:
        """How many more wrong entries it takes before it is void."""
        return max(0, sms_codes.MOST_WRONG_ATTEMPTS - self.wrong_tries)


@dataclass(frozen=True, slots=True)
class Windows:
    """Whether a phone gets another code now, as ``sms_codes.request`` would say."""

    refusal: Refused | None
    """SMS_RATE_LIMITED with ``retry_after`` and ``window``, or None when a code would be sent."""
    next_at: datetime
    """From when on the next one goes out; now when there is room."""
    remaining: dict[str, int]
    """``minute``, ``hour`` and ``day``: how many more fit into each window now."""


def last(openid: str | None, phone: str | None) -> list[SentCode]:
    """The codes of the last 24 hours that a WeChat user asked for or that went to a phone.

    Newest first, six at most; without a user and a phone none.
    """
    if openid is None and phone is None:
        return []
    now = clock.now()
    rows = table.last_sent(openid, phone, clock.milliseconds(now - LOOKED_BACK), MOST)
    return [
        SentCode(
            row.phone,
            row.purpose,
            row.created_at,
            row.expires_at,
            row.state,
            row.used_at is not None,
            row.confirmed_by is not None,
            # Whoever holds it is the one who is asked about.
            sms_codes.why_unusable(row, row.confirmed_by or b"", now),
            row.wrong_tries,
        )
        for row in rows
    ]


def windows(phone: str) -> Inquiry[Windows]:
    """The three windows of a canonical phone."""
    now = clock.now()
    codes = sms_codes.limit_of(phone)
    inquiry = take_inquiry([codes], clock.milliseconds(now))

    def read(answer: list[int]) -> Windows:
        found: Taken | Full = inquiry.read(answer)
        if isinstance(found, Taken):
            return room(now, found.remaining)
        return _full(now, found, codes)

    return Inquiry(inquiry.script, inquiry.keys, inquiry.arguments, read)


def range_refusal(phone: str) -> Refused | None:
    """PHONE_SEGMENT_UNSUPPORTED as the next code to a canonical phone would be refused, or None."""
    return refused_by(number_ranges.require_supported, phone)


def room(now: datetime, remaining: dict[str, int]) -> Windows:
    """The windows of a phone that gets another code now."""
    return Windows(None, now, remaining)


def full(now: datetime, window: str, retry_after: int, remaining: dict[str, int]) -> Windows:
    """The windows of a phone for which `window` is full."""
    codes = Limit("", ())
    return _full(now, Full(codes.key, window, retry_after, remaining), codes)


def _full(now: datetime, found: Full, codes: Limit) -> Windows:
    next_at = now + timedelta(seconds=found.retry_after)
    return Windows(sms_code_refusals.limited(found, codes), next_at, found.remaining)
