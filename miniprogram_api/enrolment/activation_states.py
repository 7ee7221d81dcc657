"""The activation that a WeChat user has under way or had tried; looking at it changes nothing."""

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
    """An account that is still to be activated."""

    phone: str | None = field(repr=False)
    """The phone on record. The holder of the activation may know its last two digits."""

    def refusal_of(self, phone: str) -> Refused | None:
        """PHONE_NOT_ON_RECORD as step 2 and the request of a code would say it, or None."""
        return sms_code_refusals.phone_refusal(phone, self.phone, ACTIVATE)


def to_activate(account_id: int) -> ToActivate | None:
    """The account as it is on record now; None when nobody activates it any more."""
    account = Account.get_or_none((Account.id == account_id) & (Account.status == UNACTIVATED))
    return None if account is None else ToActivate(account.phone)


def is_active(account_id: int) -> bool:
    """Whether step 1 would say ALREADY_ACTIVE of this account now."""
    account = Account.get_or_none((Account.id == account_id) & (Account.status != CANCELLED))
    if account is None:
        return False
    refused = refused_by(activation.require_inactive, account)
    return refused is not None and refused.reason is Reason.ALREADY_ACTIVE


@dataclass(frozen=True, slots=True)
class UnderWay(ToActivate):
    """An activation that can go on, and the account that it is of."""

    is_phone_proved: bool
    """Whether step 2 was passed."""
    started_at: datetime


def under_way(openid: str | None) -> UnderWay | None:
    """The activation that a WeChat user began last, as long as it can go on."""
    if openid is None:
        return None
    row = table.under_way(openid, clock.milliseconds(clock.now()))
    if row is None:
        return None
    return UnderWay(row.phone, row.step >= table.PHONE_PROVED, row.created_at)
