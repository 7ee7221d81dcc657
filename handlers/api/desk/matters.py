"""Matters at a window: receive, change, accept, find, confirm for a person, review."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from handlers.api.desk.registrations import GuardianBody
from handlers.api.desk.window import LineAnswer, ReviewBody
from handlers.api.endpoint import Answer, Body, Call, Resource
from handlers.api.fields import FreeText, RawText, number, parsed, split
from handlers.api.matter_bodies import NumberedMatterBody, VersionBody
from handlers.api.person.matters import LineIds
from handlers.api.uploads import Image
from miniprogram_api.accounts import desk_codes
from miniprogram_api.identity.other_documents import SeenDocument
from miniprogram_api.matters.reminders import Reminded
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person import deciding, kinds, matter_review_details
from miniprogram_api.second_person.matter_review_details import MatterReview, MatterReviewDetails
from miniprogram_api.staff.members import Permission
from miniprogram_api.texts import invalid
from miniprogram_api.windows import matter_acts, matter_confirmations, matter_views
from miniprogram_api.windows.guardians import Guardian
from miniprogram_api.windows.matter_confirmations import DeskDecided, Papers, Sitting
from miniprogram_api.windows.matter_views import DeskItem, DeskMatter, State
from miniprogram_api.windows.verifications import OnSite

resource = Resource("window_matters")

SCANS = tuple(f"scan_{one}" for one in range(1, matter_confirmations.MOST_SCANS + 1))
_ENDED = (Reason.MATTER_CLOSED, Reason.MATTER_EXPIRED)
_CLERK = (Reason.OWN_MATTER, Reason.WINDOW_REQUIRED)


@resource.post(
    "/window/matters",
    permission=Permission.WORK_AT_WINDOW,
    body=NumberedMatterBody,
    answer=DeskMatter,
    status=201,
    reasons=(Reason.MATTER_NUMBER_TAKEN, *_CLERK),
)
def create_window_matter(call: Call, body: NumberedMatterBody) -> DeskMatter:
    """Create a matter numbered by the window; the same body again answers with that matter."""
    made = matter_acts.create(call.services, call.member, body.number, body.as_rule())
    return matter_views.show(call.services, call.member, made.matter.public_id)


class StateQuery(Body):
    """Which matters."""

    state: State = Field("open", description="open: waiting, confirmed and refused ones.")


class ItemsAnswer(Answer):
    """Matters, newest first."""

    matters: list[DeskItem]


@resource.get(
    "/window/matters", permission=Permission.READ_WINDOW, query=StateQuery, answer=ItemsAnswer
)
def list_window_matters(call: Call, query: StateQuery) -> ItemsAnswer:
    """List the matters that the member's window receives."""
    return ItemsAnswer(matters=matter_views.listed(call.member, query.state))


class FindBody(Body):
    """One of both."""

    number: RawText | None = Field(None, description="The maker's own number of a matter.")
    document: RawText | None = Field(None, description="The number of a person's document.")
    desk_code: RawText | None = Field(
        None, description="Of POST /account/desk-codes, instead of the document."
    )


@resource.post(
    "/window/matters/find",
    permission=Permission.READ_WINDOW,
    body=FindBody,
    answer=ItemsAnswer,
    reasons=(Reason.LOOKUP_LIMIT, Reason.DESK_CODE_INVALID),
)
def find_window_matters(call: Call, body: FindBody) -> ItemsAnswer:
    """Find matters of any window by number, or the open ones of a person by document."""
    with desk_codes.reading(body.desk_code or body.document or "", call.member) as document:
        matter = matter_views.find(
            call.services, call.member, number=body.number, document=document
        )
    return ItemsAnswer(matters=matter)


@resource.get(
    "/window/matters/<matter_id>",
    permission=Permission.READ_WINDOW,
    answer=DeskMatter,
    reasons=(Reason.NOT_FOUND, Reason.OWN_MATTER),
)
def show_window_matter(call: Call, matter_id: str) -> DeskMatter:
    """Show a matter of any window; names are masked outside the receiving one."""
    return matter_views.look(call.services, call.member, matter_id)


@resource.put(
    "/window/matters/<matter_id>",
    permission=Permission.WORK_AT_WINDOW,
    body=VersionBody,
    answer=DeskMatter,
    reasons=(Reason.NOT_FOUND, Reason.MATTER_CHANGED, *_ENDED, *_CLERK),
)
def change_window_matter(call: Call, body: VersionBody, matter_id: str) -> DeskMatter:
    """Store the next version of the window's own matter."""
    matter_acts.change(call.services, call.member, matter_id, body.as_rule(), body.version)
    return matter_views.show(call.services, call.member, matter_id)


class WithdrawalBody(Body):
    """Why the matter is withdrawn."""

    reason: FreeText | None = None


