"""People, verifications and reviews at a window."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from handlers.api.endpoint import Answer, Body, Call, Resource
from handlers.api.fields import FreeText, RawText, number, parsed, split
from handlers.api.uploads import Image
from miniprogram_api.accounts import desk_codes
from miniprogram_api.captures import evidence_seen, readings
from miniprogram_api.captures.evidence import ASKED, READING
from miniprogram_api.captures.readings import IssuedNonce
from miniprogram_api.captures.taking import FILES, Capture
from miniprogram_api.desks import lookups
from miniprogram_api.desks import people as desk_people
from miniprogram_api.desks.people import PersonView
from miniprogram_api.reasons import Reason
from miniprogram_api.second_person import deciding, kinds, questions, verification_details
from miniprogram_api.second_person.verification_details import PendingReview, ReviewDetails
from miniprogram_api.staff.members import Permission
from miniprogram_api.windows import authorisations as window_authorisations
from miniprogram_api.windows import verifications as window_desk
from miniprogram_api.windows.authorisations import AuthorisedAtWindow
from miniprogram_api.windows.verifications import OnSite, VerifiedAtWindow

resource = Resource("window")

EvidenceSeen = Annotated[list[RawText], Field(max_length=10), BeforeValidator(split)]
UPLOADS = (*FILES, READING)
"""The files of an act: pictures, and the reader's signed answer."""
OF_TICKETS = (
    Reason.NOT_FOUND,
    Reason.TICKET_CLOSED,
    Reason.OWN_MATTER,
    Reason.WINDOW_REQUIRED,
)


class PersonBody(Body):
    """An ID number or a scanned code, and a reason to unmask the person."""

    id_number: RawText | None = None
    desk_code: RawText | None = Field(
        None, description="Of POST /account/desk-codes, instead of the ID number."
    )
    reason: RawText | None = Field(
        None,
        description="at_window, enquiry, complaint, follow_up, review, or other with a note; "
        "unmasks the person and is recorded in the ledger and the audit log. The audit log also "
        "records look-ups without a reason.",
    )
    note: RawText | None = None


class LineAnswer(Answer):
    """The line of the ledger that was written."""

    ledger_number: int


class DecidedReviewAnswer(Answer):
    """The line of the ledger that a decision wrote; null for a question or an answer."""

    ledger_number: int | None


@resource.post(
    "/window/persons",
    permission=Permission.READ_WINDOW,
    body=PersonBody,
    answer=PersonView,
    reasons=(
        Reason.WINDOW_REQUIRED,
        Reason.OWN_MATTER,
        Reason.LOOKUP_LIMIT,
        Reason.DESK_CODE_INVALID,
    ),
)
def find_person(call: Call, body: PersonBody) -> PersonView:
    """Find a person by ID number or scanned code: masked, or unmasked for a reason."""
    with desk_codes.reading(body.desk_code or body.id_number or "", call.member) as id_number:
        if body.reason is None:
            return desk_people.find(call.services, call.member, id_number)
        return desk_people.find_opened(
            call.services, call.member, id_number, body.reason, body.note or ""
        )


MissingPicture = Annotated[
    RawText | None,
    Field(
        description="Instead of the picture: refused, unable, camera_broken, no_camera, no_card, "
        "card_damaged, other."
    ),
]


class OnSiteBody(Body):
    """The evidence of an act at the window; with pictures in multipart.

    In multipart, lists are separated by commas and objects are JSON; `reading` is a file.
    """

    evidence_seen: EvidenceSeen = Field(description=f"{', '.join(evidence_seen.Document)}.")
    reason: FreeText
    place: FreeText | None = None
    no_photo_reason: MissingPicture = None
    no_card_front_reason: MissingPicture = None
    no_card_back_reason: MissingPicture = None
    agrees_to_comparison: Annotated[bool, BeforeValidator(parsed)] = Field(
        False, description="To a comparison of the photo with the chip's by a vendor."
    )

    def as_rule(self) -> OnSite:
        """Return the form of the rule."""
        return OnSite(self.evidence_seen, self.reason, self.place or "")

    def capture(self, files: dict[str, Image | None]) -> Capture:
        """Return what was taken of the person."""
        content = {name: file.content for name, file in files.items() if file is not None}
        reading = content.pop(READING, b"").decode(errors="replace")
        reasons = {name: getattr(self, f"no_{name}_reason") for name in ASKED}
        missing = {name: reason for name, reason in reasons.items() if reason}
        return Capture.received(
            content, missing, reading, agrees_to_comparison=self.agrees_to_comparison
        )


class OnSiteVerificationBody(OnSiteBody):
    """A verification of a person at the window."""

    id_number: RawText


@resource.post(
    "/window/verifications",
    permission=Permission.WORK_AT_WINDOW,
    body=OnSiteVerificationBody,
    uploads=UPLOADS,
    answer=VerifiedAtWindow,
    status=201,
    reasons=(
        Reason.PERSON_NOT_REGISTERED,
        Reason.ACCOUNT_FROZEN,
        Reason.ACTIVATION_REQUIRED,
        Reason.ALREADY_VERIFIED,
        Reason.VERIFICATION_HELD,
        Reason.REVIEWS_OVERDUE,
        Reason.LOOKUP_LIMIT,
        *OF_TICKETS,
    ),
)
def verify_on_site(
    call: Call, body: OnSiteVerificationBody, **files: Image | None
) -> VerifiedAtWindow:
    """Record a verification at the window: level 4 at once, or held where the source denies it."""
    with lookups.by_refusal(call.services, call.member, body.id_number):
        return window_desk.verify(
            call.services, call.member, body.id_number, body.as_rule(), body.capture(files)
        )


