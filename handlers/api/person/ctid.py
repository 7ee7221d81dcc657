"""CTID (网证), the alternative to the face check."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from handlers.api.endpoint import Body, Call, Resource
from handlers.api.fields import NoControls, RawText, Token
from handlers.auth import Auth
from miniprogram_api.accounts.accounts import AccountSummary
from miniprogram_api.proofing import ctid as ctid_verifications
from miniprogram_api.proofing import handed_checks, handovers, limit_clearing
from miniprogram_api.proofing.ctid import CtidChallenge
from miniprogram_api.reasons import Reason

resource = Resource("ctid")

CtidToken = Annotated[
    str, StringConstraints(min_length=1, max_length=4096, strip_whitespace=True), NoControls
]


class CtidChallengeBody(Body):
    """What the check is for."""

    purpose: Literal["authorization"] | None = Field(
        None, description="authorization: at level 4, after a reset. Without it: level 4."
    )


@resource.post(
    "/ctid-challenges",
    auth=Auth.ACCOUNT,
    body=CtidChallengeBody,
    answer=CtidChallenge,
    reasons=(
        Reason.ACCOUNT_FROZEN,
        Reason.ALREADY_VERIFIED,
        Reason.TOO_MANY_ATTEMPTS,
        Reason.CTID_UNAVAILABLE,
    ),
)
def open_ctid_challenge(call: Call, body: CtidChallengeBody) -> CtidChallenge:
    """Open a CTID check for this session; it can be used once."""
    return ctid_verifications.open_challenge(
        call.services,
        session=call.holder,
        account_id=call.account_id,
        address=call.address,
        purpose=body.purpose or "verify",
    )


_PERSON = "Clears the limits on attempts for this person; required without an account."


class CtidBody(Body):
    """The token of a CTID verification."""

    ctid_token: CtidToken = Field(description="From the CTID app or mini program.")
    challenge_id: Token | None = Field(
        None,
        description="Of POST /ctid-challenges, or of POST /handovers/{code}: the token belongs to "
        "its serial. Required at level 4.",
    )
    name: RawText | None = Field(None, description=_PERSON)
    id_number: RawText | None = Field(None, description=_PERSON)
    consent_version: RawText | None = Field(
        None, description="From GET /consent; only with name and id_number."
    )

    @property
    def clears_limit(self) -> bool:
        """Return whether a person is checked and not the account's holder."""
        return self.name is not None or self.id_number is not None


@resource.post(
    "/ctid-verifications",
    auth=Auth.WECHAT,
    body=CtidBody,
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
        Reason.CTID_REJECTED,
        Reason.CTID_UNAVAILABLE,
    ),
)
def verify_ctid(call: Call, body: CtidBody) -> AccountSummary | None:
    """Verify the person by CTID; the account gets level 4, or its switch opens after a reset.

    A check that a browser handed over answers nothing: its result is in GET /handed-checks. With
    name and ID number it clears the limits on attempts for this person, as a face check of WeChat
    does, also for a browser without an account, and answers nothing.
    """
    if body.clears_limit:
        limit_clearing.verify_by_ctid(
            call.services,
            session=call.holder,
            name=body.name or "",
            id_number=body.id_number or "",
            address=call.address,
            consent_version=body.consent_version,
            ctid_token=body.ctid_token,
        )
        return None
    handover = handovers.of_challenge(call.holder, body.challenge_id)
    if handover is not None:
        handed_checks.verify_ctid(
            call.services,
            handover,
            session=call.holder,
            address=call.address,
            ctid_token=body.ctid_token,
        )
        return None
    return ctid_verifications.verify(
        call.services,
        session=call.holder,
        account_id=call.account_id,
        address=call.address,
        ctid_token=body.ctid_token,
        challenge_id=body.challenge_id,
    )
