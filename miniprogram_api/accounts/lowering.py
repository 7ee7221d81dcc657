"""Take away what a check of the person gave: level 4 and the switch."""

from typing import Literal

from miniprogram_api.accounts import accounts, switching
from miniprogram_api.authorisation_effect import VERIFIED_LEVEL
from miniprogram_api.matter_lines import holders
from miniprogram_api.messaging import notices
from models.accounts.accounts import Account

LoweredBy = Literal["revoked", "status"]
"""What takes it away: a second person revoked the verification, or the account was cancelled."""
_NOTICES: dict[LoweredBy, str] = {
    "revoked": notices.VERIFICATION_REVOKED,
    "status": notices.STATUS_CHANGED,
}


def lower(account: Account, cause: LoweredBy, *, actor: str) -> None:
    """Take away what a check of the person gave: level 4, the switch and delayed checks.

    Within the transaction of the cause, after its own changes; the account is locked. A cancelled
    account keeps its level, which has no effect any more. The phone on record is notified.
    """
    if cause == "revoked":
        Account.update(level=VERIFIED_LEVEL - 1, verified_by=None, verified_at=None).where(
            Account.id == account.id
        ).execute()
    switching.turn_off(account, actor=actor)
    # A check of before must not undo it.
    accounts.withhold_checks(account.id, cause)
    holders.account_changed(account.id)
    if account.phone:
        notices.add(account.id, _NOTICES[cause], account.phone)
