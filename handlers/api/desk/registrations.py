"""Registration of a person without a smartphone at a window."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from handlers.api.desk.window import UPLOADS, OnSiteBody
from handlers.api.endpoint import Body, Call, Resource
from handlers.api.fields import Filled, RawText, parsed, split
from handlers.api.person.registrations import WarningCodes
from handlers.api.public.identity_checks import VERIFICATION_REASONS, FourElements
from handlers.api.uploads import Image
from miniprogram_api.desks import lookups
from miniprogram_api.identity.documents.terms import LONG_TERM
from miniprogram_api.phones.sms_codes import RequestedCode
from miniprogram_api.reasons import Reason
from miniprogram_api.staff.members import Permission
from miniprogram_api.windows import identity_checks as window_checks
from miniprogram_api.windows import registration as window_registration
from miniprogram_api.windows.guardians import Guardian
from miniprogram_api.windows.identity_checks import CheckAtWindow
from miniprogram_api.windows.registration import WindowForm
from miniprogram_api.windows.verifications import VerifiedAtWindow

resource = Resource("window_registrations")


@resource.post(
    "/window/identity-checks",
    permission=Permission.WORK_AT_WINDOW,
    body=FourElements,
    answer=CheckAtWindow,
    reasons=(Reason.OWN_MATTER, Reason.WINDOW_REQUIRED, Reason.LOOKUP_LIMIT),
)
def check_identity_at_window(call: Call, body: FourElements) -> CheckAtWindow:
    """Check the form of the four elements; asks no source, stores nothing."""
    checked = window_checks.check_identity(call.member, **body.model_dump())
    id_number = checked.normalised.id_number
    lookups.record(call.services, call.member, id_number, lookups.REGISTRATION)
    return checked


class DeskPhoneBody(Body):
    """The phone to send a code to."""

    phone: RawText


@resource.post(
    "/window/sms-codes",
    permission=Permission.WORK_AT_WINDOW,
    body=DeskPhoneBody,
    answer=RequestedCode,
    status=202,
    reasons=(
        Reason.WINDOW_REQUIRED,
        Reason.PHONE_SEGMENT_UNSUPPORTED,
        Reason.SMS_RATE_LIMITED,
        Reason.TOO_MANY_ATTEMPTS,
        Reason.SMS_NUMBER_BLOCKED,
        Reason.SMS_UNAVAILABLE,
    ),
)
def request_code_at_window(call: Call, body: DeskPhoneBody) -> RequestedCode:
    """Send a code to the phone of the person at the window or of a relative."""
    return window_registration.send_code(call.services, call.member, body.phone)


class GuardianBody(Body):
    """The guardian of a person under 14."""

    name: Filled
    id_number: Filled
    relation: Filled
    proof: Literal[
        "household_register", "birth_certificate", "adoption_certificate", "appointment"
    ] = Field(description="The paper that proves the relation, of which a picture is taken.")
    valid_from: RawText = Field(
        "", description="The card's first day; not with a verified account."
    )
    valid_until: RawText = Field(
        "", description=f"The card's last day, or {LONG_TERM}; as valid_from."
    )


class WindowRegistrationBody(OnSiteBody):
    """The four elements, phone and evidence of a person at the window."""

    name: RawText
    id_number: RawText
    valid_from: RawText
    valid_until: RawText
    phone: RawText | None = Field(None, description="Null when the person has none.")
    phone_of_relative: Annotated[bool, BeforeValidator(parsed)] = Field(
        False, description="Of a relative (case 7)."
    )
    consent_signed: Annotated[bool, BeforeValidator(parsed)] = Field(
        description="The person signed the consent on paper."
    )
    sms_code: RawText | None = Field(
        None, description="From POST /window/sms-codes; else the clerk verifies the phone."
    )
    guardian: Annotated[GuardianBody | None, BeforeValidator(parsed)] = Field(
        None, description="For a person under 14."
    )
    confirmed_warnings: Annotated[WarningCodes, BeforeValidator(split)] = Field(
        default_factory=list
    )
    despite_source: Annotated[bool, BeforeValidator(parsed)] = Field(
        False, description="Trust the card although the source rejects."
    )


@resource.post(
    "/window/registrations",
    permission=Permission.WORK_AT_WINDOW,
    body=WindowRegistrationBody,
    uploads=UPLOADS,
    answer=VerifiedAtWindow,
    status=201,
    reasons=(
        Reason.CONSENT_REQUIRED,
        Reason.GUARDIAN_NOT_CONFIRMED,
        Reason.OWN_MATTER,
        Reason.IDENTITY_NEEDS_CONFIRMATION,
        Reason.ALREADY_REGISTERED,
        Reason.PHONE_ACCOUNT_LIMIT,
        Reason.VERIFICATION_HELD,
        Reason.REVIEWS_OVERDUE,
        Reason.TICKET_CLOSED,
        Reason.WINDOW_REQUIRED,
        Reason.LOOKUP_LIMIT,
        Reason.SMS_CODE_WRONG,
        Reason.SMS_CODE_EXPIRED,
        Reason.SMS_CODE_USED,
        *VERIFICATION_REASONS,
    ),
)
def register_at_window(
    call: Call, body: WindowRegistrationBody, **files: Image | None
) -> VerifiedAtWindow:
    """Register a person without a smartphone, or activate a synced account, at level 4 or held."""
    content = body.model_dump(exclude={*OnSiteBody.model_fields, "guardian"})
    guardian = None if body.guardian is None else Guardian(**body.guardian.model_dump())
    form = WindowForm(
        **content, on_site=body.as_rule(), guardian=guardian, capture=body.capture(files)
    )
    with lookups.by_refusal(call.services, call.member, body.id_number):
        return window_registration.register(call.services, call.member, form, address=call.address)
