"""Re-evaluate a refused sign-in without consuming anything."""

from miniprogram_api.access.refusals import Note
from miniprogram_api.accounts import accounts
from miniprogram_api.reasons import Reason, refused_by
from models.accounts.accounts import CANCELLED, Account


def holds(note: Note) -> bool:
    """Return whether the refused sign-in would be refused again; True for an unknown account.

    A new password removes all locks; an activation, or a new account of a cancelled identity, also
    ends the reason.
    """
    if note.account_id is None:
        return True
    account = Account.get_or_none(Account.id == note.account_id)
    if note.reason is Reason.ACCOUNT_CANCELLED:
        # The person may have registered again, at an office or with another WeChat user.
        return account is not None and not accounts.find_holders(account.id_number)
    if account is None or account.status == CANCELLED:
        return False
    if note.reason is Reason.ACTIVATION_REQUIRED:
        return refused_by(accounts.require_activated, account) is not None
    changed = account.password_changed_at
    return changed is None or changed <= note.at
