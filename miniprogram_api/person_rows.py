"""What an account is shown of its person: the one rule for rows that are found by an ID number.

Level 3 means that the four elements were typed and a phone is owned, which a person with a copy of
another's card has as well. Rows that carry the account's id are its own at any level; rows that are
found by the ID number alone are the person's, who is proved from level 4 on. A frozen account may
be another person's until its dispute is decided.
"""

from typing import Any

from miniprogram_api.authorisation_effect import VERIFIED_LEVEL, is_closed
from miniprogram_api.reasons import Reason, Refused
from models.accounts import accounts
from models.accounts.account_reads import Overview
from models.accounts.accounts import Account


def is_person(account: Account | Overview) -> bool:
    """Return whether the account is shown rows that are found by the ID number alone."""
    return account.status == accounts.ACTIVE and account.level >= VERIFIED_LEVEL


def is_shown(account: Account, owner_id: int | None) -> bool:
    """Return whether the account is shown a row of its person; `owner_id`: the row's account."""
    return owner_id == account.id or _is_proved(account)


def shown(account: Account, own: Any, of_person: Any) -> Any:
    """Build the condition of the rows that the account is shown.

    `own` matches those that carry its id, `of_person` those of the ID number.
    """
    return own | of_person if _is_proved(account) else own


def _is_proved(account: Account) -> bool:
    """Return whether the holder is the person: a reset since then proves the phone alone."""
    return is_person(account) and not is_closed(account)


def require_person(account: Account | Overview) -> None:
    """Raise Refused ACCOUNT_FROZEN, or LEVEL_TOO_LOW (``cause`` matter) below level 4."""
    if account.status == accounts.FROZEN:
        raise Refused(Reason.ACCOUNT_FROZEN)
    if not is_person(account):
        raise Refused(Reason.LEVEL_TOO_LOW, cause="matter")
