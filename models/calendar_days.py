"""Holidays and working days moved to weekends, as an operator entered them."""

from datetime import date
from typing import Any

from peewee import CharField

from models.storage.compiled import Compiled, Parameter
from models.storage.database import DayField, InstantField, Model

HOLIDAY, WORKDAY = "holiday", "workday"


class CalendarDay(Model):
    """A day that differs from Monday to Friday; a year with any row is complete."""

    day = DayField(primary_key=True)
    kind = CharField(max_length=8)
    name = CharField(max_length=50, default="")
    changed_at = InstantField()

    class Meta:
        table_name = "calendar_day"


def between(first: date, last: date) -> dict[date, str]:
    """Return day → kind of the days in this range, both included."""
    rows = _between.rows(first=first, last=last)
    return {date.fromisoformat(day): kind for day, kind in rows}


@Compiled
def _between() -> Any:
    day = CalendarDay.day
    return CalendarDay.select(day, CalendarDay.kind).where(
        (day >= Parameter("first")) & (day <= Parameter("last"))
    )
