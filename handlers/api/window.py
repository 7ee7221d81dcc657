"""The clerk's desk as JSON; the pages under /admin do the same."""

from datetime import date, datetime
from typing import Annotated, Literal

from flask import Blueprint
from pydantic import Field

from handlers.api.endpoint import Answer, Body, Call, endpoint
from handlers.api.fields import Filled, FreeText, RawText, number
from handlers.api.identity_checks import VERIFICATION_REASONS
from handlers.api.registrations import WarningCodes
from handlers.api.tickets import TicketBody
from handlers.api.uploads import Image
from handlers.auth import Auth
from miniprogram_api import (
    desk_people,
    manual_reviews,
    ticket_evidence,
    ticket_forms,
    window_desk,
    window_registration,
)
from miniprogram_api.reasons import Reason
from miniprogram_api.staff import Permission
from miniprogram_api.ticket_forms import TicketForm
from miniprogram_api.window_desk import OnSite
from miniprogram_api.window_registration import Guardian, WindowForm

blueprint = Blueprint("window", __name__)

EvidenceSeen = Annotated[list[RawText], Field(max_length=10)]
OF_TICKETS = (
    Reason.NOT_FOUND,
    Reason.TICKET_CLOSED,
    Reason.TICKET_OF_OTHERS,
    Reason.OWN_MATTER,
)


class PersonBody(Body):
    id_number: RawText
    reason: RawText | None = Field(
        None,
        description="at_window, enquiry, complaint or follow_up opens the person: a ledger line.",
    )
    note: RawText | None = None


class TriedAnswer(Answer):
    at: datetime
    text: str
    transaction: str | None = Field(description="The source's own number of the call.")


class TicketBriefAnswer(Answer):
    id: int
    kind: str
    state: str
    due_at: datetime


class KnownAccountAnswer(Answer):
    id: int
    name: str
    phone: str | None
    status: str
    level: int
    verified_by: str | None
    phone_verified_by: str | None
    valid_from: str | None
    valid_until: str | None
    source: str
    authorization_reason: str
    authorized_until: date | None
    review_due: datetime | None = Field(
        description="By when a second person looks at his manual verification."
    )


class PersonAnswer(Answer):
    opened: bool = Field(description="Without a reason everything is masked.")
    id_number: str
    account: KnownAccountAnswer | None
    disputed: bool = Field(description="Somebody says that the account is not its holder's.")
    tried: list[TriedAnswer]
    tickets: list[TicketBriefAnswer]
    ledger_number: int | None


@endpoint(
    blueprint,
    "POST",
    "/window/persons",
    auth=Auth.STAFF,
    permission=Permission.READ_WINDOW,
    body=PersonBody,
    answer=PersonAnswer,
    reasons=(Reason.OWN_MATTER,),
)
def find_person(call: Call, body: PersonBody) -> PersonAnswer:
    """Find a person by ID number: masked, or opened for a reason."""
    if body.reason is None:
        found = desk_people.find(call.member, body.id_number)
    else:
        found = desk_people.open_person(call.member, body.id_number, body.reason, body.note or "")
    return PersonAnswer.model_validate(found, from_attributes=True)


class OnSiteBody(Body):
    evidence_seen: EvidenceSeen = Field(
        description="id_card, temporary_id_card, residence_permit, foreign_permanent_card, "
        "household_register, police_certificate, guardian_id_card."
    )
    reason: FreeText
    place: FreeText | None = None

    def as_rule(self) -> OnSite:
        return OnSite(self.evidence_seen, self.reason, self.place or window_desk.PLACE_AT_WINDOW)


class OnSiteVerificationBody(OnSiteBody):
    id_number: RawText


class VerifiedAnswer(Answer):
    verification_id: int
    ticket_id: int
    ledger_number: int
    account_id: int


@endpoint(
    blueprint,
    "POST",
    "/window/verifications",
    auth=Auth.STAFF,
    permission=Permission.WORK_AT_WINDOW,
    body=OnSiteVerificationBody,
    answer=VerifiedAnswer,
    status=201,
    reasons=(
        Reason.ACCOUNT_FROZEN,
        Reason.NOT_APPLICABLE,
        Reason.ALREADY_VERIFIED,
        *OF_TICKETS,
    ),
)
def verify_on_site(call: Call, body: OnSiteVerificationBody) -> VerifiedAnswer:
    """Record that a person was verified at the window: level 4 at once, reviewed afterwards."""
    done = window_desk.verify_on_site(call.member, body.id_number, body.as_rule())
    return VerifiedAnswer.model_validate(done, from_attributes=True)


class GuardianBody(Body):
    name: Filled
    id_number: Filled
    relation: Filled


class WindowRegistrationBody(OnSiteBody):
    name: RawText
    id_number: RawText
    valid_from: RawText
    valid_until: RawText
    phone: RawText
    phone_of_relative: bool = Field(False, description="The phone is somebody else's (case 7).")
    consent_signed: bool = Field(description="The person signed the consent on paper.")
    guardian: GuardianBody | None = Field(None, description="For a person under 14.")
    confirmed_warnings: WarningCodes = Field(default_factory=list)
    despite_source: bool = Field(False, description="Go by the card although the source says no.")


