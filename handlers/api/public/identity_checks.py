"""The local check of the four elements."""

from pydantic import Field

from handlers.api.endpoint import Body, Call, Resource
from handlers.api.fields import RawText, Token
from handlers.auth import Auth
from miniprogram_api.enrolment import first_checks
from miniprogram_api.enrolment.first_checks import TypedForm
from miniprogram_api.identity.checks import LocalCheck
from miniprogram_api.identity.documents.terms import LONG_TERM
from miniprogram_api.reasons import Reason

resource = Resource("identity_checks")

# Reasons of every endpoint that asks the source about the four elements.
VERIFICATION_REASONS = (
    Reason.IDENTITY_CHECK_IN_PROGRESS,
    Reason.TOO_MANY_ATTEMPTS,
    Reason.FOUR_ELEMENTS_MISMATCH,
    Reason.IDENTITY_NO_RECORD,
    Reason.IDENTITY_INVALID,
    Reason.IDENTITY_SOURCE_BUSY,
    Reason.IDENTITY_DAILY_LIMIT,
)


class FourElements(Body):
    """Name, ID number and validity of a card."""

    name: RawText
    id_number: RawText
    valid_from: RawText
    valid_until: RawText = Field(description=f"The last day, or {LONG_TERM}.")


class TypedElements(FourElements):
    """The four elements, and a phone with its proof."""

    phone: RawText | None = Field(None, description="Its form is checked, too.")
    sms_code: RawText | None = Field(
        None,
        description="Of the purpose register; needs phone and a token. Tells a person with an "
        "account of the older system to activate it; the code stays usable.",
    )
    phone_proof: Token | None = Field(None, description="Instead of sms_code.")


@resource.post(
    "/identity-checks",
    auth=Auth.OPTIONAL,
    body=TypedElements,
    answer=LocalCheck,
    reasons=(
        Reason.TOO_MANY_ATTEMPTS,
        Reason.SMS_CODE_WRONG,
        Reason.SMS_CODE_EXPIRED,
        Reason.SMS_CODE_USED,
        Reason.PHONE_PROOF_INVALID,
        Reason.ACTIVATION_REQUIRED,
    ),
)
def check_identity(call: Call, body: TypedElements) -> LocalCheck:
    """Check the form of the four elements; asks no source, stores nothing.

    With a proof of the phone it also says whether the person has to activate an account.
    """
    form = TypedForm(**body.model_dump())
    return first_checks.check(call.services, form, session=call.session, address=call.address)