@resource.post(
    "/window/matters/<matter_id>/withdrawal",
    permission=Permission.WORK_AT_WINDOW,
    body=WithdrawalBody,
    answer=DeskMatter,
    reasons=(Reason.NOT_FOUND, *_ENDED, *_CLERK),
)
def withdraw_window_matter(call: Call, body: WithdrawalBody, matter_id: str) -> DeskMatter:
    """Withdraw the window's own matter; again: the same answer."""
    matter_acts.withdraw(call.member, matter_id, body.reason)
    return matter_views.show(call.services, call.member, matter_id)


class RemindedLinesBody(Body):
    """The lines of the persons to remind; null for all who have something to confirm."""

    line_ids: LineIds | None = None


@resource.post(
    "/window/matters/<matter_id>/reminders",
    permission=Permission.WORK_AT_WINDOW,
    body=RemindedLinesBody,
    answer=Reminded,
    status=202,
    reasons=(Reason.NOT_FOUND, Reason.REMINDER_LIMIT, *_ENDED, *_CLERK),
)
def remind_from_window(call: Call, matter_id: str, body: RemindedLinesBody) -> Reminded:
    """Remind the persons of a matter that the window receives; each at most once a day."""
    return matter_acts.remind(call.member, matter_id, body.line_ids)


class AcceptanceBody(Body):
    """The version to accept."""

    version: int = Field(ge=1, le=10**9)


@resource.post(
    "/window/matters/<matter_id>/acceptance",
    permission=Permission.WORK_AT_WINDOW,
    body=AcceptanceBody,
    answer=DeskMatter,
    reasons=(
        Reason.NOT_FOUND,
        Reason.MATTER_NOT_READY,
        Reason.MATTER_CHANGED,
        *_ENDED,
        *_CLERK,
    ),
)
def accept_window_matter(call: Call, body: AcceptanceBody, matter_id: str) -> DeskMatter:
    """Accept the window's own matter if every line counts now; again: the same answer."""
    matter_acts.accept(call.services, call.member, matter_id, body.version)
    return matter_views.show(call.services, call.member, matter_id)


class CannotSignBody(Body):
    """Why a person cannot sign, and who saw it."""

    reason: RawText
    witness: RawText


class DeskConfirmationBody(Body):
    """Lines of one person, in this matter and in others, and how they are confirmed.

    In multipart, lists are separated by commas and objects are JSON.
    """

    line_ids: LineIds
    way: Literal["on_site", "notarised"]
    evidence_seen: Annotated[list[RawText], Field(max_length=10), BeforeValidator(split)] = Field(
        [], description="on_site: as in POST /window/verifications."
    )
    reason: FreeText | None = Field(None, description="on_site: why it is done at the window.")
    place: FreeText | None = None
    no_photo: RawText = Field("", description="Why there is no photo.")
    paper_signed: Annotated[bool, BeforeValidator(parsed)] = False
    cannot_sign: Annotated[CannotSignBody | None, BeforeValidator(parsed)] = None
    document_valid_until: RawText = Field(
        "",
        description="on_site: the last day of a passport, a permit or a foreign resident's card.",
    )
    document_issued_by: RawText = Field("", description="on_site: its country or authority.")
    guardian: Annotated[GuardianBody | None, BeforeValidator(parsed)] = None
    despite_source: Annotated[bool, BeforeValidator(parsed)] = Field(
        False, description="Confirm although the source gives no answer about the guardian."
    )
    notary: RawText = ""
    number: RawText = Field("", description="notarised: of the notarial certificate.")
    date: RawText = Field("", description="notarised: YYYY-MM-DD.")


class DecidedAnswer(Answer):
    """The person's lines after it, by matter."""

    matters: list[DeskDecided]


