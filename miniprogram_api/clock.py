"""The time of day in Asia/Shanghai, the only clock that rules may read.

No limit, lease or expiry trusts the monotonic clock or a Redis TTL: all of them are computed from
``now()``, so a restart, a moved process or a test sees the same rule.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta

from models.storage.database import SHANGHAI


def _wall_clock() -> datetime:
    return datetime.now(SHANGHAI)


_read: Callable[[], datetime] = _wall_clock


def now() -> datetime:
    """The present instant, aware, in Asia/Shanghai."""
    return _read()


def today() -> date:
    """The present day in Asia/Shanghai."""
    return _read().date()


def midnight(day: date) -> datetime:
    """The instant at which a day begins in Asia/Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


def seconds_to_midnight() -> int:
    """Whole seconds, rounded up, until the next day begins in Asia/Shanghai; at least 1."""
    now = _read()
    left = now - midnight(now.date() + timedelta(days=1))
    return max(1, -(left // timedelta(seconds=1)))


def milliseconds(instant: datetime) -> int:
    """Whole milliseconds since 1970-01-01 UTC; what Redis scripts and columns count in."""
    return int(instant.timestamp() * 1000 + 0.5)


@contextmanager
def replaced(read: Callable[[], datetime]) -> Iterator[None]:
    """Let ``now()`` answer what ``read()`` says; for tests that simulate a day."""
    global _read
    before, _read = _read, read
    try:
        yield
    finally:
        _read = before
