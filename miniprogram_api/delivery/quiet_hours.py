"""The hours in which persons are sent messages: from 8:00 to 21:00."""

from datetime import datetime, time, timedelta

DAY_BEGINS, DAY_ENDS = time(8), time(21)


def is_quiet(at: datetime) -> bool:
    """Return whether no message may be sent at this instant."""
    return not DAY_BEGINS <= at.time() < DAY_ENDS


def next_hour(at: datetime) -> datetime:
    """Return this instant, or the next morning's first while no message may be sent."""
    if not is_quiet(at):
        return at
    morning = datetime.combine(at.date(), DAY_BEGINS, at.tzinfo)
    return morning if at < morning else morning + timedelta(days=1)
