"""The code by which WeChat does the face check of a browser's session."""

from pydantic import Field

from handlers.api.endpoint import Answer, Body, Call, Resource
from handlers.api.fields import RawText
from handlers.auth import Auth
from miniprogram_api.proofing import face_challenges, handovers
from miniprogram_api.proofing.face_challenges import Mode
from miniprogram_api.proofing.handovers import OpenedHandover
from miniprogram_api.reasons import Reason

resource = Resource("handovers")


class HandoverAnswer(Answer):
    """A code for the mini program."""

    code: str
    expires_in: int = Field(description="Seconds.")
    mode: Mode = Field(description="photo: the browser may send a picture itself instead.")


@resource.post(
    "/handovers",
    auth=Auth.ACCOUNT,
    answer=HandoverAnswer,
    status=201,
    reasons=(Reason.ACCOUNT_FROZEN, Reason.ALREADY_VERIFIED),
)
def hand_over_face_check(call: Call) -> HandoverAnswer:
    """Make a code by which WeChat does the face check: one use, two minutes."""
    issued = handovers.issue(call.holder, call.account_id)
    mode = face_challenges.mode_of(call.services.settings, call.holder)
    return HandoverAnswer(code=issued.code, expires_in=issued.expires_in, mode=mode)


class OpenHandoverBody(Body):
    """The agreement of the WeChat user, after seeing whose account it is."""

    consent_version: RawText | None = Field(
        None, description="From GET /consent; opens the face check. Without it nothing starts."
    )


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
        Reason.FACE_NOT_FINISHED,
        Reason.TOO_MANY_ATTEMPTS,
        Reason.IDENTITY_SOURCE_BUSY,
        Reason.IDENTITY_DAILY_LIMIT,
    ),
)
def open_handover(call: Call, code: str, body: OpenHandoverBody) -> OpenedHandover:
    """Show in WeChat whose masked account it is; with the consent, open its face check.

    The result is asked by POST /face-verifications and changes the browser's account alone.
    """
    return handovers.open_code(
        call.services,
        code,
        session=call.holder,
        address=call.address,
        consent_version=body.consent_version,
    )
