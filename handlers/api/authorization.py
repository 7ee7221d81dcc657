"""The switch 是否办理工商登记注册 and its last day."""

from datetime import date

from flask import Blueprint
from pydantic import Field

from handlers.api.account import PHONE_PROOF_REASONS, PhoneProofBody
from handlers.api.endpoint import Answer, Call, endpoint
from handlers.api.fields import RawText
from handlers.auth import Auth
from miniprogram_api import authorisation
from miniprogram_api.authorisation import Authorisation, AuthorizationSwitch
from miniprogram_api.effectiveness import EffectReason
from miniprogram_api.reasons import Reason

blueprint = Blueprint("authorization", __name__)


class AuthorizationBody(PhoneProofBody):
    enabled: bool
    until: RawText | None = Field(
        None, description="The last day, which counts in full; needed to switch it on."
    )


class AuthorizationAnswer(Answer):
    enabled: bool
    until: date | None
    effective: bool = Field(description="Whether it counts at this moment.")
    reason: EffectReason
    latest_until: date = Field(description="The last day that may be set today.")
    note: str | None = Field(description="When the holidays that decide it are not known yet.")
    reminder: str | None = Field(description="On its last day and the day before: show it.")
    history: tuple[AuthorizationSwitch, ...] = Field(
        description="How it was switched, newest first; GET /account/receipts tells who asked."
    )


def _rendered(found: Authorisation) -> AuthorizationAnswer:
    state = found.state
    return AuthorizationAnswer(
        enabled=state.enabled,
        until=state.until,
        effective=state.effective,
        reason=state.reason,
        latest_until=found.latest_until,
        note=found.note,
        reminder=found.reminder,
        history=found.history,
    )


@endpoint(blueprint, "GET", "/account/authorization", auth=Auth.ACCOUNT, answer=AuthorizationAnswer)
def show_authorization(call: Call) -> AuthorizationAnswer:
    """The authorisation as it counts now."""
    return _rendered(authorisation.current(call.services, call.account_id))


@endpoint(
    blueprint,
    "PUT",
    "/account/authorization",
    auth=Auth.ACCOUNT,
    body=AuthorizationBody,
    answer=AuthorizationAnswer,
    reasons=(Reason.ACCOUNT_FROZEN, Reason.LEVEL_TOO_LOW, *PHONE_PROOF_REASONS),
)
def set_authorization(call: Call, body: AuthorizationBody) -> AuthorizationAnswer:
    """Switch it on until a day, or off."""
    return _rendered(
        authorisation.switch(
            call.services,
            call.account_id,
            enabled=body.enabled,
            until=body.until,
            session=call.holder,
            sms_code=body.sms_code,
            phone_proof=body.phone_proof,
        )
    )
