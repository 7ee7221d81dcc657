"""Working days of the PRC's holiday calendar.

The State Council announces a year's holidays in the November before; for years that
``chinesecalendar`` does not contain, Monday to Friday count.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from chinese_calendar import is_workday
from chinese_calendar.constants import holidays


@dataclass(frozen=True, slots=True)
class LastDay:
    """The n-th working day after a day; ``guessed_year`` is a year with unknown holidays."""

    day: date
    guessed_year: int | None


@lru_cache(maxsize=32)
def nth_after(day: date, count: int) -> LastDay:
    """Return the ``count``-th working day after ``day``."""
    guessed_year = None
    while count > 0:
        day += timedelta(days=1)
        if not is_known(day.year):
            guessed_year = guessed_year or day.year
        if is_working_day(day):
            count -= 1
    return LastDay(day, guessed_year)


def is_working_day(day: date) -> bool:
    """Return whether a day is a working day, including those moved to weekends."""
    if not is_known(day.year):
        return day.weekday() < 5
    return bool(is_workday(day))


@lru_cache(maxsize=32)
def is_known(year: int) -> bool:
    """Return whether the holidays of that year are known."""
    return any(holiday.year == year for holiday in holidays)