@resource.post(
    "/window/matters/<matter_id>/confirmations",
    permission=Permission.WORK_AT_WINDOW,
    body=DeskConfirmationBody,
    uploads=("photo", "signature", "guardian_proof", *SCANS),
    answer=DecidedAnswer,
    status=201,
    reasons=(
        Reason.NOT_FOUND,
        Reason.SIGNATURE_UNREADABLE,
        Reason.GUARDIAN_REQUIRED,
        Reason.GUARDIAN_NOT_CONFIRMED,
        Reason.IDENTITY_CHECK_IN_PROGRESS,
        Reason.IDENTITY_SOURCE_BUSY,
        Reason.IDENTITY_DAILY_LIMIT,
        Reason.PERSON_NOT_REGISTERED,
        Reason.ACCOUNT_FROZEN,
        Reason.LEVEL_TOO_LOW,
        Reason.ACTIVATION_REQUIRED,
        Reason.VERIFICATION_HELD,
        Reason.REVIEWS_OVERDUE,
        Reason.ALREADY_VERIFIED,
        Reason.TICKET_CLOSED,
        Reason.NOT_APPLICABLE,
        Reason.MATTER_CHANGED,
        Reason.LINE_DECIDED,
        *_ENDED,
        *_CLERK,
    ),
)
def confirm_at_window(
    call: Call, matter_id: str, body: DeskConfirmationBody, **files: Image | None
) -> DecidedAnswer:
    """Confirm for a person at the desk, or file notarised papers for a second person."""
    content = {name: file.content for name, file in files.items() if file is not None}
    shown = matter_views.show(call.services, call.member, matter_id)
    if not {line.line_id for line in shown.lines} & set(body.line_ids):
        raise Refused(Reason.NOT_FOUND)
    if body.way == "notarised":
        scans = [content[name] for name in SCANS if name in content]
        papers = Papers(body.notary, body.number, body.date, scans)
        done = matter_confirmations.file_papers(call.services, call.member, body.line_ids, papers)
    else:
        done = matter_confirmations.confirm_on_site(
            call.services, call.member, body.line_ids, _sitting(body, content), address=call.address
        )
    return DecidedAnswer(matters=done)


def _sitting(body: DeskConfirmationBody, content: dict[str, bytes]) -> Sitting:
    if body.reason is None:
        raise invalid("fields.any.required", field="reason")
    cannot, guardian = body.cannot_sign, body.guardian
    return Sitting(
        on_site=OnSite(body.evidence_seen, body.reason, body.place or ""),
        photo=content.get("photo"),
        no_photo=body.no_photo,
        signature=content.get("signature"),
        paper_signed=body.paper_signed,
        cannot_sign="" if cannot is None else cannot.reason,
        witness="" if cannot is None else cannot.witness,
        document=SeenDocument(body.document_valid_until, body.document_issued_by),
        guardian=None if guardian is None else Guardian(**guardian.model_dump()),
        guardian_proof=content.get("guardian_proof"),
        despite_source=body.despite_source,
    )


class DeskRefusalBody(Body):
    """Lines that a person at the desk refuses."""

    line_ids: LineIds
    reason: Literal["not_me", "wrong_content", "unwilling"] = "unwilling"
    note: FreeText | None = None


@resource.post(
    "/window/matters/<matter_id>/refusals",
    permission=Permission.WORK_AT_WINDOW,
    body=DeskRefusalBody,
    answer=DeskMatter,
    reasons=(Reason.NOT_FOUND, Reason.LINE_DECIDED, *_ENDED, *_CLERK),
)
def refuse_at_window(call: Call, matter_id: str, body: DeskRefusalBody) -> DeskMatter:
    """Record that a person at the desk refuses own lines; pauses the whole matter."""
    matter_acts.refuse(
        call.services,
        call.member,
        matter_id,
        body.line_ids,
        reason=body.reason,
        note=body.note or "",
    )
    return matter_views.show(call.services, call.member, matter_id)


class MatterReviewsAnswer(Answer):
    """Reviews and approvals that wait."""

    reviews: list[MatterReview]


@resource.get(
    "/window/matter-reviews", permission=Permission.READ_WINDOW, answer=MatterReviewsAnswer
)
def list_matter_reviews(call: Call) -> MatterReviewsAnswer:
    """List the confirmations at windows that need a second person."""
    return MatterReviewsAnswer(reviews=matter_review_details.pending(call.member))


@resource.get(
    "/window/matter-reviews/<review_id>",
    permission=Permission.READ_WINDOW,
    answer=MatterReviewDetails,
    reasons=(Reason.NOT_FOUND,),
)
def show_matter_review(call: Call, review_id: str) -> MatterReviewDetails:
    """Show what the clerk recorded of a confirmation at a window."""
    return matter_review_details.get(call.services, call.member, number(review_id))


@resource.post(
    "/window/matter-reviews/<review_id>",
    permission=Permission.READ_WINDOW,
    body=ReviewBody,
    answer=LineAnswer,
    reasons=(
        Reason.NOT_FOUND,
        Reason.SECOND_PERSON_REQUIRED,
        Reason.PASSKEY_REQUIRED,
        Reason.NOT_APPLICABLE,
        Reason.ACCOUNT_FROZEN,
        Reason.LEVEL_TOO_LOW,
        Reason.MATTER_CHANGED,
        Reason.LINE_DECIDED,
        *_ENDED,
        *_CLERK,
    ),
)
def decide_matter_review(call: Call, review_id: str, body: ReviewBody) -> LineAnswer:
    """Confirm or revoke another clerk's confirmation; approve or refuse papers."""
    line = deciding.decide(
        call.services,
        call.member,
        number(review_id),
        kinds.CONFIRMATIONS,
        agrees=body.decision == "confirm",
        reason=body.reason,
    )
    return LineAnswer(ledger_number=line)
