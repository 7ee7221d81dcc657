"""Holidays and shifted working days that an operator entered."""

from datetime import date
from typing import Any

from peewee import CharField

from models.storage.compiled import Compiled, Parameter
from models.storage.database import DayField, InstantField, Model

HOLIDAY, WORKDAY = "holiday", "workday"


class CalendarDay(Model):
    """A day that is no ordinary one."""

    day = DayField(primary_key=True)
    kind = CharField(max_length=8)
    name = CharField(max_length=50, default="")
    changed_at = InstantField()

    class Meta:
        table_name = "calendar_day"


def of_year(year: int) -> dict[date, tuple[str, str]]:
    """Return day → kind and name of the days in this year, in order."""
    rows = _of_year.rows(first=date(year, 1, 1), last=date(year, 12, 31))
    return {date.fromisoformat(day): (kind, name) for day, kind, name in rows}


@Compiled
def _of_year() -> Any:
    day = CalendarDay.day
    return (
        CalendarDay.select(day, CalendarDay.kind, CalendarDay.name)
        .where((day >= Parameter("first")) & (day <= Parameter("last")))
        .order_by(day)
    )


def years() -> list[int]:
    """Return the years that have days."""
    return sorted({int(day[:4]) for (day,) in _days.rows()})


@Compiled
def _days() -> Any:
    return CalendarDay.select(CalendarDay.day)
