"""The figures of the dashboard: read off the tables day by day, and compared between ranges.

The worker reads them off every few minutes, so a page costs the same however many questions there
are. Days are those of Asia/Shanghai.
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
from models import figures as table
from models.figures import DailyFigure, Figure
from models.storage.database import expect_long_statements, instant, transaction

READ_EVERY = timedelta(minutes=5)
# People rate answers and finish checks some time after they began.
STILL_CHANGING = 5
# As long as anything that is read off is kept.
LOOKED_BACK = 180
LONGEST_RANGE = 400

_FUNNEL_OF_ACCOUNTS = {
    "api:account:registered": "registered",
    "api:account:verified": "verified",
    "api:authorization:enabled": "authorised",
}


@dataclass(frozen=True)
class Range:
    """Some days in a row, both ends included."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        count = (self.last - self.first).days + 1
        return [self.first + timedelta(days=number) for number in range(count)]

    @property
    def before(self) -> "Range":
        """As many days right before these."""
        length = self.last - self.first + timedelta(days=1)
        return Range(self.first - length, self.last - length)


Totals = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Report:
    """The figures of a range.

    ``totals`` and ``before``: name → key → sum, of the range and of the one before it.
    ``counted_at``: when they were last read off; None when they never were.
    """

    range: Range
    totals: Totals
    before: Totals
    counted_at: datetime | None
    by_day: Mapping[tuple[str, str], Mapping[str, int]]

    def count(self, name: str, *keys: str) -> int:
        """The sum over the range, of some keys or of all."""
        return _sum(self.totals, name, keys)

    def count_before(self, name: str, *keys: str) -> int:
        """The same of the range before."""
        return _sum(self.before, name, keys)

    def on(self, day: date, name: str, *keys: str) -> int:
        """The sum of some keys on one day."""
        return sum(self.by_day.get((name, key), {}).get(day.isoformat(), 0) for key in keys)


def last_days(count: int) -> Range:
    """The last ``count`` days, today among them."""
    today = clock.today()
    return Range(today - timedelta(days=count - 1), today)


def chosen_days(first: date | None, last: date | None) -> Range:
    """The days that somebody chose. Raises Refused INVALID_INPUT on ``first`` or ``last``."""
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
    """What is known of these days and of as many before them."""
    by_day: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for figure in table.by_day(days.first, days.last):
        by_day[figure.name, figure.key][figure.day] = figure.amount
    newest = DailyFigure.select().where(DailyFigure.name == "counted")
    last = newest.order_by(DailyFigure.day.desc()).first()
    before = days.before
    return Report(
        days,
        _grouped(table.totals(days.first, days.last)),
        _grouped(table.totals(before.first, before.last)),
        None if last is None else instant(last.amount),
        by_day,
    )


def failed_at() -> dict[str, datetime]:
    """Source → when it failed for the last time, as far as the last weeks show."""
    since = clock.today() - timedelta(days=30)
    rows = DailyFigure.select().where(
        (DailyFigure.name == "failed_at") & (DailyFigure.day >= since)
    )
    return {row.key: instant(row.amount) for row in rows.order_by(DailyFigure.day)}


def read_off(services: Services) -> None:
    """Bring the figures up to date: today's, and those of days that could still change."""
    now = clock.now()
    first = _first_due(now)
    last = now.date()
    expect_long_statements()
    found: dict[tuple[str, str, str], int] = {}
    for name, statement in table.STATEMENTS:
        from_ms, until_ms = _midnight(first), _midnight(last + timedelta(days=1))
        for day, key, count in table.daily_counts(statement, from_ms, until_ms):
            found[day, name, key] = count
            step = _FUNNEL_OF_ACCOUNTS.get(key) if name == "accounts" else None
            if step is not None:
                found[day, "funnel", step] = count
    counted = clock.milliseconds(now)
    for each in Range(first, last).days:
        found[each.isoformat(), "counted", ""] = counted
    names = sorted({name for name, _ in table.STATEMENTS} | {"counted"})
    with transaction():
        table.replace(names, first, last, [Figure(*key, n) for key, n in sorted(found.items())])
        table.put(_visitors(services, last))


def remove_old() -> int:
    """Delete the figures that are too old; return how many."""
    return int(
        DailyFigure.delete().where(DailyFigure.day < Kept.DAILY_FIGURES.cutoff().date()).execute()
    )


def _first_due(now: datetime) -> date:
    """The first day whose figures are missing or could have changed since they were read off."""
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
    found = []
    try:
        for day in (today - timedelta(days=1), today):
            text = day.isoformat()
            count = services.clients.store.count_distinct(figure_counters.key_of(text))
            if count:
                found.append(Figure(text, figure_counters.VISITORS, "", count))
    except StoreUnavailable:
        return []
    return found


def _midnight(day: date) -> int:
    return clock.milliseconds(clock.midnight(day))


def _grouped(figures: list[Figure]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for figure in figures:
        found[figure.name][figure.key] = figure.amount
    return found


def _sum(totals: Totals, name: str, keys: tuple[str, ...]) -> int:
    counts = totals.get(name, {})
    return sum(counts.get(key, 0) for key in keys) if keys else sum(counts.values())
