"""Judge whether an authorisation to register a business is effective, at the moment of its use."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, cast

from models.accounts import accounts
from models.accounts.account_reads import Overview
from models.accounts.accounts import Account

VERIFIED_LEVEL = 4

EffectReason = Literal["ok", "off", "ended", "level_too_low", "card_expired", "frozen", "cancelled"]
"""The contract's names for why an authorisation is effective or not."""

ClosedBy = Literal["reset"]


@dataclass(frozen=True, slots=True)
class AuthorisationState:
    """The setting, whether it is effective today, and the reason."""

    enabled: bool
    until: date | None
    effective: bool
    reason: EffectReason
    cause: ClosedBy | None = None
    """reset: a password reset or a change of the phone switched it off; a face check, CTID or a
    window must prove the person before it is switched on again."""


def judge(account: Account | Overview, today: date) -> AuthorisationState:
    """Return the state of an account's authorisation; its last day and the card's are included."""
    reason = _reason(account, today)
    return AuthorisationState(
        enabled=account.authorization_enabled,
        until=account.authorization_until,
        effective=reason == "ok",
        reason=reason,
        # Below level 4 the check that raises the level proves the person, too.
        cause="reset" if is_closed(account) and account.level >= VERIFIED_LEVEL else None,
    )


def is_closed(account: Account | Overview) -> bool:
    """Return whether a reset keeps the switch off until the person is checked again."""
    return account.authorization_closed_at is not None


def _reason(account: Account | Overview, today: date) -> EffectReason:
    if account.status in (accounts.CANCELLED, accounts.FROZEN):
        return cast(EffectReason, account.status)
    if account.level < VERIFIED_LEVEL or account.status != accounts.ACTIVE:
        return "level_too_low"
    if not account.long_term and (account.valid_until is None or account.valid_until < today):
        return "card_expired"
    if not account.authorization_enabled:
        return "off"
    if account.authorization_until is None or account.authorization_until < today:
        return "ended"
    return "ok"
