"""The user's tickets."""

from typing import Annotated

from pydantic import Field, StringConstraints

from faq.conversation import handover
from faq.conversation.conversations import CONVERSATION_ID
from handlers.api.endpoint import Answer, Body, Call, Resource
from handlers.api.fields import FreeText, Line, RawText, Token
from handlers.api.person.ctid import CtidToken
from handlers.api.uploads import Image
from handlers.auth import Auth
from miniprogram_api.centre import dispute_ctid, dispute_faces
from miniprogram_api.centre.dispute_faces import TicketFaceChallenge
from miniprogram_api.desks import ticket_pictures
from miniprogram_api.reasons import Reason
from miniprogram_api.tickets import forms as ticket_forms
from miniprogram_api.tickets import own, tickets
from miniprogram_api.tickets.forms import TicketForm
from miniprogram_api.tickets.tickets import Ticket

resource = Resource("tickets")

FACE_REASONS = (
    Reason.FACE_MISMATCH,
    Reason.FACE_NO_PHOTO,
    Reason.FACE_DATA_MISSING,
    Reason.FACE_NOT_FINISHED,
    Reason.IDENTITY_SOURCE_BUSY,
    Reason.IDENTITY_DAILY_LIMIT,
)


class TicketBody(Body):
    """A ticket's kind and the facts of the person."""

    kind: tickets.FiledKind
    district: RawText | None = Field(
        None, description="One of the windows'; by default that of the last ticket."
    )
    description: FreeText | None = Field(None, description="In the user's own words.")
    contact: Line | None = Field(None, description="How to reach the user.")
    name: RawText | None = Field(None, description="Of the person concerned, without an account.")
    id_number: RawText | None = None
    valid_from: RawText | None = None
    valid_until: RawText | None = None
    phone: RawText | None = Field(
        None, description="The phone to be verified or to be put on record."
    )
    activation_token: Token | None = Field(
        None, description="For activation_phone: the token of the activation."
    )


class UserTicketBody(TicketBody):
    """A ticket with the conversation that led to it."""

    window_id: Annotated[int, Field(ge=1, le=2**53)] | None = Field(
        None, description="For complaint: the window."
    )
    clerk_name: Line | None = Field(None, description="For complaint: the member of staff.")
    conversation_id: Annotated[str, StringConstraints(pattern=CONVERSATION_ID)] | None = Field(
        None,
        description="Of the bot's answer whose button was pressed: attaches the conversation and "
        "fills in what the user typed.",
    )


class TicketsAnswer(Answer):
    """The tickets of the caller."""

    tickets: list[Ticket]


@resource.post(
    "/tickets",
    auth=Auth.WECHAT,
    body=UserTicketBody,
    answer=Ticket,
    status=201,
    reasons=(Reason.NOT_FOUND, Reason.TOO_MANY_ATTEMPTS),
)
def open_ticket(call: Call, body: UserTicketBody) -> Ticket:
    """Open a ticket, or return the open one of the same matter."""
    form = TicketForm(**body.model_dump(exclude={"conversation_id"}))
    if body.conversation_id is None:
        return ticket_forms.submit(call.services, form, session=call.holder)
    return handover.open_ticket(call.services, body.conversation_id, form, call.holder)


@resource.get("/tickets", auth=Auth.WECHAT, answer=TicketsAnswer)
def list_tickets(call: Call) -> TicketsAnswer:
    """List the caller's tickets, newest first."""
    return TicketsAnswer(tickets=own.of_caller(call.holder))


@resource.get("/tickets/<ticket_id>", auth=Auth.WECHAT, answer=Ticket, reasons=(Reason.NOT_FOUND,))
def show_ticket(call: Call, ticket_id: str) -> Ticket:
    """Show one of the caller's tickets."""
    return own.get(call.holder, ticket_id)


