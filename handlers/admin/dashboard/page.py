"""The dashboard: answers of the bot, registrations, and outside sources."""

from flask import request
from flask.typing import ResponseReturnValue

from faq.conversation import spot_checks
from faq.release import publishing
from handlers.admin.dashboard.blueprint import pages
from handlers.admin.dashboard.tables import Table, tables
from handlers.admin.frame import csv_files, form_values
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.rendering import render
from handlers.admin.frame.template_filters import day
from miniprogram_api.desks import district_figures
from miniprogram_api.ledger import anchors as ledger_anchors
from miniprogram_api.operations import figures, holiday_calendar
from miniprogram_api.operations.figures import Range, Report
from miniprogram_api.proofing import sources as source_states
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import text

LENGTHS = (7, 30, 90)


@pages.page("/dashboard", may=Permission.READ_FIGURES)
def dashboard(visit: Visit) -> ResponseReturnValue:
    """Show a range of days; by default the last 30."""
    form, days = Form(typed=request.args), figures.last_days(LENGTHS[1])
    with form:
        days = _days()
    report = figures.report(days)
    return render(
        visit,
        "dashboard/page.html",
        form=form,
        report=report,
        tables={table.key: table for table in _tables(visit, report)},
        lengths=LENGTHS,
        chosen=_length(days),
        calendar_warning=holiday_calendar.warning(),
    )


@pages.page("/dashboard.csv", may=Permission.READ_FIGURES)
def dashboard_file(visit: Visit) -> ResponseReturnValue:
    """Download all tables as one file."""
    report = figures.report(_days())
    days = report.range
    dates = text("dashboard.days", first=day(days.first), last=day(days.last))
    lines = [csv_files.line([text("dashboard.file"), dates])]
    for table in _tables(visit, report):
        lines += ["\r\n", csv_files.line([table.title]), csv_files.line(table.columns)]
        lines += [csv_files.line(row) for row in table.rows]
    name = f"dashboard-{days.first.isoformat()}-{days.last.isoformat()}.csv"
    return csv_files.response(lines, name)


def _tables(visit: Visit, report: Report) -> list[Table]:
    entries = publishing.current().entries
    titles = {
        entry.slug: text("dashboard.entry_of_case", case=entry.case, title=entry.title)
        if entry.case
        else entry.title
        for entry in entries
    }
    status = ledger_anchors.status(visit.services.settings)
    counted = district_figures.by_district(report.range.first, report.range.last)
    sources = source_states.current(visit.services)
    return tables(report, titles, sources, counted, status, spot_checks.totals())


def _days() -> Range:
    """Return the days of the address. Raises Refused INVALID_INPUT."""
    given = request.args
    if given.get("first") or given.get("last"):
        first = form_values.day("first", given.get("first", ""))
        return figures.chosen_days(first, form_values.day("last", given.get("last", "")))
    text = given.get("days", "")
    known = {str(length): length for length in LENGTHS}
    return figures.last_days(known.get(text, LENGTHS[1]))


def _length(days: Range) -> int | None:
    """Return the one of LENGTHS that these days are."""
    return next((n for n in LENGTHS if figures.last_days(n) == days), None)
