"""The user's own account and changes to it."""

from pydantic import Field

from handlers.api.endpoint import Body, Call, Resource
from handlers.api.fields import FilledSecret, FreeText, RawText, Secret, Token
from handlers.api.person.registrations import WarningCodes
from handlers.api.person.sms_codes import HOLDER_PROOF_REASONS, PHONE_PROOF_REASONS
from handlers.api.public.identity_checks import VERIFICATION_REASONS
from handlers.auth import Auth
from miniprogram_api.accounts import accounts, cancellation, identity_dates
from miniprogram_api.accounts import changes as account_changes
from miniprogram_api.accounts.accounts import AccountSummary
from miniprogram_api.identity.documents.terms import LONG_TERM
from miniprogram_api.reasons import Reason

resource = Resource("account")


@resource.get("/account", auth=Auth.ACCOUNT, answer=AccountSummary)
def show_account(call: Call) -> AccountSummary:
    """Show the account."""
    return accounts.current(call.account_id, call.holder.account)


class PhoneProofBody(Body):
    """Proof of the account's phone: a code or a phone proof."""

    sms_code: RawText | None = Field(None, description="Of the purpose confirm.")
    phone_proof: Token | None = Field(None, description="Instead of sms_code.")


class PasswordChangeBody(PhoneProofBody):
    """A new password with the proof of the phone."""

    password: Secret = Field(description="The new one.")


@resource.put(
    "/account/password",
    auth=Auth.ACCOUNT,
    body=PasswordChangeBody,
    reasons=(Reason.ACCOUNT_FROZEN, *HOLDER_PROOF_REASONS),
)
def change_password(call: Call, body: PasswordChangeBody) -> None:
    """Set a new password; ends other sessions and the binding."""
    account_changes.change_password(
        call.services,
        call.account_id,
        body.password,
        session=call.holder,
        sms_code=body.sms_code,
        phone_proof=body.phone_proof,
    )


class PhoneChangeBody(Body):
    """A new phone with its proof and the password."""

    phone: RawText = Field(description="The new one.")
    sms_code: RawText | None = Field(
        None, description="To the new phone, of the purpose change_phone."
    )
    phone_proof: Token | None = Field(None, description="Instead of sms_code.")
    password: FilledSecret


@resource.put(
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
    """Change the phone; the old one gets a notice."""
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
    """The validity of the card with the proof of the phone."""

    valid_from: RawText
    valid_until: RawText = Field(description=f"The last day, or {LONG_TERM}.")
    confirmed_warnings: WarningCodes = Field(
        [], description="Codes of the warnings that the user confirmed."
    )


@resource.put(
    "/account/identity-dates",
    auth=Auth.ACCOUNT,
    body=IdentityDatesBody,
    answer=AccountSummary,
    reasons=(
        Reason.ACCOUNT_FROZEN,
        Reason.DOCUMENT_NEEDS_WINDOW,
        *HOLDER_PROOF_REASONS,
        Reason.IDENTITY_NEEDS_CONFIRMATION,
        Reason.IDENTITY_DATES_LIMIT,
        *VERIFICATION_REASONS,
    ),
)
def change_identity_dates(call: Call, body: IdentityDatesBody) -> AccountSummary:
    """Correct the validity of the card, if the source confirms it."""
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


@resource.delete("/account/wechat", auth=Auth.ACCOUNT, answer=AccountSummary)
def unbind_wechat(call: Call) -> AccountSummary:
    """End the binding to a WeChat user."""
    return account_changes.unbind_wechat(call.account_id)


class CancellationBody(PhoneProofBody):
    """The reason with the proof of the phone."""

    reason: FreeText | None = None
    despite_matters: bool = Field(
        False, description="Cancel although own lines of open matters count no more then."
    )


@resource.post(
    "/account/cancellation",
    auth=Auth.ACCOUNT,
    body=CancellationBody,
    reasons=(Reason.ACCOUNT_FROZEN, Reason.MATTERS_OPEN, *HOLDER_PROOF_REASONS),
)
def cancel_account(call: Call, body: CancellationBody) -> None:
    """Cancel the account; the identity may register again."""
    cancellation.cancel(
        call.account_id,
        body.reason,
        session=call.holder,
        sms_code=body.sms_code,
        phone_proof=body.phone_proof,
        despite_matters=body.despite_matters,
    )
