"""Compute the dashboard's daily figures (Asia/Shanghai) and compare ranges.

The worker computes them every few minutes, so the cost of a page does not grow with the data.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from miniprogram_api import clock
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.operations import figure_counters
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from miniprogram_api.texts import invalid
from models import figures as stored_figures
from models.figures import DailyFigure, Figure
from models.storage.database import expect_long_statements, instant, transaction

READ_EVERY = timedelta(minutes=5)
# Days on which ratings and checks may still be completed.
STILL_CHANGING = 5
# The longest retention of the source tables, in days.
LOOKED_BACK = 180
LONGEST_RANGE = 400

_FUNNEL_OF_ACCOUNTS = {
    "api:account:registered": "registered",
    "api:account:verified": "verified",
    "api:authorization:enabled": "authorised",
}


@dataclass(frozen=True)
class Range:
    """Hold consecutive days, both ends included."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        """Return every day."""
        count = (self.last - self.first).days + 1
        return [self.first + timedelta(days=number) for number in range(count)]

    @property
    def before(self) -> "Range":
        """Return the range of the same length right before."""
        length = self.last - self.first + timedelta(days=1)
        return Range(self.first - length, self.last - length)


Totals = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Report:
    """Hold the figures of a range.

    ``totals`` and ``before``: name → key → sum, of the range and of the previous one.
    ``counted_at``: time of the last computation, or None.
    """

    range: Range
    totals: Totals
    before: Totals
    counted_at: datetime | None
    by_day: Mapping[tuple[str, str], Mapping[str, int]]

    def count(self, name: str, *keys: str) -> int:
        """Return the sum over the range for some keys, or for all."""
        return _sum(self.totals, name, keys)

    def count_before(self, name: str, *keys: str) -> int:
        """Return the sum over the previous range."""
        return _sum(self.before, name, keys)

    def on(self, day: date, name: str, *keys: str) -> int:
        """Return the sum of some keys on one day."""
        return sum(self.by_day.get((name, key), {}).get(day.isoformat(), 0) for key in keys)


def last_days(count: int) -> Range:
    """Return the last ``count`` days including today."""
    today = clock.today()
    return Range(today - timedelta(days=count - 1), today)


def chosen_days(first: date | None, last: date | None) -> Range:
    """Return the chosen range. Raises Refused INVALID_INPUT on ``first`` or ``last``."""
    today = clock.today()
    if first is None:
        raise invalid("figures.first.required")
    last = min(last or today, today)
    if first > last:
        raise invalid("figures.first.past")
    if (last - first).days >= LONGEST_RANGE or first < date(2000, 1, 1):
        raise invalid("figures.first.too_long", most=LONGEST_RANGE)
    return Range(first, last)


def report(days: Range) -> Report:
    """Return the figures of these days and of the range before."""
    by_day: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for figure in stored_figures.by_day(days.first, days.last):
        by_day[figure.name, figure.key][figure.day] = figure.amount
    counted_rows = DailyFigure.select().where(DailyFigure.name == "counted")
    last = counted_rows.order_by(DailyFigure.day.desc()).first()
    before = days.before
    return Report(
        days,
        _grouped(stored_figures.totals(days.first, days.last)),
        _grouped(stored_figures.totals(before.first, before.last)),
        None if last is None else instant(last.amount),
        by_day,
    )


def failed_at() -> dict[str, datetime]:
    """Return source → last failure in the last 30 days."""
    since = clock.today() - timedelta(days=30)
    rows = DailyFigure.select().where(
        (DailyFigure.name == "failed_at") & (DailyFigure.day >= since)
    )
    return {row.key: instant(row.amount) for row in rows.order_by(DailyFigure.day)}


def update(services: Services) -> None:
    """Update the figures of today and of days that can still change."""
    now = clock.now()
    first = _first_due(now)
    last = now.date()
    expect_long_statements()
    counts: dict[tuple[str, str, str], int] = {}
    for name, statement in stored_figures.STATEMENTS:
        from_ms, until_ms = _midnight(first), _midnight(last + timedelta(days=1))
        for day, key, count in stored_figures.daily_counts(statement, from_ms, until_ms):
            counts[day, name, key] = count
            step = _FUNNEL_OF_ACCOUNTS.get(key) if name == "accounts" else None
            if step is not None:
                counts[day, "funnel", step] = count
    counted = clock.milliseconds(now)
    for each in Range(first, last).days:
        counts[each.isoformat(), "counted", ""] = counted
    names = sorted({name for name, _ in stored_figures.STATEMENTS} | {"counted"})
    with transaction():
        stored_figures.replace(
            names, first, last, [Figure(*key, n) for key, n in sorted(counts.items())]
        )
        stored_figures.put(_visitors(services, last))
        _put_standing(last)


@dataclass(frozen=True)
class Level:
    """How many accounts have a level, reached in one way (empty: without a check)."""

    level: str
    way: str
    count: int


@dataclass(frozen=True)
class Standing:
    """The figures of the moment: accounts, stored face pictures, and today's funnel by step."""

    is_counted: bool
    accounts: list[Level]
    face_pictures: int
    funnel: Mapping[str, int]


