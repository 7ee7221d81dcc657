"""The tickets of a clerk's window: filing one to the centre, and working on them."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame import looking_up, names
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.one_time import once
from handlers.admin.frame.rendering import render
from handlers.admin.window.blueprint import pages
from handlers.admin.window.forms import known
from handlers.api.desk.window import OnSiteBody
from handlers.api.person.tickets import TicketBody
from handlers.api.uploads import Image
from miniprogram_api.captures import evidence_seen
from miniprogram_api.desks import acts as desk
from miniprogram_api.desks import queue as ticket_queue
from miniprogram_api.desks import ticket_acts as ticket_desk
from miniprogram_api.desks import ticket_pictures
from miniprogram_api.desks.people import PersonView
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff import sittings, windows
from miniprogram_api.staff.members import Permission
from miniprogram_api.staff.sittings import Sitting
from miniprogram_api.texts import invalid
from miniprogram_api.tickets import districts, tickets
from miniprogram_api.tickets import forms as ticket_forms
from miniprogram_api.tickets.forms import TicketForm
from miniprogram_api.windows import tickets as window_tickets
from miniprogram_api.windows import verifications as window_desk

FIELDS = ("name", "id_number", "valid_from", "valid_until", "phone", "district")
# The fields of the forms on a ticket's page.
FORMS = ("reason", "place", "evidence_seen", "image")
# The phone on record is wrong in these matters, or another person's, so it is not filled in.
OTHER_PHONE = frozenset({"phone_change", "activation_phone", "identity_dispute"})
# Act of a window on a ticket → message afterwards.
ACTS = {
    "opening": "opened",
    "claim": "claimed",
    "release": "released",
    "handover": "filed",
    "card": "frozen",
    "end": "ended",
}


@pages.page("/tickets", may=Permission.WORK_AT_WINDOW)
def list_window_tickets(visit: Visit) -> ResponseReturnValue:
    """List the unfinished tickets by due time, or the answered ones, or go to one by its number."""
    typed = looking_up.ticket(lambda number: window_tickets.get(visit.member, number))
    if typed.found:
        return redirect(url_for(".show_window_ticket", ticket_id=typed.found))
    answered = request.args.get("answered") == "1"
    return render(
        visit,
        "window/tickets.html",
        typed.status,
        typed=typed,
        answered=answered,
        tickets=[] if answered else ticket_queue.queue(visit.member),
        finished=window_tickets.answered(visit.member) if answered else [],
    )


@pages.form("/persons/<handle>/tickets", may=Permission.WORK_AT_WINDOW)
def file_window_ticket(visit: Visit, handle: str) -> ResponseReturnValue:
    """File a ticket to the centre about the person of a sitting."""
    sitting = sittings.get(visit.member, handle)
    person = known(visit, sitting)
    kind = request.values.get("kind", "")
    kind = kind if kind in ticket_forms.AT_WINDOW else "other"
    form = Form(_known_fields(sitting, person, kind))
    if form.is_sent:
        with form:
            return once(visit, lambda: _filed(visit, kind, form))
    return render(
        visit,
        "window/ticket_new.html",
        form=form,
        handle=handle,
        person=person,
        kind=kind,
        needed=ticket_forms.NEEDED_AT_WINDOW[kind],
        districts=districts.served_by(visit.member.window_id),
    )


def _filed(visit: Visit, kind: tickets.FiledKind, form: Form) -> str:
    body = form.body(TicketBody, kind=kind)
    subject = ticket_forms.read_subject(TicketForm(**body.model_dump()), None)
    district = districts.parse(body.district)
    row, _ = window_desk.file_ticket(visit.member, kind, subject, body.description or "", district)
    return url_for(".show_window_ticket", ticket_id=row.number, done="filed")


def _known_fields(sitting: Sitting, person: PersonView | None, kind: str) -> dict[str, str]:
    """Return the fields on record of an opened person, or those typed in the sitting."""
    values = {name: str(sitting.typed.get(name, "")) for name in FIELDS}
    values["id_number"] = values["id_number"] or sitting.shown_number
    account = person.account if person is not None and person.opened else None
    if account is not None:
        values |= {
            "name": account.name,
            "valid_from": account.valid_from or "",
            "valid_until": account.valid_until or "",
            "phone": "" if kind in OTHER_PHONE else account.phone or "",
        }
    return values


@pages.page("/tickets/<ticket_id>", may=Permission.WORK_AT_WINDOW)
def show_window_ticket(visit: Visit, ticket_id: str) -> ResponseReturnValue:
    """Show one ticket with the forms of the window."""
    return _ticket_page(visit, ticket_id, Form())


@pages.page("/slips/<ticket_id>", may=Permission.WORK_AT_WINDOW)
def print_window_ticket(visit: Visit, ticket_id: str) -> ResponseReturnValue:
    """Show a slip to print for the person: number, matter, term and the window's phone."""
    queued = window_tickets.get(visit.member, ticket_id).queued
    window_id = queued.window_id or visit.member.window_id
    window = None if window_id is None else windows.get(window_id)
    return render(visit, "window/slip.html", ticket=queued, window=window)


