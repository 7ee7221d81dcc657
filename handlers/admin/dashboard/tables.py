"""The figures as the tables of the dashboard, on the page, on paper and as CSV.

The browser draws each chart from the table below it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal

from handlers.admin.dashboard import outcomes
from handlers.admin.frame.template_filters import day, moment
from miniprogram_api.desks.district_figures import DistrictFigures
from miniprogram_api.ledger.anchors import Status
from miniprogram_api.operations.figures import Report
from miniprogram_api.proofing.sources import SourceNow
from miniprogram_api.texts import has, text, word, words

MOST_LISTED = 10
# The states of a code that the gateway did not accept.
NOT_ACCEPTED = ("refused", "uncertain", "operator", "blocked", "limited")
# With more days each row is a week.
MOST_DAYS = 92
# Least increase that counts as a trend; at least also a tenth of the former count.
LEAST_MORE = 3

Cell = str | int


@dataclass(frozen=True)
class Table:
    """``bar``: the column drawn as bars; ``chart``: the form of the chart, if any."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    note: str = ""
    chart: Literal["", "stack", "line"] = ""
    bar: int | None = None

    @property
    def widest(self) -> int:
        """The largest number of the column drawn as bars."""
        if self.bar is None:
            return 0
        numbers = [row[self.bar] for row in self.rows]
        return max((number for number in numbers if isinstance(number, int)), default=0)

    @property
    def numeric(self) -> set[int]:
        """The columns of numbers and shares."""
        return {
            place
            for place in range(1, len(self.columns))
            if any(isinstance(row[place], int) or str(row[place])[-1:] == "%" for row in self.rows)
        }

    @property
    def is_empty(self) -> bool:
        """Whether all numbers are zero."""
        return not any(isinstance(cell, int) and cell for row in self.rows for cell in row)


def tables(
    report: Report,
    titles: Mapping[str, str],
    sources: Iterable[SourceNow],
    districts: Iterable[DistrictFigures],
    ledger: Status,
    marks: Mapping[str | None, int] = MappingProxyType({}),
) -> list[Table]:
    """Return all tables; ``titles``: of the entries by slug; ``marks``: of spot checks."""
    return [
        _overview(report),
        _by_kind(report),
        _ratings(report),
        _handovers(report),
        _spot_checks(marks),
        _districts(districts),
        _topics(report, titles),
        _rising(report, titles),
        _messages(report),
        _refused_messages(report),
        _reports(report),
        _accounts(report),
        _funnel(report),
        _failures(report),
        _sources(sources),
        _ledger(ledger),
    ]


def _table(
    key: str,
    rows: Sequence[tuple[Cell, ...]],
    *more_columns: str,
    chart: Literal["", "stack", "line"] = "",
    bar: int | None = None,
) -> Table:
    """Build a table with its texts; ``more_columns``: titles that the file does not name."""
    columns = (*text(f"dashboard.tables.{key}.columns").split("|"), *more_columns)
    has_note = has(f"dashboard.tables.{key}.note")
    note = text(f"dashboard.tables.{key}.note") if has_note else ""
    return Table(key, text(f"dashboard.tables.{key}.title"), columns, rows, note, chart, bar)


def _overview(report: Report) -> Table:
    def row(name: str, *keys: str) -> tuple[Cell, ...]:
        now, before = report.count(name, *keys), report.count_before(name, *keys)
        return now, before, _change(now, before)

    def share(name: str, key: str) -> tuple[Cell, ...]:
        now = _share(report.count(name, key), report.count(name))
        before = _share(report.count_before(name, key), report.count_before(name))
        return now, before, "—"

    rows = {
        "questions": row("questions"),
        "answered": share("questions", "answer"),
        "helpful": share("ratings", "helpful"),
        "handovers": row("handovers"),
        "sms_sent": row("sms", "sent"),
        "sms_failed": row("sms", *NOT_ACCEPTED),
        "registered": row("accounts", "api:account:registered"),
        "verified": row("accounts", "api:account:verified"),
    }
    return _table("overview", [(word("dashboard.overview", key), *rows[key]) for key in rows])


def _by_kind(report: Report) -> Table:
    kinds = words("dashboard.answers")
    rows = _daily(report, [("questions", (kind,)) for kind in kinds])
    return _table("questions", rows, *kinds.values(), chart="stack")


def _ratings(report: Report) -> Table:
    rows = _daily(report, [("ratings", ("helpful",)), ("ratings", ("unhelpful",))])
    shares = [(*row, _share(int(row[1]), int(row[1]) + int(row[2]))) for row in rows]
    return _table("ratings", shares, chart="stack")


def _handovers(report: Report) -> Table:
    rows = _daily(report, [("handovers", ("ticket",)), ("handovers", ("chat",))])
    return _table("handovers", rows, chart="stack")


def _spot_checks(marks: Mapping[str | None, int]) -> Table:
    left = marks.get(None, 0)
    whole = sum(marks.values()) - left
    rows: list[tuple[Cell, ...]] = [
        (name, marks.get(key, 0), _share(marks.get(key, 0), whole))
        for key, name in words("content.marks").items()
    ]
    return _table("spot_checks", [*rows, (text("dashboard.no_mark"), left, "—")], bar=1)


def _districts(districts: Iterable[DistrictFigures]) -> Table:
    rows: list[tuple[Cell, ...]] = [
        (
            counted.district or text("dashboard.no_district"),
            counted.unfinished,
            counted.overdue,
            counted.closed,
            counted.closed_late,
            "—" if counted.median_time is None else _hours(counted.median_time),
        )
        for counted in districts
    ]
    return _table("districts", rows)


