"""Checks that a WeChat user passed for a browser, and the day after which a delayed one counts.

A check in a WeChat without the account's own number may be that of a person who was led there by a
stranger: the account has that person's name and the stranger's phone. So it counts after ``DELAY``,
is told to every phone that the person is known by, and ends at a dispute.
"""

from datetime import datetime, timedelta
from typing import cast

from miniprogram_api import audit, clock, outbox
from miniprogram_api.accounts import accounts, disputes, levels
from miniprogram_api.accounts.accounts import VerifiedBy
from miniprogram_api.accounts.levels import Purpose
from miniprogram_api.authorisation_effect import VERIFIED_LEVEL, is_closed
from miniprogram_api.messaging import notices
from miniprogram_api.retention import Kept
from models.accounts.accounts import ACTIVE, Account
from models.accounts.verifications import COUNTED, WAITING, HandedCheck
from models.outbox import Notice
from models.storage.database import transaction
from models.storage.removal import remove_before

DELAY = timedelta(hours=24)
JOB = "level.apply"


def count(
    account: Account, challenge_id: str, openid: str, way: VerifiedBy, purpose: Purpose
) -> HandedCheck:
    """Store a passed check and what it proves, within the transaction of its cause."""
    check = _insert(account.id, challenge_id, openid, way, purpose, clock.now())
    _take_effect(check)
    return check


def delay(
    account: Account, challenge_id: str, openid: str, way: VerifiedBy, purpose: Purpose
) -> HandedCheck:
    """Store a passed check that counts after ``DELAY``, within the transaction of its cause.

    Tells the phone on record and the earlier ones at once.
    """
    check = _insert(account.id, challenge_id, openid, way, purpose, clock.now() + DELAY)
    outbox.add(JOB, {"check_id": check.id}, run_at=check.due_at)
    audit.write(
        "api:level:delayed",
        actor=audit.by_account(account.id),
        account_id=account.id,
        by=way,
        challenge=challenge_id,
        via=audit.by_wechat(openid),
    )
    for phone in _phones_of_person(account):
        notices.add(account.id, notices.LEVEL_DELAYED, phone)
    return check


def apply(check_id: str) -> None:
    """Let a waiting check that is due take effect, unless the account's state forbids it now.

    May run again at any time: the check counts once.
    """
    with transaction():
        account_id = (
            HandedCheck.select(HandedCheck.account).where(HandedCheck.id == check_id).scalar()
        )
        account = None if account_id is None else Account.locked(account_id)
        # Read after the lock, under which a dispute ends it.
        check = HandedCheck.get_or_none(
            (HandedCheck.id == check_id) & (HandedCheck.state == WAITING)
        )
        if account is None or check is None:
            return
        if check.due_at > clock.now():
            outbox.add(JOB, {"check_id": check_id}, run_at=check.due_at)
            return
        obstacle = _obstacle(account)
        if obstacle is not None:
            accounts.withhold_checks(account.id, obstacle)
            return
        _take_effect(check)


def dispute(account_id: int) -> None:
    """End the waiting checks of an account, within the transaction of a dispute."""
    account = Account.locked(account_id)
    if account is not None and accounts.withhold_checks(account.id, "disputed"):
        notices.status_changed(account.id, account.phone)


def dispute_identity(id_number: str) -> None:
    """End the waiting checks of the account of a canonical ID number; see ``dispute``."""
    account_id = (
        Account.select(Account.id).where(Account.identity_index.matches(id_number)).scalar()
    )
    if account_id is not None:
        dispute(account_id)


def remove_old() -> int:
    """Delete expired checks; return how many."""
    return remove_before(HandedCheck.passed_at, Kept.HANDED_CHECKS.cutoff())


def _insert(
    account_id: int,
    challenge_id: str,
    openid: str,
    way: VerifiedBy,
    purpose: Purpose,
    due_at: datetime,
) -> HandedCheck:
    check: HandedCheck = HandedCheck.create(
        id=challenge_id,
        account=account_id,
        openid=openid,
        way=way,
        purpose=purpose,
        passed_at=clock.now(),
        due_at=due_at,
        state=WAITING,
    )
    return check


def _take_effect(check: HandedCheck) -> None:
    check.state, check.ended_at = COUNTED, clock.now()
    check.save(only=[HandedCheck.state, HandedCheck.ended_at])
    levels.prove(
        check.account_id,
        cast(VerifiedBy, check.way),
        actor=audit.by_account(check.account_id),
        challenge=check.id,
        via=audit.by_wechat(check.openid),
        delayed=check.due_at > check.passed_at,
    )


def _obstacle(account: Account) -> str | None:
    """Return why a check that is due does not count for the account as it is now."""
    if account.status != ACTIVE:
        return "status"
    if disputes.is_open(account.id_number):
        return "disputed"
    return "verified" if account.level >= VERIFIED_LEVEL and not is_closed(account) else None


def _phones_of_person(account: Account) -> list[str]:
    """Return the phone on record and the earlier phones of the ID number, as far as still kept.

    These are of the cancelled accounts of this number, and those that another phone replaced.
    """
    number = account.id_number
    of_person = Account.identity_index.matches(number) | Account.former_identity_index.matches(
        number
    )
    accounts_of_number = list(
        Account.select(Account.id, Account.phone).where(of_person).order_by(Account.id)
    )
    replaced = Notice.select(Notice.phone).where(
        Notice.account.in_([row.id for row in accounts_of_number])
        & (Notice.kind == notices.PHONE_CHANGED)
    )
    phones = [
        account.phone,
        *(row.phone for row in accounts_of_number),
        *(row.phone for row in replaced),
    ]
    return list(dict.fromkeys(phone for phone in phones if phone))
