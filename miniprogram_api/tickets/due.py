"""Until when a ticket is to be answered."""

from datetime import datetime, time, timedelta

from miniprogram_api import working_days

# Working days until the end of which a ticket of a kind is due; somebody else's use of an identity
# first.
WORKING_DAYS = {
    "phone_verification": 1,
    "identity_review": 3,
    "manual_verification": 2,
    "activation_phone": 2,
    "re_registration": 3,
    "phone_change": 3,
    "identity_dispute": 1,
    "other": 3,
}
DUE_TIME = time(18)
# For somebody who may harm himself: it stands above all others in the queue. The opener is told
# when a ticket is due, so nothing is promised for an hour in which nobody reads it.
URGENT = timedelta(hours=1)
OFFICE_HOURS = time(9), time(17)


def due(kind: str, now: datetime, *, is_urgent: bool = False) -> datetime:
    """When a ticket of this kind opened at ``now`` is due: at the end of a working day.

    An urgent one: an hour later, or after the next opening.
    """
    if not is_urgent:
        day = working_days.nth_after(now.date(), WORKING_DAYS[kind]).day
        return datetime.combine(day, DUE_TIME, now.tzinfo)
    opening, closing = OFFICE_HOURS
    is_today = working_days.is_working_day(now.date()) and now.time() < closing
    day = now.date() if is_today else working_days.nth_after(now.date(), 1).day
    return max(now, datetime.combine(day, opening, now.tzinfo)) + URGENT
