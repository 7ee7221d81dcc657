"""Registration with the four elements, a proved phone, a password and consent."""

from typing import Annotated

from pydantic import Field

from handlers.api.endpoint import Answer, Body, Call, Opened, Resource
from handlers.api.fields import Line, RawText, Secret, Token
from handlers.api.person.sms_codes import PHONE_PROOF_REASONS
from handlers.api.public.identity_checks import VERIFICATION_REASONS
from handlers.auth import Auth
from miniprogram_api.accounts.accounts import AccountSummary
from miniprogram_api.accounts.consents import SeparateKey
from miniprogram_api.enrolment import registration
from miniprogram_api.identity.documents.terms import LONG_TERM
from miniprogram_api.reasons import Reason

resource = Resource("registrations")

SeparateConsents = Annotated[list[SeparateKey], Field(max_length=10)]
WarningCodes = Annotated[list[Line], Field(max_length=20)]


class RegistrationBody(Body):
    """The four elements, phone, password and consents."""

    name: RawText
    id_number: RawText
    valid_from: RawText
    valid_until: RawText = Field(description=f"The last day, or {LONG_TERM}.")
    phone: RawText
    sms_code: RawText | None = Field(None, description="Of the purpose register.")
    phone_proof: Token | None = Field(None, description="Instead of sms_code.")
    password: Secret
    username: RawText | None = None
    consent_version: RawText | None = Field(None, description="From GET /consent.")
    separate_consents: SeparateConsents = Field([], description="identity is required.")
    confirmed_warnings: WarningCodes = Field(
        [], description="Codes of the warnings that the user confirmed."
    )
    bind: bool = Field(False, description="Bind the account to the WeChat user.")


class NormalisedRegistration(Answer):
    """The values in the form that was stored."""

    name: str
    id_number: str
    valid_from: str
    valid_until: str
    phone: str
    username: str | None


class RegistrationAnswer(Answer):
    """The new account and session."""

    token: str = Field(description="Of the new session; the token of the call is invalid now.")
    expires_in: int
    account: AccountSummary
    normalised: NormalisedRegistration


@resource.post(
    "/registrations",
    auth=Auth.WECHAT,
    body=RegistrationBody,
    answer=RegistrationAnswer,
    status=201,
    reasons=(
        Reason.DOCUMENT_NEEDS_WINDOW,
        Reason.PHONE_SEGMENT_UNSUPPORTED,
        Reason.CONSENT_REQUIRED,
        Reason.CONSENT_OUTDATED,
        *PHONE_PROOF_REASONS,
        Reason.IDENTITY_NEEDS_CONFIRMATION,
        Reason.ALREADY_REGISTERED,
        Reason.ACTIVATION_REQUIRED,
        Reason.IDENTITY_RESERVED,
        Reason.USERNAME_TAKEN,
        Reason.PHONE_ACCOUNT_LIMIT,
        *VERIFICATION_REASONS,
    ),
)
def register(call: Call, body: RegistrationBody) -> Opened:
    """Register a person; the account is at level 3 and signed in."""
    form = registration.RegistrationForm(**body.model_dump())
    registered = registration.register(
        call.services, form, session=call.holder, address=call.address
    )
    elements = registered.normalised
    answer = RegistrationAnswer(
        token=registered.session.token,
        expires_in=registered.session.expires_in,
        account=registered.account,
        normalised=NormalisedRegistration(
            name=elements.name,
            id_number=elements.id_number,
            valid_from=elements.valid_from,
            valid_until=elements.valid_until,
            phone=registered.phone,
            username=registered.username,
        ),
    )
    return Opened(answer, registered.session)
