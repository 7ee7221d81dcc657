"""What a registration system learns of a person: whether he may hand in, and what keeps him."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from miniprogram_api import clock
from miniprogram_api.effectiveness import VERIFIED_LEVEL, judge
from models.accounts.accounts import ACTIVE, Account


@dataclass(frozen=True, slots=True)
class Standing:
    """How a person stands at this moment."""

    verified: bool
    verified_by: str | None
    level: int | None
    authorized_until: date | None
    reason: str
    """``ok``, or the first thing that keeps the person from handing in: ``not_found`` (nobody with
    this number and name), ``level_too_low``, ``card_expired``, ``off``, ``ended``, ``frozen``,
    ``cancelled``.
    """

    @property
    def ready(self) -> bool:
        """Whether the person is verified and authorised, so that a system may go on."""
        return self.reason == "ok"

    def as_json(self) -> dict[str, Any]:
        """The same as JSON values; nothing in it is personal."""
        until = self.authorized_until
        return {
            "verified": self.verified,
            "verified_by": self.verified_by,
            "level": self.level,
            "authorized_until": None if until is None else until.isoformat(),
            "reason": self.reason,
        }


NOBODY = Standing(False, None, None, None, "not_found")


def of_account(account: Account | None, name: str) -> Standing:
    """How the holder of an account stands for a system that knows him by this name.

    Whether the number or the name is another's is not told.
    """
    if account is None or account.name != name:
        return NOBODY
    state = judge(account, clock.today())
    verified = account.status == ACTIVE and account.level >= VERIFIED_LEVEL
    return Standing(
        verified and state.reason != "card_expired",
        account.verified_by if verified else None,
        account.level,
        state.until if state.effective else None,
        state.reason,
    )
