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
    person_checks,
)
from miniprogram_api.proofing.faces import FaceChallenge
from miniprogram_api.proofing.person_checks import PersonPurpose
from miniprogram_api.reasons import Reason

resource = Resource("faces")

_CONSENT_VERSION = "From GET /consent; agrees to the use of the face."
_PERSON = "Of the person to check; required for clear_limit, reset and activate."
_PURPOSE = (
    "clear_limit: the attempts for name and id_number count anew. reset, activate: in place of a "
    "dead phone, for POST /password-resets and POST /activations/{token}/face; a passed check "
    "counts 30 minutes, once. authorization: at level 4, after a reset, permits switching the "
    "authorisation on again. "
    "By default clear_limit with name or id_number, else the level of the account."
)


class ChallengeBody(Body):
    """The consent to a face check, and the person of one without an account."""

    consent_version: RawText | None = Field(None, description=_CONSENT_VERSION)
    name: RawText | None = Field(None, description=_PERSON)
    id_number: RawText | None = Field(None, description=_PERSON)
    purpose: PersonPurpose | Literal["authorization"] | None = Field(None, description=_PURPOSE)

    @property
    def of_person(self) -> PersonPurpose | None:
        """Return the purpose of a check of a person; None: it is of the account's holder."""
        if self.purpose is None:
            return "clear_limit" if self.name or self.id_number else None
        return None if self.purpose == "authorization" else self.purpose


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
        Reason.FACE_MISMATCH,
        Reason.FACE_NO_PHOTO,
        Reason.FACE_DATA_MISSING,
        Reason.FACE_NOT_FINISHED,
        Reason.TOO_MANY_ATTEMPTS,
        Reason.IDENTITY_SOURCE_BUSY,
        Reason.IDENTITY_DAILY_LIMIT,
    ),
)
def open_face_challenge(call: Call, body: ChallengeBody) -> FaceChallenge:
    """Open a face check for this session; it can be used once.

    With name and ID number it is of this person, who may be another than the account's holder;
    whether the person has an account is told only after the face has passed.
    """
    if body.of_person is not None:
        return person_checks.open_challenge(
            call.services,
            session=call.holder,
            name=body.name or "",
            id_number=body.id_number or "",
            address=call.address,
            consent_version=body.consent_version,
            purpose=body.of_person,
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
    check of a person without the account answers nothing, as one that a browser handed over, whose
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
        person_checks.verify(
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
