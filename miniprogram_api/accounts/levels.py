"""Real-name levels: raise an account from level 3 (三级实名) to level 4 (四级实名).

A check of the account's holder at level 4 opens the switch 是否办理 that a reset closed.
"""

from typing import Any, Literal

from miniprogram_api import audit, clock
from miniprogram_api.accounts import accounts, switching
from miniprogram_api.accounts.accounts import VerifiedBy
from miniprogram_api.authorisation_effect import VERIFIED_LEVEL, is_closed
from miniprogram_api.matter_lines import holders
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import Account

Purpose = Literal["verify", "authorization"]
"""What a check of the account's holder is for: ``authorization`` opens the switch at level 4."""


def require_checkable(account: Account, purpose: Purpose) -> None:
    """Raise Refused ALREADY_VERIFIED when a check for this purpose would change nothing."""
    if purpose == "authorization" and is_closed(account):
        return
    require_unverified(account)


def require_unverified(account: Account) -> None:
    """Raise Refused ALREADY_VERIFIED when the account has level 4."""
    if account.level >= VERIFIED_LEVEL:
        raise Refused(Reason.ALREADY_VERIFIED)


def raise_to_verified(
    account_id: int, verified_by: VerifiedBy, *, actor: str, **details: Any
) -> None:
    """Raise the account to level 4 within the transaction of its cause; ``details`` are audited.

    A delayed check that still waits ends: it must not raise the level again after a review took it
    away.
    """
    require_unverified(accounts.locked_for_change(account_id))
    Account.update(
        level=VERIFIED_LEVEL,
        verified_by=verified_by,
        verified_at=clock.now(),
        authorization_closed_at=None,
    ).where(Account.id == account_id).execute()
    accounts.withhold_checks(account_id, "verified")
    audit.write(
        "api:account:verified", actor=actor, account_id=account_id, by=verified_by, **details
    )
    holders.account_changed(account_id)


def prove(account_id: int, verified_by: VerifiedBy, *, actor: str, **details: Any) -> None:
    """Store what a passed check of the holder changes: the level, or at level 4 the closed switch.

    Within the transaction of its cause.
    """
    account = accounts.locked_for_change(account_id)
    if account.level >= VERIFIED_LEVEL and is_closed(account):
        switching.reopen(account, actor=actor, by=verified_by, **details)
        return
    raise_to_verified(account_id, verified_by, actor=actor, **details)
