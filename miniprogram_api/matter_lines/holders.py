"""Changes of an account: tell registration systems, and lose lines that count no more.

Call one of these at the end of every transaction that changes an account's status, level, dates or
switch; the account's row is locked by then.
"""

import json
from collections.abc import Sequence
from datetime import timedelta

from config import Settings
from miniprogram_api import clock
from miniprogram_api.matter_lines import changes, finding, guard
from miniprogram_api.registrars import watches as registrar_watches
from models.accounts.accounts import Account
from models.matters import matters as table
from models.matters.matters import Line, Matter
from models.matters.pictures import decisions_by_consent
from models.storage.database import transaction

_OF_OPEN = Matter.state.in_(table.OPEN) & (Line.state == table.CONFIRMED) & finding.PRESENT
"""The condition that a line of an open matter is confirmed."""


def account_changed(account_id: int) -> None:
    """Queue events about the holder, and lose confirmed lines that count no more."""
    registrar_watches.account_changed(account_id)
    _lose(account_id)


def disputed(account_id: int) -> None:
    """Queue the dispute's events, and lose the lines that the frozen account confirmed."""
    registrar_watches.disputed(account_id)
    _lose(account_id)


def consent_withdrawn(account: Account) -> None:
    """Lose the lines that the account confirmed with pictures, which are no longer agreed to."""
    registrar_watches.lock_persons([account.id_number])
    resting = {
        (line["line_id"], decision.at)
        for decision in decisions_by_consent(account.id)
        for line in json.loads(decision.lines)
    }
    confirmed = Line.select().join(Matter).where((Line.account == account.id) & _OF_OPEN)
    changes.lose_lines(
        [line for line in confirmed if (line.public_id, line.confirmed_at) in resting],
        "consent_withdrawn",
    )


def open_matters(account: Account) -> int:
    """Return in how many open matters the holder has lines."""
    return len({line.matter_id for line in finding.of_account(account, open_only=True)})


def lose_expired_cards() -> int:
    """Lose confirmed lines whose cards expired since; return how many accounts were checked."""
    today = clock.today()
    due = (
        Account.select(Account.id)
        .join(Line)
        .join(Matter)
        .where(_OF_OPEN & ~Account.long_term & (Account.valid_until < today))
        .distinct()
    )
    account_ids = [account.id for account in due]
    for account_id in account_ids:
        with transaction():
            Account.locked(account_id)
            account_changed(account_id)
    return len(account_ids)


def lose_outdated(settings: Settings, within: timedelta | None = None) -> int:
    """Lose lines that were confirmed longer than MATTER_CONFIRMED_DAYS ago; return how many.

    With ``within`` only those that became too old so recently, for which few lines are read.
    """
    oldest = clock.now() - timedelta(days=settings.matter_confirmed_days)
    too_old = Line.select().join(Matter).where(_OF_OPEN & (Line.confirmed_at < oldest))
    if within is not None:
        too_old = too_old.where(Line.confirmed_at >= oldest - within)
    lost = 0
    for matter_id in sorted({line.matter_id for line in too_old}):
        with transaction():
            of_matter = too_old.where(Line.matter == matter_id)
            registrar_watches.lock_persons(sorted({line.document_number for line in of_matter}))
            # Read again: one of them may have been confirmed anew before the lock.
            lost += len(changes.lose_lines(list(of_matter.clone()), "outdated"))
    return lost


def _lose(account_id: int) -> None:
    """Lose what the account confirmed; the person is locked."""
    of_account = (Line.account == account_id) & _OF_OPEN
    confirmed: Sequence[Line] = list(Line.select().join(Matter).where(of_account))
    if not confirmed:
        return
    account = Account.get_by_id(account_id)
    by_reason: dict[str, list[Line]] = {}
    for line in confirmed:
        reason = guard.account_obstacle(account, line.confirmed_by)
        if reason != guard.OK:
            by_reason.setdefault(reason, []).append(line)
    for reason, lines in by_reason.items():
        changes.lose_lines(lines, reason)  # type: ignore[arg-type]
