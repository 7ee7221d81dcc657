"""How many accounts a phone may serve (setting ACCOUNTS_PER_PHONE)."""

from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import CANCELLED, Account
from models.storage.database import lock


def require_capacity(phone: str, most: int, *, but: int | None = None) -> None:
    """Enforce the maximum number of accounts on a canonical phone, without cancelled ones.

    Serialises transactions for the same phone: call it in the one that writes the phone. ``but`` is
    the account that changes its phone.
    """
    lock(f"phone:{phone}")
    query = Account.select(Account.id).where(
        Account.phone_index.matches(phone) & (Account.status != CANCELLED)
    )
    if but is not None:
        query = query.where(Account.id != but)
    if query.limit(most).count() >= most:
        raise Refused(Reason.PHONE_ACCOUNT_LIMIT)
