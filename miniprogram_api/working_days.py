"""Working days of the PRC's holiday calendar, and what stands in for years not yet published.

The State Council announces each year's holidays in the November before; ``chinesecalendar`` knows
the years up to its release. For a year that it does not know Monday to Friday count.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class LastDay:
    """The n-th working day after a day; ``guessed_year`` is a year whose holidays are unknown."""

    day: date
    guessed_year: int | None


@lru_cache(maxsize=32)
def nth_after(day: date, count: int) -> LastDay:
    """The ``count``-th working day after ``day``, which itself does not count."""
    guessed_year = None
    while count > 0:
        day += timedelta(days=1)
        if not is_known(day.year):
            guessed_year = guessed_year or day.year
        if is_working_day(day):
            count -= 1
    return LastDay(day, guessed_year)


def is_working_day(day: date) -> bool:
    """Whether people work on that day, moved working days at weekends included."""
    if not is_known(day.year):
        return day.weekday() < 5
    from chinese_calendar import is_workday

    return bool(is_workday(day))


@lru_cache(maxsize=32)
def is_known(year: int) -> bool:
    """Whether the holidays of that year are known."""
    # Imported here: it takes 40 ms, and most processes never need it in their first moments.
    from chinese_calendar.constants import holidays

    return any(holiday.year == year for holiday in holidays)
