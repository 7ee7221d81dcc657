"""Whether an account gets the unfinished ticket about its person instead of a new one."""

from miniprogram_api import person_rows
from miniprogram_api.accounts import disputes
from models.accounts.accounts import Account
from models.desks.tickets import Ticket


def is_handed(row: Ticket | None, account: Account) -> bool:
    """Return whether the account gets this ticket, found by its ID number; True without one.

    One of another account, or filed at a desk, from level 4 on; a dispute never, since it may be
    this account that is disputed.
    """
    if row is None or row.account_id == account.id:
        return True
    return row.kind != disputes.KIND and person_rows.is_shown(account, row.account_id)