def _hours(length: timedelta) -> str:
    return f"{length / timedelta(hours=1):.1f}"


def _topics(report: Report, titles: Mapping[str, str]) -> Table:
    counts = report.totals.get("topics", {})
    whole = sum(counts.values())
    rows = [
        (titles.get(slug, slug), counts[slug], _share(counts[slug], whole))
        for slug in sorted(counts, key=lambda s: (-counts[s], s))[:MOST_LISTED]
    ]
    return _table("topics", rows, bar=1)


def _rising(report: Report, titles: Mapping[str, str]) -> Table:
    now, before = report.totals.get("topics", {}), report.before.get("topics", {})
    more = {slug: count - before.get(slug, 0) for slug, count in now.items()}
    rising = [s for s in more if more[s] >= max(LEAST_MORE, before.get(s, 0) / 10)]
    rows = [
        (titles.get(slug, slug), now[slug], before.get(slug, 0), more[slug])
        for slug in sorted(rising, key=lambda s: (-more[s], s))[:MOST_LISTED]
    ]
    return _table("rising", rows, bar=3)


def _messages(report: Report) -> Table:
    refused = [key for key in report.totals.get("refused", {}) if key.startswith("sms_codes:")]
    series = [("sms", ("sent",)), ("sms", NOT_ACCEPTED), ("refused", tuple(refused))]
    return _table("messages", _daily(report, series), chart="stack")


def _refused_messages(report: Report) -> Table:
    refused = [(outcome, count) for _, outcome, count in outcomes.refusals(report, "sms_codes")]
    rows = sorted(refused, key=lambda row: -row[1])[:MOST_LISTED]
    return _table("refused_messages", rows, bar=1)


def _reports(report: Report) -> Table:
    """Build the carriers' reports of SMS, by carrier and result."""
    results = words("code_reports.results")
    rows: list[tuple[Cell, ...]] = []
    for carrier, title in words("code_reports.carriers").items():
        counts = [report.count("sms_reports", f"{carrier}:{result}") for result in results]
        if any(counts):
            rows.append((title, *counts))
    return _table("reports", rows, *results.values())


def _accounts(report: Report) -> Table:
    tags = ("account:registered", "account:activated", "account:verified", "authorization:enabled")
    rows = _daily(report, [("accounts", (f"api:{tag}",)) for tag in tags])
    return _table("accounts", rows, chart="line")


def _funnel(report: Report) -> Table:
    rows: list[tuple[Cell, ...]] = []
    before = 0
    for step, title in words("dashboard.funnel").items():
        count = report.count("visitors") if step == "visitors" else report.count("funnel", step)
        rows.append((title, count, _share(count, before)))
        before = count
    return _table("funnel", rows, bar=1)


def _failures(report: Report) -> Table:
    answers = [*outcomes.source_answers(report), *outcomes.refusals(report)]
    rows = sorted(answers, key=lambda row: -row[2])[: 2 * MOST_LISTED]
    return _table("failures", rows, bar=2)


def _sources(sources: Iterable[SourceNow]) -> Table:
    rows = [
        (word("names.sources", now.source), _state(now), moment(now.failed_at)) for now in sources
    ]
    return _table("sources", rows)


def _ledger(status: Status) -> Table:
    values: dict[str, Cell] = {
        "sealed_at": moment(status.sealed_at),
        "anchored_at": moment(status.anchored_at),
        "trigger_faults": status.trigger_faults,
        "differences": "—" if status.differences is None else status.differences,
    }
    return _table("ledger", [(word("dashboard.ledger", key), values[key]) for key in values])


def _state(now: SourceNow) -> str:
    if now.outage is not None:
        outage = now.outage
        if outage.until is None:
            return text("dashboard.source_states.closed", notice=outage.notice)
        at = moment(outage.until)
        return text("dashboard.source_states.closed_until", at=at, notice=outage.notice)
    if now.breaker is not None and now.is_suspended:
        return text("dashboard.source_states.suspended", seconds=now.breaker.retry_after)
    if now.breaker is not None and now.breaker.failures:
        return text("dashboard.source_states.failing", count=now.breaker.failures)
    return text("dashboard.source_states.fine")


def _daily(report: Report, series: Sequence[tuple[str, tuple[str, ...]]]) -> list[tuple[Cell, ...]]:
    """Return a row for each day, or for each week of a long range."""
    days = report.range.days
    width = 1 if len(days) <= MOST_DAYS else 7
    rows: list[tuple[Cell, ...]] = []
    for begin in range(0, len(days), width):
        week = days[begin : begin + width]
        counts = [sum(report.on(each, name, *keys) for each in week) for name, keys in series]
        rows.append((_label(week[0], week[-1]), *counts))
    return rows


def _label(first: date, last: date) -> str:
    if first == last:
        return day(first)
    end = text("times.month_day", month=last.month, day=last.day)
    return text("dashboard.days", first=day(first), last=end)


def _share(part: int, whole: int) -> str:
    return "—" if whole == 0 else f"{100 * part / whole:.0f}%"


def _change(now: int, before: int) -> str:
    if before == 0:
        return "—"
    percent = round(100 * (now - before) / before)
    change = "same" if percent == 0 else "more" if percent > 0 else "less"
    return text(f"dashboard.changes.{change}", percent=abs(percent))