@endpoint(
    blueprint,
    "POST",
    "/window/registrations",
    auth=Auth.STAFF,
    permission=Permission.WORK_AT_WINDOW,
    body=WindowRegistrationBody,
    answer=VerifiedAnswer,
    status=201,
    reasons=(
        Reason.CONSENT_REQUIRED,
        Reason.OWN_MATTER,
        Reason.TICKET_OF_OTHERS,
        Reason.IDENTITY_NEEDS_CONFIRMATION,
        Reason.ALREADY_REGISTERED,
        Reason.ACTIVATION_REQUIRED,
        Reason.PHONE_ACCOUNT_LIMIT,
        *VERIFICATION_REASONS,
    ),
)
def register_at_window(call: Call, body: WindowRegistrationBody) -> VerifiedAnswer:
    """Register a person without a smartphone, to level 4 in one sitting."""
    content = body.model_dump(exclude={"evidence_seen", "reason", "place", "guardian"})
    guardian = None if body.guardian is None else Guardian(**body.guardian.model_dump())
    form = WindowForm(**content, on_site=body.as_rule(), guardian=guardian)
    done = window_registration.register(call.services, call.member, form, address=call.address)
    return VerifiedAnswer.model_validate(done, from_attributes=True)


class FiledAnswer(Answer):
    ticket_id: int
    state: str
    due_at: datetime
    ledger_number: int


@endpoint(
    blueprint,
    "POST",
    "/window/tickets",
    auth=Auth.STAFF,
    permission=Permission.WORK_AT_WINDOW,
    body=TicketBody,
    answer=FiledAnswer,
    status=201,
    reasons=OF_TICKETS,
)
def file_ticket_to_centre(call: Call, body: TicketBody) -> FiledAnswer:
    """Hand a matter of the person at the window to the centre."""
    subject = ticket_forms.read_subject(TicketForm(**body.model_dump()), None)
    row, line = window_desk.file_ticket(call.member, body.kind, subject, body.description or "")
    return FiledAnswer(ticket_id=row.id, state=row.state, due_at=row.due_at, ledger_number=line)


class NoteBody(Body):
    note: FreeText


class LineAnswer(Answer):
    ledger_number: int


@endpoint(
    blueprint,
    "POST",
    "/window/tickets/<ticket_id>/handover",
    auth=Auth.STAFF,
    permission=Permission.WORK_AT_WINDOW,
    body=NoteBody,
    answer=LineAnswer,
    reasons=OF_TICKETS,
)
def hand_ticket_to_centre(call: Call, ticket_id: str, body: NoteBody) -> LineAnswer:
    """Hand a user's own ticket to the centre."""
    _, line = window_desk.hand_on(call.member, number(ticket_id), body.note)
    return LineAnswer(ledger_number=line)


@endpoint(
    blueprint,
    "POST",
    "/window/tickets/<ticket_id>/card",
    auth=Auth.STAFF,
    permission=Permission.WORK_AT_WINDOW,
    body=OnSiteBody,
    answer=LineAnswer,
    reasons=(*OF_TICKETS, Reason.NOT_APPLICABLE),
)
def note_card_seen(call: Call, ticket_id: str, body: OnSiteBody) -> LineAnswer:
    """The card of a person whose identity another uses was seen: the account is frozen now."""
    line = window_desk.card_seen(call.member, number(ticket_id), body.as_rule())
    return LineAnswer(ledger_number=line)


class EvidenceAnswer(Answer):
    sha256: str


@endpoint(
    blueprint,
    "POST",
    "/window/tickets/<ticket_id>/evidence",
    auth=Auth.STAFF,
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
    body: Body,  # noqa: ARG001 - there is nothing beside the picture.
    image: Image | None,
) -> EvidenceAnswer:
    """Add a picture taken at the counter to a ticket of the window."""
    content = None if image is None else image.content
    digest = ticket_evidence.attach_at_desk(call.services, call.member, number(ticket_id), content)
    return EvidenceAnswer(sha256=digest)


class ReviewAnswer(Answer):
    id: int
    ticket_id: int
    account_id: int
    name: str = Field(description="Masked.")
    clerk: str
    verified_at: datetime
    due_at: datetime
    overdue: bool
    own: bool = Field(description="One's own, which somebody else decides.")


class ReviewsAnswer(Answer):
    reviews: list[ReviewAnswer]


@endpoint(
    blueprint,
    "GET",
    "/window/reviews",
    auth=Auth.STAFF,
    permission=Permission.READ_WINDOW,
    answer=ReviewsAnswer,
)
def list_reviews(call: Call) -> ReviewsAnswer:
    """The manual verifications that wait for a second person."""
    found = manual_reviews.pending(call.member)
    return ReviewsAnswer(
        reviews=[ReviewAnswer.model_validate(review, from_attributes=True) for review in found]
    )


class ReviewBody(Body):
    decision: Literal["confirm", "revoke"]
    reason: RawText = ""


@endpoint(
    blueprint,
    "POST",
    "/window/reviews/<verification_id>",
    auth=Auth.STAFF,
    permission=Permission.READ_WINDOW,
    body=ReviewBody,
    answer=LineAnswer,
    reasons=(
        Reason.NOT_FOUND,
        Reason.SECOND_PERSON_REQUIRED,
        Reason.OWN_MATTER,
        Reason.NOT_APPLICABLE,
    ),
)
def decide_review(call: Call, verification_id: str, body: ReviewBody) -> LineAnswer:
    """Confirm a manual verification of somebody else, or revoke it."""
    line = manual_reviews.decide(
        call.member, number(verification_id), confirm=body.decision == "confirm", reason=body.reason
    )
    return LineAnswer(ledger_number=line)
