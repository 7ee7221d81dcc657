"""The operator's calendar: a year's holidays and the working days moved to weekends.

An operator enters each November what the State Council announced for the next year, as single days
or as a table with the columns day, kind and name. A year counts as known once 1 October
is entered.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from miniprogram_api import audit, clock, tabular, working_days
from miniprogram_api.reasons import Refused
from miniprogram_api.texts import invalid, text, words
from models import calendar_days
from models.storage.database import transaction

KINDS = (calendar_days.HOLIDAY, calendar_days.WORKDAY)
LARGEST_FILE = 256 * 1024
LONGEST_NAME = 50

_MOST_ROWS = 1000
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A holiday, or a working day on a weekend."""

    day: date
    kind: str
    name: str


def list_days(year: int) -> list[CalendarDay]:
    """Return the days that an operator entered for a year."""
    return [CalendarDay(day, *rest) for day, rest in calendar_days.of_year(year).items()]


def years() -> list[int]:
    """Return the years to choose from: this one, the next, and those with entered days."""
    this = clock.today().year
    return sorted({this, this + 1, *calendar_days.years()})


def warning() -> str | None:
    """Return what an operator must do when holidays are missing; None while all are known."""
    missing = working_days.missing_year(clock.today())
    return None if missing is None else text("calendar.missing", year=missing)


def set_day(day: date | None, kind: str, name: str, *, actor: str) -> None:
    """Enter or change one day. Raises Refused INVALID_INPUT."""
    entered = _checked(day, kind, name)
    with transaction():
        _store([entered])
        audit.write(
            "command:calendar:set", actor=actor, day=entered.day.isoformat(), kind=entered.kind
        )


def remove_day(day: date, *, actor: str) -> bool:
    """Remove one day; return whether it was entered."""
    with transaction():
        removed = bool(
            calendar_days.CalendarDay.delete().where(calendar_days.CalendarDay.day == day).execute()
        )
        if removed:
            audit.write("command:calendar:removed", actor=actor, day=day.isoformat())
    return removed


def import_file(data: bytes, *, actor: str) -> dict[int, int]:
    """Replace the years of a CSV or XLSX table by its days; return year → days.

    All of the file is taken over or nothing. Raises Refused INVALID_INPUT on ``file``.
    """
    days: dict[date, CalendarDay] = {}
    for line, cells in _rows(data):
        entered = _read(line, cells)
        if entered.day in days:
            raise invalid("calendar.file.repeated", line=line)
        days[entered.day] = entered
    if not days:
        raise invalid("calendar.file.empty")
    counts: dict[int, int] = {}
    for day in days:
        counts[day.year] = counts.get(day.year, 0) + 1
    with transaction():
        for year in counts:
            column = calendar_days.CalendarDay.day
            calendar_days.CalendarDay.delete().where(
                column.between(date(year, 1, 1), date(year, 12, 31))
            ).execute()
        _store(list(days.values()))
        for year, count in counts.items():
            audit.write("command:calendar:imported", actor=actor, year=year, days=count)
    return counts


def _store(days: list[CalendarDay]) -> None:
    now, row = clock.now(), calendar_days.CalendarDay
    for one in days:
        values = {"kind": one.kind, "name": one.name, "changed_at": now}
        row.insert(day=one.day, **values).on_conflict(
            conflict_target=[row.day], update=values
        ).execute()


def _checked(day: date | None, kind: str, name: str) -> CalendarDay:
    this = clock.today().year
    # A mistyped year would count as known.
    if day is None or not this - 1 <= day.year <= this + 2:
        raise invalid("calendar.day.wrong", first=this - 1, last=this + 2)
    if kind not in KINDS:
        raise invalid("calendar.kind.not_allowed")
    if len(name) > LONGEST_NAME:
        raise invalid("calendar.name.too_long", most=LONGEST_NAME)
    return CalendarDay(day, kind, name)


def read_day(typed: str) -> date | None:
    """Read 2027-01-01, 2027/1/1 or 2027年1月1日; None for anything else."""
    parts = _DAY.fullmatch(typed.strip())
    try:
        return None if parts is None else date(*map(int, parts.groups()))
    except ValueError:
        return None


def _rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Iterate over the rows below the header, in the order day, kind, name."""
    if len(data) > LARGEST_FILE:
        raise invalid("calendar.file.too_large")
    columns = {name: field for field, name in words("calendar.columns").items()}
    columns |= {field: field for field in words("calendar.columns")}
    table_rows = ((n, cells) for n, cells in _cells(data, columns) if any(map(str.strip, cells)))
    header = next(table_rows, (0, []))[1]
    fields = [columns.get(name.strip().lower()) for name in header]
    if "day" not in fields or "kind" not in fields:
        raise invalid("calendar.file.no_columns")
    for line, cells in table_rows:
        row = dict(zip(fields, cells, strict=False))
        yield line, [row.get(field, "").strip() for field in ("day", "kind", "name")]


def _cells(data: bytes, columns: dict[str, str]) -> Iterator[tuple[int, list[str]]]:
    if data.startswith(b"PK"):
        yield from tabular.xlsx_rows(data, _MOST_ROWS)
        return
    file = io.BytesIO(data)
    content = tabular.opened(file, tabular.encoding_of(file)).read()
    separator, _ = tabular.split_header(
        content.partition("\n")[0], ",\t;", lambda name: name.strip().lower() in columns
    )
    for row in tabular.csv_rows(io.StringIO(content, newline=""), separator):
        if row.cells is None:
            raise invalid("calendar.file.quotes", line=row.number)
        yield row.number, row.cells


def _read(line: int, cells: list[str]) -> CalendarDay:
    day_text, kind_text, name = cells
    kinds = {word: kind for kind, word in words("calendar.kinds").items()}
    try:
        return _checked(read_day(day_text), kinds.get(kind_text, kind_text), name)
    except Refused as refused:
        (field,) = refused.details["fields"]
        raise invalid("calendar.file.row", line=line, problem=field["message"]) from None