@resource.post("/window/readings", permission=Permission.WORK_AT_WINDOW, answer=IssuedNonce)
def issue_reading_nonce(call: Call) -> IssuedNonce:
    """Make the nonce that a card reader signs, for one act of the caller."""
    return readings.issue(call.member)


class WindowAuthorizationBody(Body):
    """The answer of a person at the window: whether to register businesses, until which day."""

    id_number: RawText
    enabled: bool
    until: RawText | None = Field(
        None, description="The last day, inclusive; required to switch it on."
    )
    evidence_seen: EvidenceSeen = Field(description="As in POST /window/verifications.")


@resource.post(
    "/window/authorizations",
    permission=Permission.WORK_AT_WINDOW,
    body=WindowAuthorizationBody,
    answer=AuthorisedAtWindow,
    status=201,
    reasons=(
        Reason.PERSON_NOT_REGISTERED,
        Reason.ACCOUNT_FROZEN,
        Reason.LEVEL_TOO_LOW,
        Reason.VERIFICATION_HELD,
        Reason.LOOKUP_LIMIT,
        Reason.OWN_MATTER,
        Reason.WINDOW_REQUIRED,
    ),
)
def authorise_at_window(call: Call, body: WindowAuthorizationBody) -> AuthorisedAtWindow:
    """Switch the authorisation of a person at the window on until a day, or off."""
    with lookups.by_refusal(call.services, call.member, body.id_number):
        return window_authorisations.record(
            call.services,
            call.member,
            body.id_number,
            enabled=body.enabled,
            until=body.until,
            ticked=body.evidence_seen,
        )


class ReviewsAnswer(Answer):
    """Pending reviews."""

    reviews: list[PendingReview]


@resource.get("/window/reviews", permission=Permission.READ_WINDOW, answer=ReviewsAnswer)
def list_reviews(call: Call) -> ReviewsAnswer:
    """List the manual verifications to review, and those that are held until a second person."""
    return ReviewsAnswer(reviews=verification_details.pending(call.member))


@resource.get(
    "/window/reviews/<verification_id>",
    permission=Permission.READ_WINDOW,
    answer=ReviewDetails,
    reasons=(Reason.NOT_FOUND,),
)
def show_review(call: Call, verification_id: str) -> ReviewDetails:
    """Show a manual verification."""
    return verification_details.get(call.member, number(verification_id))


class PersonOpeningBody(Body):
    """A reason to unmask a person."""

    reason: RawText = Field(description="As in POST /window/persons.")
    note: RawText | None = None


@resource.post(
    "/window/reviews/<verification_id>/person",
    permission=Permission.READ_WINDOW,
    body=PersonOpeningBody,
    answer=PersonView,
    reasons=(Reason.NOT_FOUND, Reason.WINDOW_REQUIRED, Reason.OWN_MATTER),
)
def open_reviewed_person(call: Call, verification_id: str, body: PersonOpeningBody) -> PersonView:
    """Unmask the person of a manual verification, for a reason."""
    id_number = verification_details.id_number_of(call.member, number(verification_id))
    return desk_people.open_person(call.member, id_number, body.reason, body.note or "")


class ReviewBody(Body):
    """The decision of a review, or a question about it."""

    decision: Literal["confirm", "revoke", "ask", "answer"] = Field(
        description="ask: a question to the clerk, answer: of the clerk; both leave it undecided."
    )
    cause: RawText = Field(
        "",
        description="Why it is revoked: not_same_person, card_doubtful, data_differ, not_enough, "
        "guardian_unproven or not_wanted.",
    )
    reason: RawText = Field("", description="A sentence; after a revocation the person reads it.")


@resource.post(
    "/window/reviews/<verification_id>",
    permission=Permission.READ_WINDOW,
    body=ReviewBody,
    answer=DecidedReviewAnswer,
    reasons=(
        Reason.NOT_FOUND,
        Reason.SECOND_PERSON_REQUIRED,
        Reason.PASSKEY_REQUIRED,
        Reason.OWN_MATTER,
        Reason.NOT_APPLICABLE,
        Reason.WINDOW_REQUIRED,
        Reason.TICKET_CLOSED,
        Reason.ALREADY_REGISTERED,
        Reason.ALREADY_VERIFIED,
        Reason.ACCOUNT_FROZEN,
        Reason.IDENTITY_RESERVED,
        Reason.PHONE_ACCOUNT_LIMIT,
        Reason.IDENTITY_CHECK_IN_PROGRESS,
    ),
)
def decide_review(call: Call, verification_id: str, body: ReviewBody) -> DecidedReviewAnswer:
    """Confirm or revoke another clerk's verification, let a held one take effect, or ask."""
    review_id = number(verification_id)
    if body.decision in ("ask", "answer"):
        say = questions.ask if body.decision == "ask" else questions.answer
        say(call.member, review_id, body.reason)
        return DecidedReviewAnswer(ledger_number=None)
    line = deciding.decide(
        call.services,
        call.member,
        review_id,
        kinds.VERIFICATIONS,
        agrees=body.decision == "confirm",
        reason=body.reason,
        cause=body.cause,
    )
    return DecidedReviewAnswer(ledger_number=line)
