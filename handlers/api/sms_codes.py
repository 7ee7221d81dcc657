"""One-time codes by SMS."""

from typing import Literal

from flask import Blueprint
from pydantic import Field

from handlers import envelope
from handlers.api.endpoint import Answer, Body, Call, endpoint
from handlers.api.fields import RawText, Token
from handlers.auth import Auth
from miniprogram_api import sms_codes
from miniprogram_api.reasons import Reason

blueprint = Blueprint("sms_codes", __name__)

# A user reads this much of the request's id to support.
REPORT_NUMBER_LENGTH = 8


class CodeRequest(Body):
    phone: RawText
    purpose: Literal["register", "activate", "reset_password", "change_phone", "confirm"]
    activation_token: Token | None = Field(
        None, description="Needed for the purpose activate: the token of step 1."
    )


class Remaining(Answer):
    hour: int
    day: int


class CodeAnswer(Answer):
    expires_in: int = Field(description="Seconds that the code is valid.")
    resend_after: int = Field(description="Seconds until another code may be asked for.")
    remaining: Remaining = Field(description="How many more codes fit into the hour and the day.")


@endpoint(
    blueprint,
    "POST",
    "/sms-codes",
    auth=Auth.WECHAT,
    body=CodeRequest,
    answer=CodeAnswer,
    status=202,
    reasons=(
        Reason.ACCOUNT_REQUIRED,
        Reason.PHONE_SEGMENT_UNSUPPORTED,
        Reason.ACTIVATION_EXPIRED,
        Reason.PHONE_NOT_ON_RECORD,
        Reason.SMS_RATE_LIMITED,
        Reason.TOO_MANY_ATTEMPTS,
        Reason.SMS_UNAVAILABLE,
    ),
)
def request_code(call: Call, body: CodeRequest) -> CodeAnswer:
    """Send a one-time code to a phone."""
    requested = sms_codes.request(
        call.services,
        session=call.holder,
        phone_text=body.phone,
        purpose=body.purpose,
        activation_token=body.activation_token,
        report_number=envelope.request_id()[-REPORT_NUMBER_LENGTH:],
    )
    return CodeAnswer(
        expires_in=requested.expires_in,
        resend_after=requested.resend_after,
        remaining=Remaining(**requested.remaining),
    )
