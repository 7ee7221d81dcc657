"""The hours in which persons are sent messages: from 8:00 to 21:00."""

from datetime import datetime, time

DAY_BEGINS, DAY_ENDS = time(8), time(21)


def is_quiet(at: datetime) -> bool:
    """Return whether no message may be sent at this instant."""
    return not DAY_BEGINS <= at.time() < DAY_ENDS
