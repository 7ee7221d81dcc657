"""The centre's queue: filters, sorting, finished tickets, acts on several, the workload."""

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.centre.blueprint import pages
from handlers.admin.frame import looking_up
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form, staff_sentence
from handlers.admin.frame.names import window_names
from handlers.admin.frame.rendering import render
from handlers.api.fields import number
from miniprogram_api.centre import bulk, workload
from miniprogram_api.centre.bulk import Outcome
from miniprogram_api.desks import queue as ticket_queue
from miniprogram_api.desks import reminders as desk_reminders
from miniprogram_api.desks import ticket_acts
from miniprogram_api.desks.queue import QueueFilter
from miniprogram_api.second_person import listing
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import word, words
from miniprogram_api.tickets import tickets

STATES = ("open", "with_centre")
CHOICES = {
    "whose": words("pages.tickets.whose"),
    "late": words("pages.tickets.late"),
    "sort": words("pages.tickets.sort"),
}
# The views that everybody has: title → filters.
VIEWS = {
    "all": {},
    "mine": {"whose": "mine"},
    "free": {"whose": "free", "state": "with_centre"},
    "overdue": {"late": "overdue"},
    "today": {"late": "today", "whose": "free"},
}


@pages.page("", may=Permission.READ_CENTRE)
def centre_queue(visit: Visit) -> ResponseReturnValue:
    """List the unfinished tickets by due time, or go straight to one by its number."""
    wanted_number = looking_up.ticket(lambda typed: ticket_acts.get(visit.member, typed))
    if wanted_number.found:
        return redirect(url_for(".centre_ticket", ticket_id=wanted_number.found))
    return _queue_page(visit, wanted_number=wanted_number)


@pages.act("/bulk", may=Permission.WORK_AT_CENTRE)
def act_on_tickets(visit: Visit) -> ResponseReturnValue:
    """Claim the ticked tickets, or answer those of one's own with one text."""
    form, outcome = Form(beside=("reason",)), None
    numbers = form.all("tickets")
    with form:
        if form["act"] == "claim":
            outcome = bulk.claim(visit.member, numbers)
        else:
            outcome = bulk.answer(visit.member, numbers, form["reason"])
    return _queue_page(visit, form=form, outcome=outcome)


@pages.page("/finished", may=Permission.READ_CENTRE)
def list_finished_tickets(visit: Visit) -> ResponseReturnValue:
    """List the finished tickets, by default those that the visitor ended."""
    own = request.args.get("whose") != "all"
    found = ticket_queue.finished(visit.member, own=own, before=request.args.get("before") or None)
    return render(visit, "centre/finished.html", found=found, own=own, windows=window_names())


def _queue_page(
    visit: Visit,
    *,
    wanted_number: looking_up.Number | None = None,
    form: Form | None = None,
    outcome: Outcome | None = None,
) -> ResponseReturnValue:
    wanted_number = wanted_number or looking_up.Number("")
    chosen, wanted = _wanted()
    found = ticket_queue.page(visit.member, wanted, request.args.get("after") or None)
    return render(
        visit,
        "centre/queue.html",
        wanted_number.status if form is None else None,
        form=form or Form(),
        wanted_number=wanted_number,
        found=found,
        filters=chosen,
        is_later="after" in request.args,
        kinds=words("tickets.kinds"),
        states={state: word("tickets.states", state) for state in STATES},
        choices=CHOICES,
        views=VIEWS,
        view_titles=words("pages.tickets.views"),
        windows=window_names(),
        reminders=desk_reminders.of_member(visit.member),
        to_decide=listing.to_decide(visit.member)["centre_acts"],
        templates=words("centre.templates"),
        outcome=outcome,
        refused=[]
        if outcome is None
        else [(number, staff_sentence(no)) for number, no in outcome.refused],
        workload=workload.of_centre(visit.member),
    )


def _wanted() -> tuple[dict[str, str], QueueFilter]:
    """Read the filters of the address; what is no choice counts as none."""
    typed = request.args
    chosen: dict[str, str] = {
        name: typed[name] for name, titles in CHOICES.items() if typed.get(name) in titles
    }
    if typed.get("kind") in tickets.KINDS:
        chosen["kind"] = typed["kind"]
    if typed.get("state") in STATES:
        chosen["state"] = typed["state"]
    if typed.get("window", "").isdecimal():
        chosen["window"] = typed["window"]
    values: dict[str, Any] = {name: value for name, value in chosen.items() if name != "window"}
    if "window" in chosen:
        values["window_id"] = number(chosen["window"])
    return chosen, QueueFilter(**values)


@pages.form("/search", may=Permission.READ_CENTRE, writes=Permission.READ_CENTRE)
def search_centre_tickets(visit: Visit) -> ResponseReturnValue:
    """List all tickets about a person; the ID number never stands in an address."""
    found, form = None, looking_up.person_form("follow_up")
    if form.is_sent:
        with form:
            found = ticket_queue.of_person(
                visit.services,
                visit.member,
                form.text("id_number"),
                form["reason"],
                form.text("note"),
            )
    return render(
        visit,
        "centre/search.html",
        form=form,
        found=found,
        lookup_reasons=looking_up.REASONS,
        windows=window_names(),
    )


@pages.act("/next", may=Permission.WORK_AT_CENTRE)
def claim_next_ticket(visit: Visit) -> ResponseReturnValue:
    """Claim the free ticket that is due first."""
    found = ticket_acts.claim_next(visit.member)
    if found is None:
        return redirect(url_for(".centre_queue", done="nothing"))
    return redirect(url_for(".centre_ticket", ticket_id=found.queued.id, done="claimed"))
