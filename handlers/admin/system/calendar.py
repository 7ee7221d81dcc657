"""The page of a year's holidays and shifted working days."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import form_values
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.rendering import render
from handlers.admin.system.blueprint import pages
from miniprogram_api import clock, working_days
from miniprogram_api.operations import holiday_calendar
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import words


@pages.form("/calendar", may=Permission.READ_OPERATIONS, writes=Permission.WRITE_OPERATIONS)
def manage_calendar(visit: Visit) -> ResponseReturnValue:
    """Show a year; by POST enter one day. Changes apply at once."""
    form = Form()
    if form.is_sent:
        with form:
            day = form.day("day")
            holiday_calendar.set_day(
                day, form["kind"], form["name"].strip(), actor=visit.member.actor
            )
            return _saved(None if day is None else day.year)
    return _page(visit, form)


@pages.act(
    "/calendar/import",
    may=Permission.WRITE_OPERATIONS,
    largest=holiday_calendar.LARGEST_FILE + 64 * 1024,
)
def import_calendar(visit: Visit) -> ResponseReturnValue:
    """Replace the years of a table by its days."""
    form, file = Form(), request.files.get("file")
    with form:
        counts = holiday_calendar.import_file(
            file.read() if file else b"", actor=visit.member.actor
        )
        return _saved(max(counts))
    return _page(visit, form)


@pages.act("/calendar/<day>/remove", may=Permission.WRITE_OPERATIONS)
def remove_calendar_day(visit: Visit, day: str) -> ResponseReturnValue:
    """Remove one day."""
    read = holiday_calendar.read_day(day)
    if read is None:
        raise Refused(Reason.NOT_FOUND)
    holiday_calendar.remove_day(read, actor=visit.member.actor)
    return _saved(read.year)


def _saved(year: int | None) -> ResponseReturnValue:
    return redirect(url_for(".manage_calendar", year=year, done="saved"))


def _page(visit: Visit, form: Form) -> ResponseReturnValue:
    today, years = clock.today(), holiday_calendar.years()
    missing = working_days.missing_year(today) or today.year
    chosen = form_values.number(request.args.get("year", ""), missing)
    year = chosen if chosen in years else today.year
    return render(
        visit,
        "system/calendar.html",
        form=form,
        years=years,
        year=year,
        days=holiday_calendar.list_days(year),
        is_known=working_days.is_known(year),
        warning=holiday_calendar.warning(),
        kinds=words("calendar.kinds"),
    )