def standing() -> Standing:
    """Return what the worker counted last, today or else yesterday."""
    today = clock.today()
    names = (stored_figures.STANDING, "funnel")
    found = stored_figures.of_day(today, names)
    counts = {one.key: one.amount for one in found if one.name == stored_figures.STANDING}
    if not counts:
        before = stored_figures.of_day(today - timedelta(days=1), names[:1])
        counts = {one.key: one.amount for one in before}
    keys = {key: key.split(":") for key in counts if key.startswith("account:")}
    return Standing(
        bool(counts),
        [Level(level, way, counts[key]) for key, (_, level, way) in sorted(keys.items())],
        counts.get("faces", 0),
        {one.key: one.amount for one in found if one.name == "funnel"},
    )


def _put_standing(today: date) -> None:
    name, day = stored_figures.STANDING, today.isoformat()
    rows = [Figure(day, name, key, count) for key, count in stored_figures.standing_counts()]
    stored_figures.replace([name], today, today, rows)


def remove_old() -> int:
    """Delete figures past their retention and return their number."""
    return int(
        DailyFigure.delete().where(DailyFigure.day < Kept.DAILY_FIGURES.cutoff().date()).execute()
    )


def _first_due(now: datetime) -> date:
    """Return the first day whose figures are missing or may have changed."""
    today = now.date()
    oldest = today - timedelta(days=LOOKED_BACK)
    rows = DailyFigure.select().where((DailyFigure.name == "counted") & (DailyFigure.day >= oldest))
    counted = {row.day: instant(row.amount) for row in rows}
    for day in Range(oldest, today).days:
        at = counted.get(day)
        age = (today - day).days
        if at is None or age <= 1 or (age <= STILL_CHANGING and at.date() < today):
            return day
    return today


def _visitors(services: Services, today: date) -> list[Figure]:
    rows = []
    try:
        for day in (today - timedelta(days=1), today):
            text = day.isoformat()
            count = services.clients.store.count_distinct(figure_counters.key_of(text))
            if count:
                rows.append(Figure(text, figure_counters.VISITORS, "", count))
    except StoreUnavailable:
        return []
    return rows


def _midnight(day: date) -> int:
    return clock.milliseconds(clock.midnight(day))


def _grouped(figures: list[Figure]) -> dict[str, dict[str, int]]:
    by_name: dict[str, dict[str, int]] = defaultdict(dict)
    for figure in figures:
        by_name[figure.name][figure.key] = figure.amount
    return by_name


def _sum(totals: Totals, name: str, keys: tuple[str, ...]) -> int:
    counts = totals.get(name, {})
    return sum(counts.get(key, 0) for key in keys) if keys else sum(counts.values())
