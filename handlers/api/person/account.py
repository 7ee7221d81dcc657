"""The holder's own account: what it is, and what he may change."""

from flask import Blueprint
from pydantic import Field

from handlers.api.endpoint import Body, Call, endpoint
from handlers.api.fields import FilledSecret, FreeText, RawText, Secret, Token
from handlers.api.person.registrations import WarningCodes
from handlers.api.public.identity_checks import VERIFICATION_REASONS
from handlers.auth import Auth
from miniprogram_api.accounts import (
    accounts,
    cancellation,
    identity_dates,
)
from miniprogram_api.accounts import (
    changes as account_changes,
)
from miniprogram_api.accounts.accounts import AccountSummary
from miniprogram_api.reasons import Reason

blueprint = Blueprint("account", __name__)

PHONE_PROOF_REASONS = (
    Reason.SMS_CODE_WRONG,
    Reason.SMS_CODE_EXPIRED,
    Reason.SMS_CODE_USED,
    Reason.PHONE_PROOF_INVALID,
)


@endpoint(blueprint, "GET", "/account", auth=Auth.ACCOUNT, answer=AccountSummary)
def show_account(call: Call) -> AccountSummary:
    """What the account is at this moment."""
    return accounts.current(call.account_id, call.holder.account)


class PhoneProofBody(Body):
    sms_code: RawText | None = Field(None, description="Of the purpose confirm.")
    phone_proof: Token | None = Field(None, description="In the place of sms_code.")


class PasswordChangeBody(PhoneProofBody):
    password: Secret = Field(description="The new one.")


@endpoint(
    blueprint,
    "PUT",
    "/account/password",
    auth=Auth.ACCOUNT,
    body=PasswordChangeBody,
    reasons=(Reason.ACCOUNT_FROZEN, *PHONE_PROOF_REASONS),
)
def change_password(call: Call, body: PasswordChangeBody) -> None:
    """Set a new password; other sessions and the binding end."""
    account_changes.change_password(
        call.services,
        call.account_id,
        body.password,
        session=call.holder,
        sms_code=body.sms_code,
        phone_proof=body.phone_proof,
    )


class PhoneChangeBody(Body):
    phone: RawText = Field(description="The new one.")
    sms_code: RawText | None = Field(
        None, description="To the new phone, of the purpose change_phone."
    )
    phone_proof: Token | None = Field(None, description="In the place of sms_code.")
    password: FilledSecret


@endpoint(
    blueprint,
    "PUT",
    "/account/phone",
    auth=Auth.ACCOUNT,
    body=PhoneChangeBody,
    answer=AccountSummary,
    reasons=(
        Reason.ACCOUNT_FROZEN,
        Reason.PHONE_SEGMENT_UNSUPPORTED,
        Reason.ACCOUNT_LOCKED,
        Reason.WRONG_PASSWORD,
        *PHONE_PROOF_REASONS,
        Reason.PHONE_ACCOUNT_LIMIT,
    ),
)
def change_phone(call: Call, body: PhoneChangeBody) -> AccountSummary:
    """Move to a new phone; the old one is told."""
    return account_changes.change_phone(
        call.services,
        call.account_id,
        body.phone,
        body.password,
        session=call.holder,
        address=call.address,
        sms_code=body.sms_code,
        phone_proof=body.phone_proof,
    )


class IdentityDatesBody(PhoneProofBody):
    valid_from: RawText
    valid_until: RawText = Field(description="The last day, or 长期.")
    confirmed_warnings: WarningCodes = Field(
        [], description="Codes of the warnings that the person looked at and confirmed."
    )


@endpoint(
    blueprint,
    "PUT",
    "/account/identity-dates",
    auth=Auth.ACCOUNT,
    body=IdentityDatesBody,
    answer=AccountSummary,
    reasons=(
        Reason.ACCOUNT_FROZEN,
        Reason.DOCUMENT_NEEDS_WINDOW,
        *PHONE_PROOF_REASONS,
        Reason.IDENTITY_NEEDS_CONFIRMATION,
        Reason.IDENTITY_DATES_LIMIT,
        *VERIFICATION_REASONS,
    ),
)
def change_identity_dates(call: Call, body: IdentityDatesBody) -> AccountSummary:
    """Correct the card's term; it is kept when the source agrees."""
    return identity_dates.change(
        call.services,
        call.account_id,
        body.valid_from,
        body.valid_until,
        session=call.holder,
        address=call.address,
        sms_code=body.sms_code,
        phone_proof=body.phone_proof,
        confirmed_warnings=tuple(body.confirmed_warnings),
    )


@endpoint(
    blueprint,
    "DELETE",
    "/account/wechat",
    auth=Auth.ACCOUNT,
    answer=AccountSummary,
    reasons=(Reason.ACCOUNT_FROZEN,),
)
def unbind_wechat(call: Call) -> AccountSummary:
    """End the binding to a WeChat user."""
    return account_changes.unbind_wechat(call.account_id)


class CancellationBody(PhoneProofBody):
    reason: FreeText | None = None


@endpoint(
    blueprint,
    "POST",
    "/account/cancellation",
    auth=Auth.ACCOUNT,
    body=CancellationBody,
    reasons=(Reason.ACCOUNT_FROZEN, *PHONE_PROOF_REASONS),
)
def cancel_account(call: Call, body: CancellationBody) -> None:
    """Cancel the account for good; the identity may register again."""
    cancellation.cancel(
        call.services,
        call.account_id,
        body.reason,
        session=call.holder,
        sms_code=body.sms_code,
        phone_proof=body.phone_proof,
    )
