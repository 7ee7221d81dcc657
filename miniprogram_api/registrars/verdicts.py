"""The state of a person for a registration system: verified and authorised, or why not."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from miniprogram_api import clock
from miniprogram_api.authorisation_effect import VERIFIED_LEVEL, judge
from models.accounts.accounts import ACTIVE, Account


@dataclass(frozen=True, slots=True)
class Standing:
    """The present state of a person."""

    verified: bool
    verified_by: str | None
    level: int | None
    authorized_until: date | None
    reason: str
    """``ok``, or the first obstacle: ``not_found`` (no account with this number and name),
    ``level_too_low``, ``card_expired``, ``off``, ``ended``, ``frozen``, ``cancelled``.
    """

    @property
    def ready(self) -> bool:
        """Return whether the person is verified and authorised."""
        return self.reason == "ok"

    def as_json(self) -> dict[str, Any]:
        """Return JSON values, without personal data."""
        until = self.authorized_until
        return {
            "verified": self.verified,
            "verified_by": self.verified_by,
            "level": self.level,
            "authorized_until": None if until is None else until.isoformat(),
            "reason": self.reason,
        }


UNKNOWN = Standing(False, None, None, None, "not_found")


def of_account(account: Account | None, name: str) -> Standing:
    """Return the state of an account's holder for a system that uses this name.

    Does not reveal whether the number or the name differs.
    """
    if account is None or account.name != name:
        return UNKNOWN
    state = judge(account, clock.today())
    verified = account.status == ACTIVE and account.level >= VERIFIED_LEVEL
    return Standing(
        verified and state.reason != "card_expired",
        account.verified_by if verified else None,
        account.level,
        state.until if state.effective else None,
        state.reason,
    )
