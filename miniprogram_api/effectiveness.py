"""Whether an authorisation to register a business counts at this moment: judged when it is used."""

from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol, cast

from models.accounts import accounts as states

VERIFIED_LEVEL = 4

EffectReason = Literal["ok", "off", "ended", "level_too_low", "card_expired", "frozen", "cancelled"]
"""Whether an authorisation counts, and why not, by the contract's names."""


class Authorised(Protocol):
    """What of an account decides; the row of the table has it."""

    @property
    def status(self) -> str: ...
    @property
    def level(self) -> int: ...
    @property
    def valid_until(self) -> date | None: ...
    @property
    def long_term(self) -> bool: ...
    @property
    def authorization_enabled(self) -> bool: ...
    @property
    def authorization_until(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class AuthorisationState:
    """What was set, whether it counts today, and why (not)."""

    enabled: bool
    until: date | None
    effective: bool
    reason: EffectReason


def judge(account: Authorised, today: date) -> AuthorisationState:
    """The state of an account's authorisation; its last day and the card's count in full."""
    reason = _reason(account, today)
    return AuthorisationState(
        enabled=account.authorization_enabled,
        until=account.authorization_until,
        effective=reason == "ok",
        reason=reason,
    )


def _reason(account: Authorised, today: date) -> EffectReason:
    if account.status in (states.CANCELLED, states.FROZEN):
        return cast(EffectReason, account.status)
    if account.level < VERIFIED_LEVEL or account.status != states.ACTIVE:
        return "level_too_low"
    if not account.long_term and (account.valid_until is None or account.valid_until < today):
        return "card_expired"
    if not account.authorization_enabled:
        return "off"
    if account.authorization_until is None or account.authorization_until < today:
        return "ended"
    return "ok"
