"""The time of day in Asia/Shanghai, the only clock of the rules.

Limits, leases and expiries are computed from ``now()``, never from the monotonic clock or a Redis
TTL.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta

from models.storage.database import SHANGHAI as SHANGHAI


def _wall_clock() -> datetime:
    return datetime.now(SHANGHAI)


_read: Callable[[], datetime] = _wall_clock


def now() -> datetime:
    """Return the present instant, aware, in Asia/Shanghai."""
    return _read()


def today() -> date:
    """Return the present day in Asia/Shanghai."""
    return _read().date()


def midnight(day: date) -> datetime:
    """Return the first instant of a day in Asia/Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


def seconds_to_midnight() -> int:
    """Return the whole seconds, rounded up, until the next day in Asia/Shanghai; at least 1."""
    now = _read()
    left = now - midnight(now.date() + timedelta(days=1))
    return max(1, -(left // timedelta(seconds=1)))


def milliseconds(instant: datetime) -> int:
    """Return whole milliseconds since 1970-01-01 UTC, the unit of Redis scripts and columns."""
    return int(instant.timestamp() * 1000 + 0.5)


@contextmanager
def replaced(read: Callable[[], datetime]) -> Iterator[None]:
    """Replace the clock of ``now()`` by ``read``, for tests."""
    global _read
    before, _read = _read, read
    try:
        yield
    finally:
        _read = before
