"""Real-name levels: raise an account from level 3 (三级实名) to level 4 (四级实名)."""

from typing import Any

from miniprogram_api import audit, clock
from miniprogram_api.accounts import accounts
from miniprogram_api.accounts.accounts import VerifiedBy
from miniprogram_api.effectiveness import VERIFIED_LEVEL
from miniprogram_api.matter_lines import holders
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import Account
from models.accounts.verifications import end_waiting


def require_unverified(account: Account) -> None:
    """Raise Refused ALREADY_VERIFIED when the account has level 4."""
    if account.level >= VERIFIED_LEVEL:
        raise Refused(Reason.ALREADY_VERIFIED)


def raise_to_verified(
    account_id: int, verified_by: VerifiedBy, *, actor: str, **details: Any
) -> None:
    """Raise the account to level 4 within the transaction of its cause; ``details`` are audited.

    A delayed check that still waits ends: it must not raise the level again after a review took it
    away. Raises Refused as ``accounts.get_for_change``, and ALREADY_VERIFIED.
    """
    require_unverified(accounts.locked_for_change(account_id))
    Account.update(level=VERIFIED_LEVEL, verified_by=verified_by, verified_at=clock.now()).where(
        Account.id == account_id
    ).execute()
    end_waiting(account_id, "verified", clock.now())
    audit.write(
        "api:account:verified", actor=actor, account_id=account_id, by=verified_by, **details
    )
    holders.account_changed(account_id)
