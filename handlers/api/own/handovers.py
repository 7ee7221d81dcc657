"""The code by which WeChat does the check of a browser's session, and what its user hears."""

from pydantic import Field

from handlers.api.endpoint import Answer, Body, Call, Resource
from handlers.api.fields import RawText, Token
from handlers.auth import Auth
from miniprogram_api.accounts.levels import Purpose
from miniprogram_api.proofing import face_challenges, handed_checks, handovers
from miniprogram_api.proofing.face_challenges import Mode
from miniprogram_api.proofing.handed_checks import GivenCheck
from miniprogram_api.proofing.handovers import OpenedHandover, Opening, Way
from miniprogram_api.reasons import Reason
from miniprogram_api.tickets.tickets import Ticket

resource = Resource("handovers")


class HandoverPurposeBody(Body):
    """What the check is for; without a body it raises the level."""

    may_be_missing = True

    purpose: Purpose = Field(
        "verify",
        description="verify: level 4. authorization: at level 4, after a reset, permits switching "
        "the authorisation on again.",
    )


class HandoverAnswer(Answer):
    """A code for the mini program."""

    code: str
    expires_in: int = Field(description="Seconds.")
    mode: Mode = Field(description="photo: the browser may send a picture itself instead.")
    link: str | None = Field(
        description="Opens WeChat from a phone's browser; null where not configured or WeChat "
        "gives none."
    )


@resource.post(
    "/handovers",
    auth=Auth.ACCOUNT,
    body=HandoverPurposeBody,
    answer=HandoverAnswer,
    status=201,
    reasons=(Reason.ACCOUNT_FROZEN, Reason.ALREADY_VERIFIED),
)
def hand_over_face_check(call: Call, body: HandoverPurposeBody) -> HandoverAnswer:
    """Make a code by which WeChat does the check: one use, two minutes until it is opened."""
    issued = handovers.issue(call.services, call.holder, call.account_id, body.purpose)
    mode = face_challenges.mode_of(call.services.settings, call.holder)
    return HandoverAnswer(
        code=issued.code, expires_in=issued.expires_in, mode=mode, link=issued.link
    )


class OpenHandoverBody(Body):
    """The agreement of the WeChat user, after seeing whose account it is."""

    consent_version: RawText | None = Field(
        None, description="From GET /consent; opens the face check. Without it none starts."
    )
    phone_proof: Token | None = Field(
        None,
        description="Of POST /wechat/phone: where that number is the phone on record, the result "
        "counts at once. No SMS code stands for it.",
    )
    kind: Way = Field("face", description="ctid: opens a check by CTID, under the same rule.")
    delayed: bool = Field(False, description="Without that number: the result counts after 24 h.")


@resource.post(
    "/handovers/<code>",
    auth=Auth.WECHAT,
    body=OpenHandoverBody,
    answer=OpenedHandover,
    reasons=(
        Reason.NOT_FOUND,
        Reason.ACCOUNT_FROZEN,
        Reason.CONSENT_REQUIRED,
        Reason.CONSENT_OUTDATED,
        Reason.ALREADY_VERIFIED,
        Reason.PHONE_PROOF_INVALID,
        Reason.FACE_MISMATCH,
        Reason.FACE_NO_PHOTO,
        Reason.FACE_DATA_MISSING,
        Reason.FACE_NOT_FINISHED,
        Reason.TOO_MANY_ATTEMPTS,
        Reason.IDENTITY_SOURCE_BUSY,
        Reason.IDENTITY_DAILY_LIMIT,
        Reason.CTID_UNAVAILABLE,
    ),
)
def open_handover(call: Call, code: str, body: OpenHandoverBody) -> OpenedHandover:
    """Show in WeChat whose masked account it is and what it needs; once agreed, open its check.

    The result is asked by POST /face-verifications or /ctid-verifications and changes the browser's
    account alone, at once or after 24 hours.
    """
    opening = Opening(
        kind=body.kind,
        consent_version=body.consent_version,
        phone_proof=body.phone_proof,
        is_delayed=body.delayed,
    )
    return handovers.open_code(
        call.services, code, opening, session=call.holder, address=call.address
    )


class HandedChecksAnswer(Answer):
    """The checks that this WeChat user passed for browsers."""

    checks: list[GivenCheck]


@resource.get("/handed-checks", auth=Auth.WECHAT, answer=HandedChecksAnswer)
def list_handed_checks(call: Call) -> HandedChecksAnswer:
    """List the checks that this WeChat user passed for browsers in 30 days, newest first."""
    return HandedChecksAnswer(checks=handed_checks.of_user(call.holder))


@resource.post(
    "/handed-checks/<check_id>/disputes",
    auth=Auth.WECHAT,
    answer=Ticket,
    status=201,
    reasons=(Reason.NOT_FOUND, Reason.TOO_MANY_ATTEMPTS),
)
def dispute_handed_check(call: Call, check_id: str) -> Ticket:
    """Say that the account is not mine: ends what waits and opens an identity_dispute.

    The account freezes by that person's face or CTID (POST /tickets/{ticket_id}/face-challenges).
    """
    return handed_checks.dispute(call.services, call.holder, check_id)