@pages.act("/tickets/<ticket_id>/evidence", may=Permission.WORK_AT_WINDOW, image=True)
def add_window_evidence(
    visit: Visit, ticket_id: str, image: Image | None = None
) -> ResponseReturnValue:
    """Attach a picture taken at the counter."""
    content = None if image is None else image.content
    form = Form(beside=FORMS)
    with form:
        ticket_pictures.attach_at_desk(visit.services, visit.member, ticket_id, content)
        return redirect(url_for(".show_window_ticket", ticket_id=ticket_id, done="picture"))
    return _ticket_page(visit, ticket_id, form)


@pages.act("/tickets/<ticket_id>/<act>", may=Permission.WORK_AT_WINDOW)
def act_on_window_ticket(visit: Visit, ticket_id: str, act: str) -> ResponseReturnValue:
    """Open, claim, release, hand over, note the card of, or finish a ticket."""
    if act not in ACTS:
        raise Refused(Reason.NOT_FOUND)
    form = Form(beside=FORMS)
    with form:
        return once(visit, lambda: _acted(visit, ticket_id, act, form))
    return _ticket_page(visit, ticket_id, form, act)


def _acted(visit: Visit, ticket_id: str, act: str, form: Form) -> str:
    member = visit.member
    reason = form.text("reason", ticket_desk.LONGEST_REASON)
    if act == "opening":
        ticket_desk.open_for(member, ticket_id, reason)
    elif act == "claim":
        ticket_desk.claim(member, ticket_id)
    elif act == "release":
        ticket_desk.release(member, ticket_id)
    elif act == "handover":
        _require(reason)
        window_desk.hand_on(member, ticket_id, reason)
    elif act == "card":
        window_desk.card_seen(member, ticket_id, form.body(OnSiteBody).as_rule())
    else:
        solved = form["outcome"] == "resolved"
        ticket_desk.finish(member, ticket_id, solved=solved, reason=reason)
    return url_for(".show_window_ticket", ticket_id=ticket_id, done=ACTS[act])


def _require(reason: str) -> None:
    if not reason:
        raise invalid("pages.reason.required")


def _ticket_page(visit: Visit, ticket_id: str, form: Form, act: str = "") -> ResponseReturnValue:
    ticket = window_tickets.get(visit.member, ticket_id)
    return render(
        visit,
        "window/ticket.html",
        form=form,
        ticket=ticket,
        names=names.actor_names({event.actor for event in ticket.history}),
        windows=names.window_names(),
        reasons=desk.PRESET_REASONS,
        documents=evidence_seen.NAMES,
        most_pictures=ticket_pictures.MOST_PICTURES,
        unfinished=ticket.queued.state in ("open", "with_centre"),
        act=act,
        place=windows.name_of(visit.member.window_id),
        chosen=form.all("evidence_seen"),
    )
