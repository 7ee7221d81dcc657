"""One-time codes by SMS."""

from typing import Literal

from pydantic import BaseModel, Field

from handlers import envelope
from handlers.api.endpoint import Body, Call, Resource
from handlers.api.fields import RawText, Token
from handlers.auth import Auth
from miniprogram_api.access import sessions
from miniprogram_api.phones import code_reports, passed_faces, sms_codes
from miniprogram_api.phones.code_reports import LastCode
from miniprogram_api.phones.sms_codes import RequestedCode
from miniprogram_api.reasons import Reason

resource = Resource("sms_codes")

# The last characters of the request's id, which a user can read to support.
REPORT_NUMBER_LENGTH = 8

PHONE_PROOF_REASONS = (
    Reason.SMS_CODE_WRONG,
    Reason.SMS_CODE_EXPIRED,
    Reason.SMS_CODE_USED,
    Reason.PHONE_PROOF_INVALID,
)
HOLDER_PROOF_REASONS = (*PHONE_PROOF_REASONS, Reason.PHONE_NOT_ON_RECORD)
"""Where the phone on record is to be proved."""


class CodeRequest(Body):
    """The phone and the purpose of a code."""

    phone: RawText | None = Field(
        None, description="May be absent for the purpose confirm: the phone on record."
    )
    purpose: Literal["register", "activate", "reset_password", "change_phone", "confirm"]
    activation_token: Token | None = Field(
        None, description="For the purpose activate: the token of step 1."
    )
    challenge_id: Token | None = Field(
        None,
        description="For the purpose change_phone without an account: a passed face check of the "
        "purpose reset or activate.",
    )


class LastCodeQuery(BaseModel):
    """Whose last code is meant."""

    activation_token: Token | None = Field(
        None, description="Of step 1: the last code to the phone on record of the activation."
    )


@resource.get(
    "/sms-codes/last",
    auth=Auth.WECHAT,
    query=LastCodeQuery,
    answer=LastCode,
    reasons=(Reason.NOT_FOUND,),
)
def show_last_code(call: Call, query: LastCodeQuery) -> LastCode:
    """Return whether the caller's last code arrived, as carriers report it."""
    token = query.activation_token
    return code_reports.last(call.holder, sessions.hash_of(token) if token else None)


@resource.post(
    "/sms-codes",
    auth=Auth.WECHAT,
    body=CodeRequest,
    answer=RequestedCode,
    status=202,
    reasons=(
        Reason.ACCOUNT_REQUIRED,
        Reason.PHONE_SEGMENT_UNSUPPORTED,
        Reason.ACTIVATION_EXPIRED,
        Reason.NOT_FOUND,
        Reason.PHONE_NOT_ON_RECORD,
        Reason.SMS_RATE_LIMITED,
        Reason.TOO_MANY_ATTEMPTS,
        Reason.SMS_NUMBER_BLOCKED,
        Reason.SMS_UNAVAILABLE,
    ),
)
def request_code(call: Call, body: CodeRequest) -> RequestedCode:
    """Send a one-time code to a phone."""
    passed_faces.require_for_code(call.holder, body.purpose, body.challenge_id)
    return sms_codes.request(
        call.services,
        session=call.holder,
        phone_text=body.phone,
        purpose=body.purpose,
        activation_token=body.activation_token,
        report_number=envelope.request_id()[-REPORT_NUMBER_LENGTH:],
    )
