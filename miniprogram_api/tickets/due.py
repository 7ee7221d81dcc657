"""Due times of tickets and of what waits for a second person, and whether they are over."""

from datetime import datetime, time, timedelta
from typing import Any

from miniprogram_api import clock, working_days
from miniprogram_api.texts.tickets import next_step
from models.desks.tickets import Ticket

# Working days until a ticket of a kind is due, at the end of the day.
WORKING_DAYS = {
    "phone_verification": 1,
    "identity_review": 3,
    "manual_verification": 2,
    "activation_phone": 2,
    "re_registration": 3,
    "phone_change": 3,
    "identity_dispute": 1,
    "name_correction": 5,
    "data_transfer": 15,
    "relatives_request": 15,
    "refusal_reason": 5,
    "matter_not_mine": 1,
    "matter_evidence": 1,
    "complaint": 3,
    "other": 3,
}
SECOND_PERSON_WORKING_DAYS = 2
HELD_WORKING_DAYS = 10
"""Working days after which what is held at a window lapses undecided."""
HELD_WARNING_DAYS = 3
"""Working days before it, when the person is told."""
DUE_TIME = time(18)
# For a person at risk of self-harm: first in the queue. The opener sees the due time, so it is
# never outside office hours.
URGENT = timedelta(hours=1)
OFFICE_HOURS = time(9), time(17)


def is_estimated(due_at: datetime) -> bool:
    """Return whether the holidays of that year are unknown."""
    return not working_days.is_known(due_at.year)


def next_step_of(row: Ticket, *, answered: bool = False) -> str:
    """Return the next step of a ticket in words."""
    estimated = is_estimated(row.due_at)
    return next_step(row.kind, row.state, row.due_at, answered=answered, estimated=estimated)


def due(kind: str, now: datetime, *, is_urgent: bool = False) -> datetime:
    """Return when a ticket of this kind opened at ``now`` is due.

    An urgent one: an hour later, or an hour after the next opening.
    """
    if not is_urgent:
        return _end_of_day(now, WORKING_DAYS[kind])
    opening, closing = OFFICE_HOURS
    is_today = working_days.is_working_day(now.date()) and now.time() < closing
    day = now.date() if is_today else working_days.nth_after(now.date(), 1).day
    return max(now, datetime.combine(day, opening, now.tzinfo)) + URGENT


def second_person_due(now: datetime) -> datetime:
    """Return until when a second person has to decide what is asked at ``now``."""
    return _end_of_day(now, SECOND_PERSON_WORKING_DAYS)


def block_due(due_at: datetime) -> datetime:
    """Return when twice the term is over of what was due at ``due_at``."""
    return _end_of_day(due_at, SECOND_PERSON_WORKING_DAYS)


def held_lapse(due_at: datetime) -> datetime:
    """Return when a held act lapses that a second person has to decide until ``due_at``."""
    return _end_of_day(due_at, HELD_WORKING_DAYS - SECOND_PERSON_WORKING_DAYS)


def held_warning(due_at: datetime) -> datetime:
    """Return from when the person is told that the act will lapse."""
    days = HELD_WORKING_DAYS - SECOND_PERSON_WORKING_DAYS - HELD_WARNING_DAYS
    return _end_of_day(due_at, days)


def until_next_working_day(at: datetime) -> datetime:
    """Return the end of office hours on the first working day after ``at``."""
    return _end_of_day(at, 1)


def overdue(due_at: Any, at: Any) -> Any:
    """Compare a due time with another time: the rule of everything that is overdue.

    Both are instants or milliseconds, or ``due_at`` is a column, for a condition of a query.
    """
    return due_at < at


def is_overdue(due_at: datetime) -> bool:
    """Return whether a due time is over now."""
    return bool(overdue(due_at, clock.now()))


def _end_of_day(now: datetime, days: int) -> datetime:
    """Return the closing time of the n-th working day after ``now``."""
    return datetime.combine(working_days.nth_after(now.date(), days).day, DUE_TIME, now.tzinfo)
