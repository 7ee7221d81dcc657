"""The user's own matters: to-dos, the second check, confirming and refusing."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from handlers.api import sheet_files
from handlers.api.endpoint import Body, Call, File, Resource
from handlers.api.fields import FreeText, Line, RawText, Token, split
from handlers.api.person.ctid import CtidToken
from handlers.api.uploads import Image
from handlers.auth import Auth
from miniprogram_api.accounts import accounts
from miniprogram_api.matters import confirmations, own, refusals, reminders
from miniprogram_api.matters.confirmations import Consenting, DecidedLines, Proof
from miniprogram_api.matters.own import OwnMatter, OwnMatters
from miniprogram_api.matters.refusals import RefusalReason
from miniprogram_api.matters.reminders import Reminded
from miniprogram_api.proofing.bound_checks import Asker
from miniprogram_api.proofing.faces import FaceChallenge
from miniprogram_api.reasons import Reason
from miniprogram_api.sheets import sheets

resource = Resource("matters")

MOST_LINES = 200

_STATE_REASONS = (
    Reason.NOT_FOUND,
    Reason.MATTER_CHANGED,
    Reason.MATTER_CLOSED,
    Reason.MATTER_EXPIRED,
    Reason.LINE_DECIDED,
)
_CONSENT_REASONS = (Reason.CONSENT_REQUIRED, Reason.CONSENT_OUTDATED)


LineIds = Annotated[list[Token], Field(min_length=1, max_length=MOST_LINES), BeforeValidator(split)]
ConsentKeys = Annotated[
    list[Literal["face", "matter"]], Field(max_length=2), BeforeValidator(split)
]
Digest = Annotated[Token, Field(description="Of GET /matters/{id}: what was shown.")]


class MattersQuery(Body):
    """Which matters."""

    state: Literal["open", "done"] = Field("open", description="done: ended within a year.")


@resource.get(
    "/matters",
    auth=Auth.ACCOUNT,
    query=MattersQuery,
    answer=OwnMatters,
    reasons=(Reason.ACCOUNT_FROZEN,),
)
def list_matters(call: Call, query: MattersQuery) -> OwnMatters:
    """List the matters in which the user has a post.

    Below level 4 only the number of the open ones; of the others 0.
    """
    return own.listed(call.account_id, query.state)


@resource.get(
    "/matters/<matter_id>",
    auth=Auth.ACCOUNT,
    answer=OwnMatter,
    reasons=(Reason.ACCOUNT_FROZEN, Reason.LEVEL_TOO_LOW, Reason.NOT_FOUND),
)
def show_matter(call: Call, matter_id: str) -> OwnMatter:
    """Show a matter with the user's own lines, the digest and the statement to confirm."""
    return own.show(call.services, call.account_id, matter_id)


@resource.post(
    "/matters/<matter_id>/reminders",
    auth=Auth.ACCOUNT,
    answer=Reminded,
    status=202,
    reasons=(
        Reason.ACCOUNT_FROZEN,
        Reason.LEVEL_TOO_LOW,
        Reason.FORBIDDEN,
        Reason.NOT_FOUND,
        Reason.MATTER_CLOSED,
        Reason.MATTER_EXPIRED,
        Reason.REMINDER_LIMIT,
    ),
)
def remind_persons(call: Call, matter_id: str) -> Reminded:
    """Remind the other persons, for the agent; each at most once a day."""
    return reminders.remind_by_agent(call.account_id, matter_id)


class ConsentingBody(Body):
    """Own lines as they were shown, and consents."""

    line_ids: LineIds = Field(description="Of own lines; in multipart separated by commas.")
    digest: Digest
    consent_version: RawText | None = Field(None, description="From GET /consent.")
    separate_consents: ConsentKeys = Field(
        [], description="matter is needed once for a signature; in multipart separated by commas."
    )

    @property
    def given(self) -> Consenting:
        """Return the consents."""
        return Consenting(self.consent_version, tuple(self.separate_consents))


@resource.post(
    "/matters/<matter_id>/challenges",
    auth=Auth.ACCOUNT,
    body=ConsentingBody,
    answer=FaceChallenge,
    reasons=(
        Reason.ACCOUNT_FROZEN,
        Reason.LEVEL_TOO_LOW,
        *_CONSENT_REASONS,
        *_STATE_REASONS,
        Reason.GUARDIAN_REQUIRED,
        Reason.FACE_MISMATCH,
        Reason.FACE_NO_PHOTO,
        Reason.FACE_DATA_MISSING,
        Reason.FACE_NOT_FINISHED,
        Reason.TOO_MANY_ATTEMPTS,
        Reason.IDENTITY_SOURCE_BUSY,
        Reason.IDENTITY_DAILY_LIMIT,
    ),
)
def open_matter_challenge(call: Call, matter_id: str, body: ConsentingBody) -> FaceChallenge:
    """Open the face check for own lines, bound to session, account, lines and digest."""
    return confirmations.open_challenge(
        call.services, _asker(call), matter_id, body.line_ids, body.digest, body.given
    )


