"""The tickets of a window."""

from datetime import datetime

from pydantic import Field

from handlers.api.desk.window import OF_TICKETS, LineAnswer, OnSiteBody
from handlers.api.endpoint import Answer, Body, Call, Resource
from handlers.api.fields import FreeText
from handlers.api.person.tickets import TicketBody
from handlers.api.uploads import Image
from miniprogram_api.desks import ticket_pictures
from miniprogram_api.desks.ticket_acts import OpenedTicket
from miniprogram_api.reasons import Reason
from miniprogram_api.staff.members import Permission
from miniprogram_api.tickets import districts
from miniprogram_api.tickets import forms as ticket_forms
from miniprogram_api.tickets.forms import TicketForm
from miniprogram_api.windows import tickets as window_tickets
from miniprogram_api.windows import verifications as window_desk
from miniprogram_api.windows.tickets import AnsweredTicket

resource = Resource("window_tickets")


class FiledAnswer(Answer):
    """A ticket that was handed to the centre."""

    ticket_id: str = Field(description="Its public number.")
    state: str
    due_at: datetime
    ledger_number: int


@resource.post(
    "/window/tickets",
    permission=Permission.WORK_AT_WINDOW,
    body=TicketBody,
    answer=FiledAnswer,
    status=201,
    reasons=OF_TICKETS,
)
def file_ticket_to_centre(call: Call, body: TicketBody) -> FiledAnswer:
    """Open a ticket at the centre for the person at the window."""
    subject = ticket_forms.read_subject(TicketForm(**body.model_dump()), None)
    row, line = window_desk.file_ticket(
        call.member,
        body.kind,
        subject,
        body.description or "",
        districts.parse(body.district),
    )
    return FiledAnswer(ticket_id=row.number, state=row.state, due_at=row.due_at, ledger_number=line)


class AnsweredTicketsAnswer(Answer):
    """The finished tickets of a window."""

    tickets: list[AnsweredTicket]


@resource.get(
    "/window/tickets/answered",
    permission=Permission.READ_WINDOW,
    answer=AnsweredTicketsAnswer,
    reasons=(Reason.WINDOW_REQUIRED,),
)
def list_answered_tickets(call: Call) -> AnsweredTicketsAnswer:
    """List the finished tickets of the clerk's window; GET /centre/tickets lists the others."""
    return AnsweredTicketsAnswer(tickets=window_tickets.answered(call.member))


@resource.get(
    "/window/tickets/<ticket_id>",
    permission=Permission.READ_WINDOW,
    answer=OpenedTicket,
    reasons=(Reason.NOT_FOUND, Reason.WINDOW_REQUIRED),
)
def show_ticket_at_window(call: Call, ticket_id: str) -> OpenedTicket:
    """Show a ticket of the clerk's window, masked until it is claimed."""
    return window_tickets.get(call.member, ticket_id)


class NoteBody(Body):
    """A note for the centre."""

    note: FreeText


@resource.post(
    "/window/tickets/<ticket_id>/handover",
    permission=Permission.WORK_AT_WINDOW,
    body=NoteBody,
    answer=LineAnswer,
    reasons=OF_TICKETS,
)
def hand_ticket_to_centre(call: Call, ticket_id: str, body: NoteBody) -> LineAnswer:
    """Hand a user's ticket to the centre."""
    _, line = window_desk.hand_on(call.member, ticket_id, body.note)
    return LineAnswer(ledger_number=line)


@resource.post(
    "/window/tickets/<ticket_id>/card",
    permission=Permission.WORK_AT_WINDOW,
    body=OnSiteBody,
    answer=LineAnswer,
    reasons=(*OF_TICKETS, Reason.NOT_APPLICABLE),
)
def note_card_seen(call: Call, ticket_id: str, body: OnSiteBody) -> LineAnswer:
    """Record that the card of an identity_dispute was seen; freeze the disputed account."""
    line = window_desk.card_seen(call.member, ticket_id, body.as_rule())
    return LineAnswer(ledger_number=line)


class EvidenceAnswer(Answer):
    """The digest of a stored picture."""

    sha256: str


@resource.post(
    "/window/tickets/<ticket_id>/evidence",
    permission=Permission.WORK_AT_WINDOW,
    body=Body,
    image=True,
    answer=EvidenceAnswer,
    status=201,
    reasons=(*OF_TICKETS, Reason.EVIDENCE_LIMIT),
)
def add_evidence_at_window(
    call: Call,
    ticket_id: str,
    body: Body,  # noqa: ARG001
    image: Image | None,
) -> EvidenceAnswer:
    """Add a picture to a ticket of the window."""
    content = None if image is None else image.content
    digest = ticket_pictures.attach_at_desk(call.services, call.member, ticket_id, content)
    return EvidenceAnswer(sha256=digest)
