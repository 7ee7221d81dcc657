"""Holidays and shifted working days that an operator entered."""

from datetime import date
from typing import Any

from peewee import CharField

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
    day = CalendarDay.day
    query: Any = CalendarDay.select(day, CalendarDay.kind, CalendarDay.name)
    query = query.where(day.between(date(year, 1, 1), date(year, 12, 31))).order_by(day)
    return {on: (kind, name) for on, kind, name in query.tuples()}


def years() -> list[int]:
    """Return the years that have days."""
    days: Any = CalendarDay.select(CalendarDay.day)
    return sorted({day.year for (day,) in days.tuples()})
