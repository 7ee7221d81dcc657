"""How long acts that are held wait for their decision, in opening hours."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from miniprogram_api import clock, working_days
from miniprogram_api.tickets.due import OFFICE_HOURS
from models.second_person import AGREED, DENIED, HELD_VERIFICATION, WAITING, SecondPersonRequest

TARGET = timedelta(minutes=15)
DAYS = 30


@dataclass(frozen=True, slots=True)
class HeldFigures:
    """The held acts decided in the last 30 days, and those that wait."""

    decided: int
    within_target: int
    """Decided within 15 minutes of opening hours."""
    median_wait: timedelta | None
    waiting: int
    waiting_longer: int
    """Those that wait longer than the target."""


def of_held() -> HeldFigures:
    """Return the figures of the acts that are held."""
    now, asked = clock.now(), SecondPersonRequest
    columns = asked.select(asked.asked_at, asked.decided_at).where(asked.kind == HELD_VERIFICATION)
    lately = asked.decided_at > now - timedelta(days=DAYS)
    decided = columns.where(asked.state.in_((AGREED, DENIED)) & lately)
    waits = [open_time(row.asked_at, row.decided_at) for row in decided]
    waiting = [open_time(row.asked_at, now) for row in columns.where(asked.state == WAITING)]
    return HeldFigures(
        len(waits),
        sum(wait <= TARGET for wait in waits),
        timedelta(seconds=median(wait.total_seconds() for wait in waits)) if waits else None,
        len(waiting),
        sum(wait > TARGET for wait in waiting),
    )


def open_time(begin: datetime, end: datetime) -> timedelta:
    """Return how much of a span lies in office hours of working days."""
    zone = clock.SHANGHAI
    begin, end = begin.astimezone(zone), end.astimezone(zone)
    days = working_days.marked(begin.date(), end.date())
    opening, closing = OFFICE_HOURS
    total = timedelta()
    for day, is_working in days:
        if is_working:
            first = max(begin, datetime.combine(day, opening, zone))
            last = min(end, datetime.combine(day, closing, zone))
            total += max(last - first, timedelta())
    return total
