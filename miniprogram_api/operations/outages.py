"""Switch external sources off and on.

While a source is off, its users are refused with the operator's notice and nothing is counted; the
bot and ``GET /announcements`` show the notice.
"""

from datetime import datetime
from math import ceil
from typing import Any, Literal, cast

from miniprogram_api import audit, clock
from miniprogram_api.answers import answer_class
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import invalid
from models.accounts import announcements
from models.storage.database import transaction

# Source → refusal. WeChat has no switch: the notice itself is read in WeChat.
SOURCES = {
    "sms": Reason.SMS_UNAVAILABLE,
    "identity": Reason.IDENTITY_SOURCE_BUSY,
    "face": Reason.IDENTITY_SOURCE_BUSY,
    "ctid": Reason.CTID_UNAVAILABLE,
}
LONGEST_NOTICE = 60

Source = Literal["sms", "identity", "face", "ctid"]


@answer_class
class Outage:
    """Source that is off; ``until`` None: until switched on."""

    source: Source
    notice: str
    since: datetime
    until: datetime | None


def require_on(source: str, **details: Any) -> None:
    """Raise Refused with the source's reason and ``notice`` when the source is off."""
    now_ms = clock.milliseconds(clock.now())
    off = announcements.outage_of(source, now_ms)
    if off is None:
        return
    raise refusal(source, *off, now_ms, details)


def refusals_now() -> dict[str, Refused]:
    """Return the refusal of ``require_on`` for every source that is off."""
    now_ms = clock.milliseconds(clock.now())
    return {
        source: refusal(source, notice, until_ms, now_ms, {})
        for source, notice, until_ms in announcements.outages(now_ms)
        # A newer version may have written other sources.
        if source in SOURCES
    }


def refusal(
    source: str, notice: str, until_ms: int | None, now_ms: int, details: dict[str, Any]
) -> Refused:
    """Return the refusal of ``require_on`` for a row of the table."""
    if until_ms is not None:
        details["retry_after"] = ceil((until_ms - now_ms) / 1000)
    return Refused(SOURCES[source], notice=notice, **details)


def current() -> list[Outage]:
    """Return the sources that are off."""
    rows = announcements.SourceOutage.select().order_by(announcements.SourceOutage.source)
    now = clock.now()
    return [
        Outage(cast("Source", row.source), row.notice, row.since, row.until)
        for row in rows
        if row.until is None or row.until > now
    ]


def switch_off(source: str, notice: str, until: datetime | None, *, actor: str) -> None:
    """Switch a source off for all processes from the next request on.

    Raises Refused INVALID_INPUT (source, notice, until).
    """
    if source not in SOURCES:
        raise invalid("outages.source.not_allowed")
    notice = " ".join(notice.split())
    if not 1 <= len(notice) <= LONGEST_NOTICE:
        raise invalid("outages.notice.wrong_length", most=LONGEST_NOTICE)
    now = clock.now()
    if until is not None and until <= now:
        raise invalid("outages.until.past")
    values = {"notice": notice, "since": now, "until": until, "changed_by": actor}
    with transaction():
        announcements.SourceOutage.insert(source=source, **values).on_conflict(
            conflict_target=[announcements.SourceOutage.source], update=values
        ).execute()
        audit.write("admin:source:switched_off", actor=actor, source=source, notice=notice)


def switch_on(source: str, *, actor: str) -> bool:
    """Switch a source on; return False if it was on."""
    with transaction():
        outage = announcements.SourceOutage
        done = outage.delete().where(outage.source == source).execute() > 0
        if done:
            audit.write("admin:source:switched_on", actor=actor, source=source)
    return done
