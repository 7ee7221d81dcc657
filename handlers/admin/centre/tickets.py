"""The page of a ticket at the centre, with its forms.

The person of a ticket is masked until the ticket is claimed or opened for a reason.
"""

from collections.abc import Callable

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from faq.conversation import messages
from handlers.admin.centre.blueprint import pages
from handlers.admin.frame.access import Visit
from handlers.admin.frame.form import Form
from handlers.admin.frame.names import actor_names, window_names
from handlers.admin.frame.one_time import once
from handlers.admin.frame.rendering import render
from handlers.api.centre.tickets import ApprovalBody, DatesBody, ReasonBody, TicketOpeningBody
from handlers.api.uploads import Image
from handlers.auth import client_address
from miniprogram_api.accounts import disputes
from miniprogram_api.centre import acts as centre_acts
from miniprogram_api.desks import ticket_acts as ticket_desk
from miniprogram_api.desks import ticket_pictures
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person import approvals
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import words

STATES = ("open", "with_centre")
MOST_SAID = 40
# The fields of the forms on a ticket's page.
FIELDS = ("reason", "note", "phone", "valid_from", "valid_until", "image")

Act = Callable[[Visit, str, Form], str]


@pages.page("/tickets/<ticket_id>", may=Permission.READ_CENTRE)
def centre_ticket(visit: Visit, ticket_id: str) -> ResponseReturnValue:
    """Show one ticket."""
    return _ticket_page(visit, ticket_id, _form())


@pages.act(
    "/tickets/<ticket_id>/opening", may=Permission.READ_CENTRE, writes=Permission.READ_CENTRE
)
def open_centre_ticket(visit: Visit, ticket_id: str) -> ResponseReturnValue:
    """Show the person of a ticket unmasked, for a reason."""
    form = _form()
    with form:
        body = form.body(TicketOpeningBody)
        ticket_desk.open_for(visit.member, ticket_id, body.reason, body.note or "")
        if form["approval"].isdecimal():
            back = form["approval"]
            return redirect(
                url_for("admin.second_person.show_request", request_id=back, done="opened")
            )
        return redirect(url_for(".centre_ticket", ticket_id=ticket_id, done="opened"))
    return _ticket_page(visit, ticket_id, form, "opening")


@pages.act("/tickets/<ticket_id>/evidence", may=Permission.WORK_AT_CENTRE, image=True)
def add_centre_evidence(
    visit: Visit, ticket_id: str, image: Image | None = None
) -> ResponseReturnValue:
    """Attach a picture of what was checked."""
    content = None if image is None else image.content
    form = _form()
    with form:
        ticket_pictures.attach_at_desk(visit.services, visit.member, ticket_id, content)
        return redirect(url_for(".centre_ticket", ticket_id=ticket_id, done="picture"))
    return _ticket_page(visit, ticket_id, form, "evidence")


def _claim(visit: Visit, ticket_id: str, _form: Form) -> str:
    ticket_desk.claim(visit.member, ticket_id)
    return "claimed"


def _release(visit: Visit, ticket_id: str, form: Form) -> str:
    ticket_desk.release(visit.member, ticket_id, form["reason"])
    return "released"


def _verify_phone(visit: Visit, ticket_id: str, form: Form) -> str:
    centre_acts.verify_phone(visit.member, ticket_id, form.body(ReasonBody).reason)
    return "acted"


def _correct_dates(visit: Visit, ticket_id: str, form: Form) -> str:
    body = form.body(DatesBody)
    centre_acts.correct_dates(
        visit.services,
        visit.member,
        ticket_id,
        body.valid_from,
        body.valid_until,
        reason=body.reason,
        address=client_address(request, visit.services.settings),
    )
    return "acted"


def _freeze(visit: Visit, ticket_id: str, form: Form) -> str:
    centre_acts.freeze(visit.member, ticket_id, form.body(ReasonBody).reason)
    return "frozen"


def _answer(visit: Visit, ticket_id: str, form: Form) -> str:
    reason = form.body(ReasonBody).reason
    ticket_desk.finish(visit.member, ticket_id, solved=True, reason=reason)
    return "acted"


def _reject(visit: Visit, ticket_id: str, form: Form) -> str:
    reason = form.body(ReasonBody).reason
    ticket_desk.finish(visit.member, ticket_id, solved=False, reason=reason)
    return "acted"


def _ask(name: str) -> Act:
    def act(visit: Visit, ticket_id: str, form: Form) -> str:
        body = form.body(ApprovalBody, act=name)
        approvals.request(visit.member, ticket_id, **body.model_dump())
        return "asked"

    return act


# Form of a ticket's page → act, which returns the name of the message afterwards.
ACTS: dict[str, Act] = {
    "claim": _claim,
    "release": _release,
    "verify_phone": _verify_phone,
    "correct_dates": _correct_dates,
    "freeze": _freeze,
    "answer": _answer,
    "reject": _reject,
    **{name: _ask(name) for name in approvals.TICKETS},
}


@pages.act("/tickets/<ticket_id>/<act>", may=Permission.WORK_AT_CENTRE)
def act_on_ticket(visit: Visit, ticket_id: str, act: str) -> ResponseReturnValue:
    """Carry out or request one of ``ACTS``; a refusal is shown on the ticket's page."""
    if act not in ACTS:
        raise Refused(Reason.NOT_FOUND)

    form = _form()

    def done() -> str:
        said = ACTS[act](visit, ticket_id, form)
        return url_for(".centre_ticket", ticket_id=ticket_id, done=said)

    with form:
        return once(visit, done)
    return _ticket_page(visit, ticket_id, form, act)


def _form() -> Form:
    return Form(beside=FIELDS)


def _ticket_page(visit: Visit, ticket_id: str, form: Form, act: str = "") -> ResponseReturnValue:
    """Render the ticket; ``form`` is that of ``act``, whose values are kept."""
    ticket = ticket_desk.get(visit.member, ticket_id)
    kind = ticket.queued.kind
    steps = {event.action for event in ticket.history}
    may_act = ticket.claimed and not ticket.approval_pending and ticket.queued.state in STATES
    said = messages.transcript(ticket.conversation_id) if ticket.conversation_id else []
    return render(
        visit,
        "centre/ticket.html",
        form=form,
        refusal=form.summary,
        sent_act=act,
        ticket=ticket,
        person=ticket_desk.person(visit.member, ticket_id),
        names=actor_names({event.actor for event in ticket.history}),
        windows=window_names(),
        direct=[name for name, kinds in centre_acts.KINDS.items() if kind in kinds],
        asked=[name for name, kinds in approvals.TICKETS.items() if kind in kinds],
        asked_words=words("desk.acts"),
        may_act=may_act and visit.member.may(Permission.WORK_AT_CENTRE),
        is_proven=not steps.isdisjoint(disputes.PROOFS),
        said=said[-MOST_SAID:],
        reasons=ticket_desk.OPENING_REASONS,
        templates=words("centre.templates"),
        of_dates=kind in centre_acts.OF_DATES,
        most_pictures=ticket_pictures.MOST_PICTURES,
    )
