"""Read the activations of a WeChat user without changing them."""

from dataclasses import dataclass, field
from datetime import datetime

from miniprogram_api import clock
from miniprogram_api.enrolment import activation
from miniprogram_api.phones import sms_code_refusals
from miniprogram_api.phones.sms_code_refusals import ACTIVATE
from miniprogram_api.reasons import Reason, Refused, refused_by
from models.accounts import activations as table
from models.accounts.accounts import CANCELLED, UNACTIVATED, Account


@dataclass(frozen=True, slots=True)
class ToActivate:
    """Describe an account that is not activated yet."""

    phone: str | None = field(repr=False)
    """The phone on record; only its last two digits may be shown."""

    def refusal_of(self, phone: str) -> Refused | None:
        """Return the PHONE_NOT_ON_RECORD that step 2 would raise for ``phone``, or None."""
        return sms_code_refusals.phone_refusal(phone, self.phone, ACTIVATE)


def to_activate(account_id: int) -> ToActivate | None:
    """Return the account as on record now; None once it cannot be activated."""
    account = Account.get_or_none((Account.id == account_id) & (Account.status == UNACTIVATED))
    return None if account is None else ToActivate(account.phone)


def is_active(account_id: int) -> bool:
    """Return whether step 1 would raise ALREADY_ACTIVE for this account."""
    account = Account.get_or_none((Account.id == account_id) & (Account.status != CANCELLED))
    if account is None:
        return False
    refused = refused_by(activation.require_inactive, account)
    return refused is not None and refused.reason is Reason.ALREADY_ACTIVE


@dataclass(frozen=True, slots=True)
class UnderWay(ToActivate):
    """Describe an activation that can be continued."""

    is_phone_proved: bool
    """Whether step 2 succeeded."""
    started_at: datetime


def under_way(openid: str | None) -> UnderWay | None:
    """Return the user's latest activation that can be continued."""
    if openid is None:
        return None
    row = table.under_way(openid, clock.milliseconds(clock.now()))
    if row is None:
        return None
    return UnderWay(row.phone, row.step >= table.PHONE_PROVED, row.created_at)