class ConfirmationBody(ConsentingBody):
    """Own lines with the check of the person; the signature is a file of the multipart body."""

    challenge_id: Token | None = Field(None, description="Of POST /matters/{id}/challenges.")
    ctid_token: CtidToken | None = Field(None, description="Instead of challenge_id.")
    typed_name: Line | None = Field(
        None, description="The own name instead of a signature, where it is optional."
    )


@resource.post(
    "/matters/<matter_id>/confirmations",
    auth=Auth.ACCOUNT,
    body=ConfirmationBody,
    uploads=("signature", "image"),
    answer=DecidedLines,
    reasons=(
        Reason.ACCOUNT_FROZEN,
        Reason.LEVEL_TOO_LOW,
        Reason.SIGNATURE_UNREADABLE,
        *_CONSENT_REASONS,
        *_STATE_REASONS,
        Reason.GUARDIAN_REQUIRED,
        Reason.IDENTITY_CHECK_IN_PROGRESS,
        Reason.TOO_MANY_ATTEMPTS,
        Reason.FACE_IMAGE_QUALITY,
        Reason.FACE_MISMATCH,
        Reason.FACE_NO_PHOTO,
        Reason.FACE_DATA_MISSING,
        Reason.FACE_NOT_FINISHED,
        Reason.IDENTITY_SOURCE_BUSY,
        Reason.IDENTITY_DAILY_LIMIT,
        Reason.CTID_REJECTED,
        Reason.CTID_UNAVAILABLE,
    ),
)
def confirm_lines(
    call: Call,
    matter_id: str,
    body: ConfirmationBody,
    signature: Image | None,
    image: Image | None,
) -> DecidedLines:
    """Confirm own lines by the face check or CTID, with a signature (multipart, PNG).

    After a refusal that is not the person's, send the same again: a passed check counts on.
    """
    proof = Proof(
        challenge_id=body.challenge_id,
        image=None if image is None else image.content,
        ctid_token=body.ctid_token,
        signature=None if signature is None else signature.content,
        typed_name=body.typed_name,
    )
    return confirmations.confirm(
        call.services, _asker(call), matter_id, body.line_ids, body.digest, proof, body.given
    )


class RefusalBody(Body):
    """Own lines that are refused."""

    line_ids: LineIds = Field(description="Of own lines.")
    reason: RefusalReason
    note: FreeText | None = Field(None, description="In the user's own words.")


@resource.post(
    "/matters/<matter_id>/refusals",
    auth=Auth.ACCOUNT,
    body=RefusalBody,
    answer=DecidedLines,
    reasons=(
        Reason.ACCOUNT_FROZEN,
        Reason.LEVEL_TOO_LOW,
        Reason.NOT_FOUND,
        Reason.MATTER_CLOSED,
        Reason.MATTER_EXPIRED,
        Reason.LINE_DECIDED,
    ),
)
def refuse_lines(call: Call, matter_id: str, body: RefusalBody) -> DecidedLines:
    """Refuse own lines; pauses the whole matter. Reason not_me also opens a ticket."""
    return refusals.refuse(
        call.services,
        call.holder,
        call.account_id,
        matter_id,
        body.line_ids,
        reason=body.reason,
        note=body.note,
    )


@resource.get(
    "/matters/<matter_id>/sheet",
    auth=Auth.ACCOUNT,
    files=(sheet_files.PDF,),
    reasons=(
        Reason.ACCOUNT_FROZEN,
        Reason.LEVEL_TOO_LOW,
        Reason.NOT_FOUND,
        Reason.NOT_APPLICABLE,
    ),
)
def fetch_own_sheet(call: Call, matter_id: str) -> File:
    """Return the user's own sheet of a matter as PDF.

    It goes to the account that confirmed, or to a later one of the person at level 4, for which
    the phone on it is masked.
    """
    return sheet_files.of(sheets.for_person(call.services, matter_id, call.account_id))


def _asker(call: Call) -> Asker:
    return Asker(call.holder, accounts.get_for_change(call.account_id), call.address)
