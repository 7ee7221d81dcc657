"""Activating an account that an older system brought in, in three steps."""

from flask import Blueprint
from pydantic import Field

from handlers.api.endpoint import Answer, Body, Call, Opened, endpoint
from handlers.api.fields import RawText, Secret, Token
from handlers.api.identity_checks import VERIFICATION_REASONS
from handlers.api.registrations import SeparateConsents, WarningCodes
from handlers.auth import Auth
from miniprogram_api import activation
from miniprogram_api.accounts import AccountSummary
from miniprogram_api.reasons import Reason

blueprint = Blueprint("activations", __name__)


class ActivationBody(Body):
    id_number: RawText


class ActivationAnswer(Answer):
    activation_token: str = Field(description="Works only under the bearer token that got it.")
    expires_in: int
    phone_hint: str | None = Field(
        description="The last two digits of the phone on record; null when it has none."
    )


class RecordedPhoneBody(Body):
    phone: RawText
    sms_code: RawText | None = Field(None, description="Of the purpose activate.")
    phone_proof: Token | None = Field(None, description="In the place of sms_code.")


class PhoneAnswer(Answer):
    expires_in: int
    needs_dates: bool = Field(description="Whether step 3 must bring valid_from and valid_until.")


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


class ActivatedAnswer(Answer):
    token: str = Field(description="The new session's; the one that was used is dead.")
    expires_in: int
    account: AccountSummary


@endpoint(
    blueprint,
    "POST",
    "/activations",
    auth=Auth.WECHAT,
    body=ActivationBody,
    answer=ActivationAnswer,
    reasons=(
        Reason.USER_NOT_FOUND,
        Reason.ACCOUNT_FROZEN,
        Reason.ALREADY_ACTIVE,
        Reason.TOO_MANY_ATTEMPTS,
    ),
)
def start_activation(call: Call, body: ActivationBody) -> ActivationAnswer:
    """Step 1: name the ID number."""
    started = activation.start(
        call.services, body.id_number, session=call.holder, address=call.address
    )
    return ActivationAnswer(
        activation_token=started.token,
        expires_in=started.expires_in,
        phone_hint=started.phone_hint,
    )


@endpoint(
    blueprint,
    "POST",
    "/activations/<token>/phone",
    auth=Auth.WECHAT,
    body=RecordedPhoneBody,
    answer=PhoneAnswer,
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
def prove_recorded_phone(call: Call, body: RecordedPhoneBody, token: str) -> PhoneAnswer:
    """Step 2: prove the phone on record."""
    step = activation.prove_phone(
        call.services,
        token,
        phone_text=body.phone,
        sms_code=body.sms_code,
        phone_proof=body.phone_proof,
        session=call.holder,
        address=call.address,
    )
    return PhoneAnswer(expires_in=step.expires_in, needs_dates=step.needs_dates)


@endpoint(
    blueprint,
    "POST",
    "/activations/<token>/password",
    auth=Auth.WECHAT,
    body=ActivationPasswordBody,
    answer=ActivatedAnswer,
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
    answer = ActivatedAnswer(
        token=activated.session.token,
        expires_in=activated.session.expires_in,
        account=activated.account,
    )
    return Opened(answer, activated.session)
