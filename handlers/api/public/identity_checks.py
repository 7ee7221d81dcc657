"""The local check of the four elements."""

from pydantic import Field

from handlers.api.endpoint import Body, Call, Resource
from handlers.api.fields import RawText
from handlers.auth import Auth
from miniprogram_api.access import visitors
from miniprogram_api.identity import checks as identity_checks
from miniprogram_api.identity.checks import LocalCheck
from miniprogram_api.phones import numbers as phone_numbers
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
    valid_until: RawText = Field(description="The last day, or 长期.")


class TypedElements(FourElements):
    """The four elements, and a phone."""

    phone: RawText | None = Field(None, description="Its form is checked, too.")


@resource.post(
    "/identity-checks",
    auth=Auth.OPTIONAL,
    body=TypedElements,
    answer=LocalCheck,
    reasons=(Reason.TOO_MANY_ATTEMPTS,),
)
def check_identity(call: Call, body: TypedElements) -> LocalCheck:
    """Check the form of the four elements; asks no source, stores nothing."""
    visitors.count(call.services, "identity_checks", call.session, call.address)
    if body.phone is not None:
        phone_numbers.parse_phone("phone", body.phone)
    return identity_checks.check(body.name, body.id_number, body.valid_from, body.valid_until)