@resource.post(
    "/tickets/<ticket_id>/evidence",
    auth=Auth.WECHAT,
    body=Body,
    image=True,
    answer=Ticket,
    status=201,
    reasons=(Reason.NOT_FOUND, Reason.TICKET_CLOSED, Reason.EVIDENCE_LIMIT),
)
def add_ticket_evidence(
    call: Call,
    ticket_id: str,
    body: Body,  # noqa: ARG001
    image: Image | None,
) -> Ticket:
    """Add a picture (multipart, part ``image``): JPEG, PNG or WebP, up to 10 MiB, six in all."""
    content = None if image is None else image.content
    return ticket_pictures.add(call.services, call.holder, ticket_id, content)


@resource.delete(
    "/tickets/<ticket_id>",
    auth=Auth.WECHAT,
    answer=Ticket,
    reasons=(Reason.NOT_FOUND, Reason.TICKET_CLOSED, Reason.NOT_APPLICABLE),
)
def withdraw_ticket(call: Call, ticket_id: str) -> Ticket:
    """Withdraw a ticket."""
    return own.withdraw(call.holder, ticket_id)


class TicketFaceBody(Body):
    """The consent to a face check."""

    consent_version: RawText | None = Field(
        None, description="From GET /consent; agrees to the use of the face."
    )


@resource.post(
    "/tickets/<ticket_id>/face-challenges",
    auth=Auth.WECHAT,
    body=TicketFaceBody,
    answer=TicketFaceChallenge,
    reasons=(
        Reason.NOT_FOUND,
        Reason.TICKET_CLOSED,
        Reason.NOT_APPLICABLE,
        Reason.CONSENT_REQUIRED,
        Reason.CONSENT_OUTDATED,
        Reason.TOO_MANY_ATTEMPTS,
        *FACE_REASONS,
    ),
)
def open_ticket_face_check(call: Call, ticket_id: str, body: TicketFaceBody) -> TicketFaceChallenge:
    """Open a face check for an identity_dispute; passing it freezes the disputed account."""
    return dispute_faces.open_check(
        call.services,
        call.holder,
        ticket_id,
        consent_version=body.consent_version,
        address=call.address,
    )


class TicketCtidBody(Body):
    """The token of a CTID verification."""

    ctid_token: CtidToken = Field(description="From the CTID app or mini program.")


@resource.post(
    "/tickets/<ticket_id>/ctid-verifications",
    auth=Auth.WECHAT,
    body=TicketCtidBody,
    answer=Ticket,
    reasons=(
        Reason.NOT_FOUND,
        Reason.TICKET_CLOSED,
        Reason.NOT_APPLICABLE,
        Reason.TOO_MANY_ATTEMPTS,
        Reason.CTID_REJECTED,
        Reason.CTID_UNAVAILABLE,
    ),
)
def verify_ticket_ctid(call: Call, ticket_id: str, body: TicketCtidBody) -> Ticket:
    """Verify the person of an identity_dispute by CTID; freeze the disputed account when passed."""
    return dispute_ctid.verify(
        call.services, call.holder, ticket_id, body.ctid_token, address=call.address
    )


class TicketFaceVerificationBody(Body):
    """The face check to verify."""

    challenge_id: Token


@resource.post(
    "/tickets/<ticket_id>/face-verifications",
    auth=Auth.WECHAT,
    body=TicketFaceVerificationBody,
    answer=Ticket,
    reasons=(
        Reason.NOT_FOUND,
        Reason.TICKET_CLOSED,
        Reason.NOT_APPLICABLE,
        Reason.IDENTITY_CHECK_IN_PROGRESS,
        Reason.TOO_MANY_ATTEMPTS,
        *FACE_REASONS,
    ),
)
def verify_ticket_face(call: Call, ticket_id: str, body: TicketFaceVerificationBody) -> Ticket:
    """Verify the result of the face check; freeze the disputed account when it passed."""
    return dispute_faces.verify(
        call.services, call.holder, ticket_id, body.challenge_id, address=call.address
    )
