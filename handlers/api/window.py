"""The clerk's desk as JSON; the pages under /admin do the same."""

from datetime import date, datetime
from typing import Annotated, Literal

from flask import Blueprint
from pydantic import Field

from handlers.api.endpoint import Answer, Body, Call, endpoint
from handlers.api.fields import FreeText, RawText, number
from handlers.auth import Auth
from miniprogram_api import desk_advice, desk_history, desk_people, manual_reviews, window_desk
from miniprogram_api.reasons import Reason
from miniprogram_api.staff import Permission
from miniprogram_api.window_desk import OnSite

blueprint = Blueprint("window", __name__)

EvidenceSeen = Annotated[list[RawText], Field(max_length=10)]
OF_TICKETS = (
    Reason.NOT_FOUND,
    Reason.TICKET_CLOSED,
    Reason.TICKET_OF_OTHERS,
    Reason.OWN_MATTER,
    Reason.WINDOW_REQUIRED,
)


class PersonBody(Body):
    id_number: RawText
    reason: RawText | None = Field(
        None,
        description="at_window, enquiry, complaint, follow_up, or other with a note opens the "
        "person: a line of the ledger and one of the audit log.",
    )
    note: RawText | None = None


class LineAnswer(Answer):
    ledger_number: int


class TriedAnswer(Answer):
    at: datetime
    kind: desk_history.Kind
    text: str
    failed: bool
    transaction: str | None = Field(description="The source's own number of the call.")


class NextStepAnswer(Answer):
    act: desk_advice.Act = Field(
        description="register and verify at the window, card: note it on ticket_id, "
        "file: a ticket of this kind, tell: words for the person."
    )
    words: str
    kind: str | None
    ticket_id: int | None
    fits: bool = Field(description="Whether it answers what the person is stuck at.")


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
    tried: list[TriedAnswer] = Field(description="Newest first; empty until he is opened.")
    stuck: TriedAnswer | None = Field(description="What he got no further than.")
    next_steps: list[NextStepAnswer] = Field(description="The most fitting first.")
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
    reasons=(Reason.WINDOW_REQUIRED, Reason.OWN_MATTER),
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
        return OnSite(self.evidence_seen, self.reason, self.place or "")


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


class ReviewDetailsAnswer(Answer):
    review: ReviewAnswer
    id_number: str = Field(description="Masked.")
    registered: bool = Field(description="The person was registered in the same sitting.")
    evidence_seen: list[str]
    reason: str
    place: str
    source_said: str | None = Field(description="What the source said when he was registered.")
    guardian: str | None = Field(description="Who stood beside a person under 14: the relation.")
    state: Literal["pending", "confirmed", "revoked"]
    reviewer: str | None
    decision_reason: str = Field(description="Why it was confirmed or revoked; empty before.")


@endpoint(
    blueprint,
    "GET",
    "/window/reviews/<verification_id>",
    auth=Auth.STAFF,
    permission=Permission.READ_WINDOW,
    answer=ReviewDetailsAnswer,
    reasons=(Reason.NOT_FOUND,),
)
def show_review(call: Call, verification_id: str) -> ReviewDetailsAnswer:
    """What a clerk recorded about a person whom he verified by hand."""
    found = manual_reviews.get(call.member, number(verification_id))
    return ReviewDetailsAnswer.model_validate(found, from_attributes=True)


class PersonOpeningBody(Body):
    reason: RawText = Field(description="As in POST /window/persons.")
    note: RawText | None = None


@endpoint(
    blueprint,
    "POST",
    "/window/reviews/<verification_id>/person",
    auth=Auth.STAFF,
    permission=Permission.READ_WINDOW,
    body=PersonOpeningBody,
    answer=PersonAnswer,
    reasons=(Reason.NOT_FOUND, Reason.WINDOW_REQUIRED, Reason.OWN_MATTER),
)
def open_reviewed_person(call: Call, verification_id: str, body: PersonOpeningBody) -> PersonAnswer:
    """Open the person whom somebody else verified, for a reason."""
    id_number = manual_reviews.id_number_of(call.member, number(verification_id))
    found = desk_people.open_person(call.member, id_number, body.reason, body.note or "")
    return PersonAnswer.model_validate(found, from_attributes=True)


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
        Reason.WINDOW_REQUIRED,
    ),
)
def decide_review(call: Call, verification_id: str, body: ReviewBody) -> LineAnswer:
    """Confirm a manual verification of somebody else, or revoke it."""
    line = manual_reviews.decide(
        call.member, number(verification_id), confirm=body.decision == "confirm", reason=body.reason
    )
    return LineAnswer(ledger_number=line)
