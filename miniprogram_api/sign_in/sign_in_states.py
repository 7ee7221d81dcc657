"""Whether what was refused at a sign-in would be refused still; nothing is consumed by asking."""

from miniprogram_api.access.refusals import Note
from miniprogram_api.accounts import accounts
from miniprogram_api.reasons import Reason, refused_by
from models.accounts.accounts import CANCELLED, Account


def holds(note: Note) -> bool:
    """Whether the account that was named is as it was when its sign-in was refused.

    An account that was activated, or got another password, is not: a new password opens all locks.
    Nor is a cancelled one whose identity has an account again.
    True also where nobody knows which account it was.
    """
    if note.account_id is None:
        return True
    account = Account.get_or_none(Account.id == note.account_id)
    if note.reason is Reason.ACCOUNT_CANCELLED:
        # Its holder may have registered again, at a window or with another WeChat user.
        return account is not None and not accounts.find_holders(account.id_number)
    if account is None or account.status == CANCELLED:
        return False
    if note.reason is Reason.ACTIVATION_REQUIRED:
        return refused_by(accounts.require_activated, account) is not None
    changed = account.password_changed_at
    return changed is None or changed <= note.at
