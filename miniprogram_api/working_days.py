"""Working days of the PRC's holiday calendar.

The State Council announces a year's holidays in the November before. The operator's table is read
first, at each call, so that a change applies at once in every process; then ``chinesecalendar``.
For years that neither has, Monday to Friday count.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import structlog
from chinese_calendar import is_workday
from chinese_calendar.constants import holidays

from models import calendar_days

ANNOUNCED_FROM_MONTH = 11
LAST_HOLIDAY = (10, 1)
"""Month and day of the year's last holiday: with it, an entered year is complete."""

log = structlog.get_logger("working_days")


@dataclass(frozen=True, slots=True)
class LastDay:
    """The n-th working day after a day; ``guessed_year`` is a year with unknown holidays."""

    day: date
    guessed_year: int | None


class _Calendar:
    """The years that one call needs, each read once."""

    def __init__(self) -> None:
        self._years: dict[int, dict[date, tuple[str, str]]] = {}

    def is_working_day(self, day: date) -> bool:
        entered = self._entered(day.year).get(day)
        if entered is not None:
            return entered[0] == calendar_days.WORKDAY
        if _is_packaged(day.year):
            return bool(is_workday(day))
        return day.weekday() < 5

    def is_known(self, year: int) -> bool:
        known = _is_packaged(year) or date(year, *LAST_HOLIDAY) in self._entered(year)
        if not known:
            _warn(year)
        return known

    def _entered(self, year: int) -> dict[date, tuple[str, str]]:
        if year not in self._years:
            self._years[year] = calendar_days.of_year(year)
        return self._years[year]


def nth_after(day: date, count: int) -> LastDay:
    """Return the ``count``-th working day after ``day``."""
    calendar, guessed_year = _Calendar(), None
    while count > 0:
        day += timedelta(days=1)
        if not calendar.is_known(day.year):
            guessed_year = guessed_year or day.year
        if calendar.is_working_day(day):
            count -= 1
    return LastDay(day, guessed_year)


def is_working_day(day: date) -> bool:
    """Return whether a day is a working day, including those moved to weekends."""
    calendar = _Calendar()
    calendar.is_known(day.year)
    return calendar.is_working_day(day)


def marked(first: date, last: date) -> list[tuple[date, bool]]:
    """Return the days from first to last, each with whether it is a working day."""
    calendar = _Calendar()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [(day, calendar.is_working_day(day)) for day in days]


def is_known(year: int) -> bool:
    """Return whether the holidays of that year are known."""
    return _Calendar().is_known(year)


def missing_year(today: date) -> int | None:
    """Return the year whose holidays an operator must enter: from November on the next one."""
    years = [today.year] + [today.year + 1] * (today.month >= ANNOUNCED_FROM_MONTH)
    return next((year for year in years if not is_known(year)), None)


@lru_cache(maxsize=32)
def _is_packaged(year: int) -> bool:
    return any(holiday.year == year for holiday in holidays)


@lru_cache(maxsize=32)
def _warn(year: int) -> None:
    """Log once in each process that a year's working days are guessed."""
    log.warning("holidays unknown, Monday to Friday count", year=year)
