"""Account support on the command line; every look-up is audited."""

from dataclasses import dataclass
from datetime import datetime

from miniprogram_api import audit, clock
from miniprogram_api.access import password_attempts, sessions
from miniprogram_api.accounts import accounts
from miniprogram_api.accounts.accounts import AccountSummary
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from models.accounts.accounts import Account
from models.storage.database import transaction

# An account's id is shorter than any phone or ID number.
_LONGEST_ID = 10


@dataclass(frozen=True)
class SupportView:
    """An account for an operator: masked, with the data that explains a failed sign-in."""

    account_id: int
    summary: AccountSummary
    source: str
    created_at: datetime
    activated_at: datetime | None
    cancelled_at: datetime | None
    password_changed_at: datetime | None
    needs_code_for: int
    """Seconds for which a sign-in needs an SMS code because of wrong passwords; 0: not locked."""
    open_sessions: int


def find(typed: str) -> list[Account]:
    """Return the accounts with this id, ID number, phone or user name.

    A cancelled account is found by its id, or by ID number or phone when no other account has them.
    """
    text = typed.strip()
    if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID:
        account = Account.get_or_none(Account.id == int(text))
        return [] if account is None else [account]
    login = accounts.read_login(text)
    if login is None:
        return []
    holders = accounts.find_by_login(login)
    if holders:
        return holders
    cancelled = accounts.find_cancelled(login)
    return [] if cancelled is None else [cancelled]


def show(services: Services, typed: str, *, actor: str) -> list[SupportView]:
    """Return the accounts that ``find`` finds, masked. Raises Refused NOT_FOUND."""
    accounts_found = find(typed)
    if not accounts_found:
        raise Refused(Reason.NOT_FOUND)
    with transaction():
        for account in accounts_found:
            audit.write("command:account:shown", actor=actor, account_id=account.id)
    return [_view(services, account) for account in accounts_found]


def unlock(services: Services, typed: str, *, actor: str) -> SupportView:
    """Forget the wrong passwords of one account. Raises Refused: NOT_FOUND, LOGIN_AMBIGUOUS."""
    account = find_one(typed)
    password_attempts.unlock(services, account.id)
    with transaction():
        audit.write("command:account:unlocked", actor=actor, account_id=account.id)
    return _view(services, account)


def find_one(typed: str) -> Account:
    """Return the only account that ``find`` finds. Raises Refused: NOT_FOUND, LOGIN_AMBIGUOUS."""
    accounts_found = find(typed)
    if not accounts_found:
        raise Refused(Reason.NOT_FOUND)
    if len(accounts_found) > 1:
        raise Refused(Reason.LOGIN_AMBIGUOUS)
    return accounts_found[0]


def _view(services: Services, account: Account) -> SupportView:
    return SupportView(
        account_id=account.id,
        summary=accounts.summary(account, clock.now()),
        source=account.source,
        created_at=account.created_at,
        activated_at=account.activated_at,
        cancelled_at=account.cancelled_at,
        password_changed_at=account.password_changed_at,
        needs_code_for=password_attempts.lock_seconds(services, account.id),
        open_sessions=sessions.count_of_account(account.id),
    )
