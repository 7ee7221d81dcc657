"""Activation of an imported account, in three steps."""

from pydantic import Field

from handlers.api.endpoint import Body, Call, Opened, Resource
from handlers.api.fields import RawText, Secret, Token
from handlers.api.person.registrations import SeparateConsents, WarningCodes
from handlers.api.person.sessions import SessionAnswer, opened
from handlers.api.person.sms_codes import PHONE_PROOF_REASONS
from handlers.api.public.identity_checks import VERIFICATION_REASONS
from handlers.auth import Auth
from miniprogram_api.enrolment import activation, activation_faces
from miniprogram_api.enrolment.activation import ProvedActivationPhone, StartedActivation
from miniprogram_api.enrolment.activation_faces import NewPhone
from miniprogram_api.identity.documents.terms import LONG_TERM
from miniprogram_api.reasons import Reason

resource = Resource("activations")


class ActivationBody(Body):
    """The ID number of the account."""

    id_number: RawText


class RecordedPhoneBody(Body):
    """The phone on record with its proof."""

    phone: RawText
    sms_code: RawText | None = Field(None, description="Of the purpose activate.")
    phone_proof: Token | None = Field(None, description="Instead of sms_code.")


class NewPhoneBody(Body):
    """The passed face check and a new phone with its proof."""

    challenge_id: Token = Field(description="A passed face check of the purpose activate.")
    phone: RawText
    sms_code: RawText | None = Field(None, description="Of the purpose change_phone.")
    phone_proof: Token | None = Field(None, description="Instead of sms_code.")


class ActivationPasswordBody(Body):
    """The new password, consents and corrections."""

    password: Secret
    username: RawText | None = None
    consent_version: RawText | None = Field(None, description="From GET /consent.")
    separate_consents: SeparateConsents = Field([], description="identity is required.")
    valid_from: RawText | None = Field(None, description="Replaces the dates on record.")
    valid_until: RawText | None = Field(None, description=f"The last day, or {LONG_TERM}.")
    confirmed_warnings: WarningCodes = Field(
        [], description="Codes of the warnings that the user confirmed."
    )
    bind: bool = Field(False, description="Bind the account to the WeChat user.")


@resource.post(
    "/activations",
    auth=Auth.WECHAT,
    body=ActivationBody,
    answer=StartedActivation,
    reasons=(
        Reason.USER_NOT_FOUND,
        Reason.ACCOUNT_FROZEN,
        Reason.ALREADY_ACTIVE,
        Reason.IDENTITY_RESERVED,
        Reason.TOO_MANY_ATTEMPTS,
    ),
)
def start_activation(call: Call, body: ActivationBody) -> StartedActivation:
    """Start an activation by ID number (step 1)."""
    return activation.start(
        call.services, body.id_number, session=call.holder, address=call.address
    )


@resource.post(
    "/activations/<token>/phone",
    auth=Auth.WECHAT,
    body=RecordedPhoneBody,
    answer=ProvedActivationPhone,
    reasons=(
        Reason.ACTIVATION_EXPIRED,
        Reason.PHONE_NOT_ON_RECORD,
        *PHONE_PROOF_REASONS,
        Reason.TOO_MANY_ATTEMPTS,
    ),
)
def prove_recorded_phone(call: Call, body: RecordedPhoneBody, token: str) -> ProvedActivationPhone:
    """Prove the phone on record (step 2)."""
    return activation.prove_phone(
        call.services,
        token,
        phone_text=body.phone,
        sms_code=body.sms_code,
        phone_proof=body.phone_proof,
        session=call.holder,
        address=call.address,
    )


@resource.post(
    "/activations/<token>/face",
    auth=Auth.WECHAT,
    body=NewPhoneBody,
    answer=ProvedActivationPhone,
    reasons=(
        Reason.ACTIVATION_EXPIRED,
        Reason.NOT_FOUND,
        Reason.PHONE_SEGMENT_UNSUPPORTED,
        Reason.PHONE_ACCOUNT_LIMIT,
        *PHONE_PROOF_REASONS,
    ),
)
def prove_new_phone(call: Call, body: NewPhoneBody, token: str) -> ProvedActivationPhone:
    """Prove the person by face and a new phone, which is on record then (step 2)."""
    form = NewPhone(body.challenge_id, body.phone, body.sms_code, body.phone_proof)
    return activation_faces.prove_by_face(call.services, token, form, session=call.holder)


@resource.post(
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
        Reason.IDENTITY_RESERVED,
        Reason.SMS_CODE_USED,
        Reason.PHONE_PROOF_INVALID,
        *VERIFICATION_REASONS,
    ),
)
def finish_activation(call: Call, body: ActivationPasswordBody, token: str) -> Opened:
    """Set the password (step 3); the account is active at level 3 and signed in."""
    form = activation.PasswordForm(**body.model_dump())
    activated = activation.finish(
        call.services, token, form, session=call.holder, address=call.address
    )
    return opened(activated.session, activated.account)
