"""The face check and its result."""

from typing import Literal

from pydantic import Field

from handlers.api.endpoint import Body, Call, Resource
from handlers.api.fields import RawText, Token
from handlers.api.uploads import Image
from handlers.auth import Auth
from miniprogram_api.accounts.accounts import AccountSummary
from miniprogram_api.proofing import (
    face_challenges,
    faces,
    handed_checks,
    handovers,
    limit_clearing,
)
from miniprogram_api.proofing.faces import FaceChallenge
from miniprogram_api.reasons import Reason

resource = Resource("faces")

_CONSENT_VERSION = "From GET /consent; agrees to the use of the face."
_PERSON = "Clears the limit on attempts for this person; required without an account."
_PURPOSE = (
    "clear_limit: the attempts for name and id_number count anew. authorization: at level 4, after "
    "a reset, permits switching 是否办理 on again. By default clear_limit with name or id_number, "
    "else the level of the account."
)


class ChallengeBody(Body):
    """The consent to a face check, and the person of one that clears a limit."""

    consent_version: RawText | None = Field(None, description=_CONSENT_VERSION)
    name: RawText | None = Field(None, description=_PERSON)
    id_number: RawText | None = Field(None, description=_PERSON)
    purpose: Literal["clear_limit", "authorization"] | None = Field(None, description=_PURPOSE)

    @property
    def clears_limit(self) -> bool:
        """Return whether the check is of a person and not of the account's holder."""
        is_person = bool(self.name or self.id_number) and self.purpose is None
        return is_person or self.purpose == "clear_limit"


@resource.post(
    "/face-challenges",
    auth=Auth.WECHAT,
    body=ChallengeBody,
    answer=FaceChallenge,
    reasons=(
        Reason.ACCOUNT_REQUIRED,
        Reason.ACCOUNT_FROZEN,
        Reason.CONSENT_REQUIRED,
        Reason.CONSENT_OUTDATED,
        Reason.ALREADY_VERIFIED,
        Reason.FACE_NOT_FINISHED,
        Reason.TOO_MANY_ATTEMPTS,
        Reason.IDENTITY_SOURCE_BUSY,
        Reason.IDENTITY_DAILY_LIMIT,
    ),
)
def open_face_challenge(call: Call, body: ChallengeBody) -> FaceChallenge:
    """Open a face check for this session; it can be used once.

    With name and ID number it clears the limit on attempts for this person, who may be another
    than the account's holder.
    """
    if body.clears_limit:
        return limit_clearing.open_challenge(
            call.services,
            session=call.holder,
            name=body.name or "",
            id_number=body.id_number or "",
            address=call.address,
            consent_version=body.consent_version,
        )
    return faces.open_challenge(
        call.services,
        session=call.holder,
        account_id=call.account_id,
        address=call.address,
        consent_version=body.consent_version,
        purpose="authorization" if body.purpose == "authorization" else "verify",
    )


class VerificationBody(Body):
    """The face check to verify."""

    challenge_id: Token | None = Field(
        None, description="Of POST /face-challenges; optional in mode photo."
    )
    consent_version: RawText | None = Field(
        None, description=_CONSENT_VERSION + " Only without challenge_id."
    )


@resource.post(
    "/face-verifications",
    auth=Auth.WECHAT,
    body=VerificationBody,
    image=True,
    answer=AccountSummary,
    may_be_empty=True,
    reasons=(
        Reason.ACCOUNT_REQUIRED,
        Reason.ACCOUNT_FROZEN,
        Reason.CONSENT_REQUIRED,
        Reason.CONSENT_OUTDATED,
        Reason.ALREADY_VERIFIED,
        Reason.NOT_FOUND,
        Reason.IDENTITY_CHECK_IN_PROGRESS,
        Reason.TOO_MANY_ATTEMPTS,
        Reason.FACE_IMAGE_QUALITY,
        Reason.FACE_MISMATCH,
        Reason.FACE_NO_PHOTO,
        Reason.FACE_DATA_MISSING,
        Reason.FACE_NOT_FINISHED,
        Reason.IDENTITY_SOURCE_BUSY,
        Reason.IDENTITY_DAILY_LIMIT,
    ),
)
def verify_face(call: Call, body: VerificationBody, image: Image | None) -> AccountSummary | None:
    """Verify the result of the face check; the account gets level 4 when it passed.

    After a reset at level 4 it permits switching 是否办理 on again.
    In mode wechat the service queries WeChat; in mode photo the picture is sent as multipart. A
    check that clears the limit on attempts answers nothing, as one that a browser handed over: its
    result is in GET /handed-checks.
    """
    content = None if image is None else image.content
    handover = handovers.of_challenge(call.holder, body.challenge_id)
    if handover is not None:
        handed_checks.verify_face(
            call.services, handover, session=call.holder, address=call.address, image=content
        )
        return None
    account_id = face_challenges.account_of(call.holder, body.challenge_id)
    if account_id is None and body.challenge_id:
        limit_clearing.verify(
            call.services,
            session=call.holder,
            address=call.address,
            challenge_id=body.challenge_id,
            image=content,
        )
        return None
    return faces.verify(
        call.services,
        session=call.holder,
        account_id=call.account_id,
        address=call.address,
        challenge_id=body.challenge_id,
        image=content,
        consent_version=body.consent_version,
    )
