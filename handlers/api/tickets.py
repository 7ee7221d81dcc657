"""Tickets: asking people for help, and seeing how it goes."""

from datetime import datetime
from typing import Literal

from flask import Blueprint
from pydantic import Field

from handlers.api.endpoint import Answer, Body, Call, endpoint
from handlers.api.fields import FreeText, Line, RawText, Token
from handlers.api.uploads import Image
from handlers.auth import Auth
from miniprogram_api import ticket_evidence, ticket_forms, tickets
from miniprogram_api.reasons import Reason
from miniprogram_api.ticket_forms import TicketForm

blueprint = Blueprint("tickets", __name__)


class TicketBody(Body):
    kind: tickets.Kind = Field(description="What shall be done.")
    description: FreeText | None = Field(None, description="In the person's own words.")
    contact: Line | None = Field(None, description="How he wants to be reached.")
    name: RawText | None = Field(None, description="Whom it is about, if nobody is signed in.")
    id_number: RawText | None = None
    valid_from: RawText | None = None
    valid_until: RawText | None = None
    phone: RawText | None = Field(
        None, description="The phone to be verified, or the one to be put on record."
    )
    activation_token: Token | None = Field(
        None, description="For activation_phone: names the account by its activation."
    )


class StepAnswer(Answer):
    at: datetime
    state: tickets.State
    action: str


class TicketAnswer(Answer):
    id: int
    kind: tickets.Kind
    state: tickets.State
    created_at: datetime
    due_at: datetime = Field(description="By then it is answered.")
    owner: Literal["window", "centre", "nobody"]
    description: str
    reason: str | None = Field(description="Why it ended as it did.")
    next_step: str = Field(description="What the person does next, one sentence.")
    closed_at: datetime | None
    evidence: int = Field(description="How many pictures came with it.")
    history: list[StepAnswer]


class TicketsAnswer(Answer):
    tickets: list[TicketAnswer]


def rendered(ticket: tickets.Ticket) -> TicketAnswer:
    return TicketAnswer.model_validate(ticket, from_attributes=True)


@endpoint(
    blueprint,
    "POST",
    "/tickets",
    auth=Auth.WECHAT,
    body=TicketBody,
    answer=TicketAnswer,
    status=201,
    reasons=(Reason.TOO_MANY_ATTEMPTS,),
)
def open_ticket(call: Call, body: TicketBody) -> TicketAnswer:
    """Ask people for help; the same matter again gives the ticket that is open already."""
    form = TicketForm(**body.model_dump())
    return rendered(ticket_forms.submit(call.services, form, session=call.holder))


@endpoint(blueprint, "GET", "/tickets", auth=Auth.WECHAT, answer=TicketsAnswer)
def list_tickets(call: Call) -> TicketsAnswer:
    """The caller's tickets, newest first."""
    found = tickets.of_caller(call.holder)
    return TicketsAnswer(tickets=[rendered(ticket) for ticket in found])


@endpoint(
    blueprint,
    "GET",
    "/tickets/<ticket_id>",
    auth=Auth.WECHAT,
    answer=TicketAnswer,
    reasons=(Reason.NOT_FOUND,),
)
def show_ticket(call: Call, ticket_id: str) -> TicketAnswer:
    """One of the caller's tickets."""
    return rendered(tickets.get(call.holder, ticket_id))


@endpoint(
    blueprint,
    "POST",
    "/tickets/<ticket_id>/evidence",
    auth=Auth.WECHAT,
    body=Body,
    image=True,
    answer=TicketAnswer,
    status=201,
    reasons=(Reason.NOT_FOUND, Reason.TICKET_CLOSED, Reason.EVIDENCE_LIMIT),
)
def add_ticket_evidence(
    call: Call,
    ticket_id: str,
    body: Body,  # noqa: ARG001 - there is nothing beside the picture.
    image: Image | None,
) -> TicketAnswer:
    """Add a picture (multipart, part ``image``): JPEG, PNG or WebP, at most 10 MiB, six in all."""
    content = None if image is None else image.content
    return rendered(ticket_evidence.add(call.services, call.holder, ticket_id, content))


@endpoint(
    blueprint,
    "DELETE",
    "/tickets/<ticket_id>",
    auth=Auth.WECHAT,
    answer=TicketAnswer,
    reasons=(Reason.NOT_FOUND, Reason.TICKET_CLOSED),
)
def withdraw_ticket(call: Call, ticket_id: str) -> TicketAnswer:
    """Take a ticket back."""
    return rendered(tickets.withdraw(call.holder, ticket_id))
