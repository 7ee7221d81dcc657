"""The ledger: search, one line, printing."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import form_values, looking_up
from handlers.admin.frame.access import Visit
from handlers.admin.frame.filters import Filters
from handlers.admin.frame.form import Form
from handlers.admin.frame.names import ticket_numbers, window_names
from handlers.admin.frame.rendering import cut, render
from handlers.admin.ledger.blueprint import pages
from miniprogram_api import clock
from miniprogram_api.desks import acts as desk
from miniprogram_api.desks import lookups
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.ledger import seals as ledger_seals
from miniprogram_api.ledger import view as ledger_view
from miniprogram_api.ledger.lines import Wanted
from miniprogram_api.reasons import Refused
from miniprogram_api.staff import members as staff
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import text, words
from miniprogram_api.tickets import numbers

PAGE = 50
MOST_PRINTED = 500
# The auditor's reason to look for a person.
USUAL_REASON = "review"
FILTERS = ("number", "actor", "action", "window", "ticket", "first_day", "last_day", "person")


@pages.page("", may=Permission.READ_LEDGER)
def search_ledger(visit: Visit) -> ResponseReturnValue:
    """List the newest lines that match the filters, with people masked."""
    return search_page(visit)


@pages.act("/person", may=Permission.READ_LEDGER, writes=Permission.READ_LEDGER)
def search_ledger_person(visit: Visit) -> ResponseReturnValue:
    """Search for a person; the resulting address names a line about the person."""
    form = looking_up.person_form(USUAL_REASON)
    with form:
        id_number = desk.read_id_number(form["id_number"])
        reason, note = form["reason"], form.text("note")
        lookups.require_reason(reason, note)
        lookups.record(visit.services, visit.member, id_number, reason, note)
        number = ledger.newest_about(visit.member, id_number)
        if number is not None:
            return redirect(url_for(".search_ledger", person=number))
        form.tell(text("ledger.no_such_person"), "id_number")
        return search_page(visit, 404, looking=form)
    return search_page(visit, looking=form)


@pages.page("/print", may=Permission.READ_LEDGER)
def print_ledger(visit: Visit) -> ResponseReturnValue:
    """Print the lines that match the filters, oldest first."""
    wanted, filters = filters_of(request.args)
    if filters.errors:
        return search_page(visit)
    entries = ledger.page(visit.member, wanted, most=MOST_PRINTED + 1)
    return render(
        visit,
        "ledger/print.html",
        lines=[ledger_view.localise(entry) for entry in reversed(entries[:MOST_PRINTED])],
        cut=len(entries) > MOST_PRINTED,
        most=MOST_PRINTED,
        filters=filters.shown,
        printed_at=clock.now(),
        windows=window_names(),
    )


@pages.form("/<int:number>", may=Permission.READ_LEDGER, writes=Permission.SEE_PERSONAL_DATA)
def show_ledger_line(visit: Visit, number: int) -> ResponseReturnValue:
    """Show one line masked; by POST unmasked, for a reason."""
    form = Form()
    line = ledger_view.localise(ledger.get(visit.member, number))
    if form.is_sent:
        with form:
            line = ledger_view.reveal(visit.member, number, form["reason"])
    return _line_page(visit, line, form)


@pages.act("/<int:number>/erase", may=Permission.WORK_AT_CENTRE)
def erase_ledger_line(visit: Visit, number: int) -> ResponseReturnValue:
    """Erase the personal data of a line, as the law demands."""
    form = Form()
    with form:
        ledger.erase(visit.member, number, form["basis"])
        return redirect(url_for(".show_ledger_line", number=number, done="erased"))
    # The page's other form has a field for a reason.
    form.errors = {"basis": "".join(form.errors.values())}
    return _line_page(visit, ledger_view.localise(ledger.get(visit.member, number)), form)


def search_page(
    visit: Visit,
    status: int | None = None,
    *,
    export: Form | None = None,
    looking: Form | None = None,
) -> ResponseReturnValue:
    """Render the filters and lines, with the errors of a refused form.

    ``export``: the form that downloads lines. ``looking``: the one that looks for a person.
    """
    sent = export or looking or Form()
    looking = looking or Form({"reason": USUAL_REASON}, typed={})
    given = request.form if request.method == "POST" else request.args
    wanted, filters = filters_of(given)
    before, most = form_values.number(given.get("before", "")), PAGE + 1
    lines = [] if filters.errors else ledger.page(visit.member, wanted, before=before, most=most)
    entries, last = cut(lines, PAGE)
    return render(
        visit,
        "ledger/lines.html",
        filters.status if filters.errors else status or sent.status,
        form=export or Form(typed={}),
        refusal=sent.message,
        looking=looking,
        lookup_reasons=looking_up.REASONS,
        lines=[ledger_view.localise(entry) for entry in entries],
        tickets=ticket_numbers(entry.ticket_id for entry in entries),
        older=last and last.number,
        filters=filters.shown,
        faulty=filters.errors,
        actions=words("ledger.actions"),
        members=staff.members(),
        windows=window_names(),
    )


def _ticket_of(filters: Filters) -> int | None:
    """Return the id of the ticket with the typed number."""
    try:
        return numbers.find(filters.typed["ticket"]).id if filters.typed["ticket"] else None
    except Refused:
        filters.errors["ticket"] = text("pages.filters.ticket")
        return None


def filters_of(given: Any) -> tuple[Wanted, Filters]:
    """Return the filters for ``ledger.page``, and as typed with their errors."""
    filters = Filters(given, FILTERS)
    first, last = filters.days()
    wanted = Wanted(
        number=filters.whole("number"),
        actor=filters.typed["actor"] or None,
        action=filters.one_of("action", words("ledger.actions")),
        window_id=filters.whole("window"),
        ticket_id=_ticket_of(filters),
        since=None if first is None else clock.midnight(first),
        until=None if last is None else clock.midnight(last + timedelta(days=1)),
        person_of=filters.whole("person"),
    )
    return wanted, filters


def _line_page(visit: Visit, line: Any, form: Form) -> ResponseReturnValue:
    entry = ledger.get(visit.member, line.number)
    number = line.number
    around = ledger.page(visit.member, replace(Wanted(), person_of=number), most=PAGE)
    return render(
        visit,
        "ledger/line.html",
        form=form,
        line=line,
        previous_hash=entry.previous_hash.hex(),
        personal_hash=entry.personal_hash.hex(),
        seal=ledger_seals.first_covering(number),
        tickets=ticket_numbers([line.ticket_id]),
        of_person=[ledger_view.localise(other) for other in around if other.number != number],
        is_last=not ledger.page(visit.member, Wanted(number=number + 1), most=1),
        windows=window_names(),
    )
