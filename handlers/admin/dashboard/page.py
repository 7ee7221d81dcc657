"""The dashboard: whether the bot helps, how registering goes, and how the outside is."""

from flask import request
from flask.typing import ResponseReturnValue

from faq import publishing
from handlers.admin.dashboard.tables import Table, tables
from handlers.admin.frame import csv_files, form_values
from handlers.admin.frame.access import Menu, Visit, page
from handlers.admin.frame.blueprint import blueprint
from handlers.admin.frame.dates import day
from handlers.admin.frame.rendering import field_errors, render
from miniprogram_api import figures, source_states
from miniprogram_api.figures import Range, Report
from miniprogram_api.reasons import Refused
from miniprogram_api.staff import Permission

LENGTHS = (7, 30, 90)


@page(
    blueprint,
    "/dashboard",
    may=Permission.READ_FIGURES,
    menu=Menu("工作", "数据概览", "chart-bar", 5),
)
def dashboard(visit: Visit) -> ResponseReturnValue:
    """Everything about a range of days; the last month when none is chosen."""
    errors = {}
    try:
        days = _days()
    except Refused as refused:
        errors = field_errors(refused)
        days = figures.last_days(LENGTHS[1])
    report = figures.report(days)
    return render(
        visit,
        "dashboard/page.html",
        422 if errors else 200,
        report=report,
        tables={table.key: table for table in _tables(visit, report)},
        lengths=LENGTHS,
        chosen=_length(days),
        errors=errors,
    )


@page(blueprint, "/dashboard.csv", may=Permission.READ_FIGURES)
def dashboard_file(visit: Visit) -> ResponseReturnValue:
    """The same tables one below the other."""
    report = figures.report(_days())
    days = report.range
    lines = [csv_files.line(["数据概览", f"{day(days.first)}至{day(days.last)}"])]
    for table in _tables(visit, report):
        lines += ["\r\n", csv_files.line([table.title]), csv_files.line(table.columns)]
        lines += [csv_files.line(row) for row in table.rows]
    name = f"dashboard-{days.first.isoformat()}-{days.last.isoformat()}.csv"
    return csv_files.response(lines, name)


def _tables(visit: Visit, report: Report) -> list[Table]:
    entries = publishing.current().entries
    titles = {e.slug: f"情形{e.case}　{e.title}" if e.case else e.title for e in entries}
    return tables(report, titles, source_states.current(visit.services))


def _days() -> Range:
    """The days that the address names. Raises Refused INVALID_INPUT."""
    given = request.args
    if given.get("first") or given.get("last"):
        first = form_values.day("first", given.get("first", ""))
        return figures.chosen_days(first, form_values.day("last", given.get("last", "")))
    text = given.get("days", "")
    known = {str(length): length for length in LENGTHS}
    return figures.last_days(known.get(text, LENGTHS[1]))


def _length(days: Range) -> int | None:
    """Which of LENGTHS these days are."""
    return next((n for n in LENGTHS if figures.last_days(n) == days), None)
