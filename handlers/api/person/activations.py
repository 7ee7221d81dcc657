"""Activating an account that an older system brought in, in three steps."""

from flask import Blueprint
from pydantic import Field

from handlers.api.endpoint import Body, Call, Opened, endpoint
from handlers.api.fields import RawText, Secret, Token
from handlers.api.person.registrations import SeparateConsents, WarningCodes
from handlers.api.person.sessions import SessionAnswer, opened
from handlers.api.public.identity_checks import VERIFICATION_REASONS
from handlers.auth import Auth
from miniprogram_api.enrolment import activation
from miniprogram_api.enrolment.activation import ProvedActivationPhone, StartedActivation
from miniprogram_api.reasons import Reason

blueprint = Blueprint("activations", __name__)


class ActivationBody(Body):
    id_number: RawText


class RecordedPhoneBody(Body):
    phone: RawText
    sms_code: RawText | None = Field(None, description="Of the purpose activate.")
    phone_proof: Token | None = Field(None, description="In the place of sms_code.")


class ActivationPasswordBody(Body):
    password: Secret
    username: RawText | None = None
    consent_version: RawText | None = Field(None, description="The version that GET /consent gave.")
    separate_consents: SeparateConsents = Field([], description="identity is needed.")
    valid_from: RawText | None = Field(None, description="Counts before the record's own dates.")
    valid_until: RawText | None = Field(None, description="The last day, or 长期.")
    confirmed_warnings: WarningCodes = Field(
        [], description="Codes of the warnings that the person looked at and confirmed."
    )
    bind: bool = Field(False, description="Bind the account to the WeChat user.")


@endpoint(
    blueprint,
    "POST",
    "/activations",
    auth=Auth.WECHAT,
    body=ActivationBody,
    answer=StartedActivation,
    reasons=(
        Reason.USER_NOT_FOUND,
        Reason.ACCOUNT_FROZEN,
        Reason.ALREADY_ACTIVE,
        Reason.TOO_MANY_ATTEMPTS,
    ),
)
def start_activation(call: Call, body: ActivationBody) -> StartedActivation:
    """Step 1: name the ID number."""
    return activation.start(
        call.services, body.id_number, session=call.holder, address=call.address
    )


@endpoint(
    blueprint,
    "POST",
    "/activations/<token>/phone",
    auth=Auth.WECHAT,
    body=RecordedPhoneBody,
    answer=ProvedActivationPhone,
    reasons=(
        Reason.ACTIVATION_EXPIRED,
        Reason.PHONE_NOT_ON_RECORD,
        Reason.SMS_CODE_WRONG,
        Reason.SMS_CODE_EXPIRED,
        Reason.SMS_CODE_USED,
        Reason.PHONE_PROOF_INVALID,
        Reason.TOO_MANY_ATTEMPTS,
    ),
)
def prove_recorded_phone(call: Call, body: RecordedPhoneBody, token: str) -> ProvedActivationPhone:
    """Step 2: prove the phone on record."""
    return activation.prove_phone(
        call.services,
        token,
        phone_text=body.phone,
        sms_code=body.sms_code,
        phone_proof=body.phone_proof,
        session=call.holder,
        address=call.address,
    )


@endpoint(
    blueprint,
    "POST",
    "/activations/<token>/password",
    auth=Auth.WECHAT,
    body=ActivationPasswordBody,
    answer=SessionAnswer,
    reasons=(
        Reason.ACTIVATION_EXPIRED,
        Reason.STEP_ORDER,
        Reason.DOCUMENT_NEEDS_WINDOW,
        Reason.CONSENT_REQUIRED,
        Reason.CONSENT_OUTDATED,
        Reason.IDENTITY_NEEDS_CONFIRMATION,
        Reason.USERNAME_TAKEN,
        Reason.SMS_CODE_USED,
        Reason.PHONE_PROOF_INVALID,
        *VERIFICATION_REASONS,
    ),
)
def finish_activation(call: Call, body: ActivationPasswordBody, token: str) -> Opened:
    """Step 3: set the password; the account is active at level 3 and signed in."""
    activated = activation.finish(
        call.services,
        token,
        activation.PasswordForm(
            password=body.password,
            username=body.username,
            consent_version=body.consent_version,
            separate_consents=body.separate_consents,
            valid_from=body.valid_from,
            valid_until=body.valid_until,
            confirmed_warnings=body.confirmed_warnings,
            bind=body.bind,
        ),
        session=call.holder,
        address=call.address,
    )
    return opened(activated.session, activated.account)
