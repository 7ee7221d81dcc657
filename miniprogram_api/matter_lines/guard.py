"""Judge whether lines count: the guard of an acceptance, and why a line is not confirmed yet."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from config import Settings
from miniprogram_api import clock
from miniprogram_api.authorisation_effect import VERIFIED_LEVEL
from miniprogram_api.identity.documents import id_numbers
from miniprogram_api.identity.documents.dates import ADULT_AGE
from miniprogram_api.matter_lines import integrity
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.registrars.verdicts import of_account
from models.accounts import accounts as states
from models.accounts.accounts import Account
from models.matters import matters as table
from models.matters.matters import Line, Matter
from models.storage.fields import keys

OK = "ok"
ONLINE_DOCUMENTS = frozenset({"id_card", "residence_permit"})
"""Documents that a source of ours knows; others are verified at a window."""
NOTARISED = "notarised"

Accounts = Mapping[str, Account]
"""Canonical document number → account."""


def accounts_of(lines: Iterable[Line]) -> dict[str, Account]:
    """Return the present accounts of these persons, by document number."""
    context = Account.identity_index.context
    numbers = {line.document_number for line in lines}
    digests = [value for number in numbers for value in keys().digests(number, context)]
    holders = Account.select().where(Account.identity_index.in_(digests)) if digests else ()
    return {account.id_number: account for account in holders}


def require_ready(settings: Settings, matter: Matter, lines: Sequence[Line]) -> Accounts:
    """Raise Refused MATTER_NOT_READY (``lines``, ``count`` of persons) unless all lines count.

    A confirmed line without its evidence never does. Persons and matter must be locked. Returns the
    accounts of the persons.
    """
    known, now = accounts_of(lines), clock.now()
    unproved = {line.id for line in integrity.unproved(settings, matter, lines)}

    def judge(line: Line) -> str:
        if line.id in unproved:
            return integrity.EVIDENCE_MISSING
        return obstacle(settings, line, known.get(line.document_number), now)

    open_lines = [(line, reason) for line in lines if (reason := judge(line)) != OK]
    if open_lines:
        raise Refused(
            Reason.MATTER_NOT_READY,
            count=len({line.document_number for line, _ in open_lines}),
            lines=[{"line_id": line.public_id, "reason": reason} for line, reason in open_lines],
        )
    return known


def obstacle(settings: Settings, line: Line, account: Account | None, now: datetime) -> str:
    """Return ``ok``, or why a line does not count at this moment.

    A refusal outweighs everything; MATTER_GUARD says whether the switch counts.
    """
    if line.state == table.REFUSED:
        return str(line.reason)
    by_switch = of_account(account, line.name).reason
    if settings.matter_guard == "switch":
        return by_switch
    reason = _of_confirmation(settings, line, account, now)
    return OK if settings.matter_guard == "either" and by_switch == OK else reason


def reason_of(settings: Settings, line: Line, account: Account | None) -> str:
    """Return the ``reason`` that is shown of a line in any state.

    A pending one: as persons/query, or ``unactivated window_only minor held``; ``ok`` when nothing
    keeps the person from confirming.
    """
    if line.state in (table.REFUSED, table.LOST):
        return str(line.reason)
    if line.state == table.CONFIRMED:
        return OK
    if line.reason:
        # It was confirmed in a sitting whose verification is held.
        return str(line.reason)
    if needs_guardian(settings, line):
        return "minor"
    if account is None:
        return "not_found" if line.document_type in ONLINE_DOCUMENTS else "window_only"
    if account.name == line.name and account.status == states.UNACTIVATED:
        return "unactivated"
    reason = of_account(account, line.name).reason
    # Without the switch as a way it says nothing about this matter.
    is_of_switch = reason in ("off", "ended") and settings.matter_guard == "matter"
    return OK if is_of_switch else reason


def require_counting(account_id: int, way: str) -> None:
    """Raise Refused unless an account, locked, may confirm this way.

    UNAUTHENTICATED when cancelled, ACCOUNT_FROZEN, LEVEL_TOO_LOW (``cause`` matter or
    card_expired).
    """
    account = Account.get_or_none(Account.id == account_id)
    if account is None or account.status == states.CANCELLED:
        raise Refused(Reason.UNAUTHENTICATED)
    reason = account_obstacle(account, way)
    if reason == "frozen":
        raise Refused(Reason.ACCOUNT_FROZEN)
    if reason == "level_too_low":
        raise Refused(Reason.LEVEL_TOO_LOW, cause="matter")
    if reason == "card_expired":
        # It would be lost at the next look.
        raise Refused(Reason.LEVEL_TOO_LOW, cause=reason)


def account_obstacle(account: Account, way: str | None) -> str:
    """Return ``ok``, or why confirmations of this account's holder do not count today."""
    if account.status in (states.FROZEN, states.CANCELLED):
        return str(account.status)
    if way == NOTARISED:
        return OK
    if account.status != states.ACTIVE or account.level < VERIFIED_LEVEL:
        return "level_too_low"
    today = clock.today()
    if not account.long_term and (account.valid_until is None or account.valid_until < today):
        return "card_expired"
    return OK


def _of_confirmation(settings: Settings, line: Line, account: Account | None, now: datetime) -> str:
    if line.state != table.CONFIRMED:
        reason = reason_of(settings, line, account)
        return "pending" if reason == OK else reason
    oldest = now - timedelta(days=settings.matter_confirmed_days)
    if line.confirmed_at is None or line.confirmed_at < oldest:
        return "outdated"
    if line.account_id is None:
        # At a window without an account; only a freeze of a later one counts.
        is_frozen = account is not None and account.status == states.FROZEN
        return states.FROZEN if is_frozen else OK
    if account is None or account.id != line.account_id:
        return states.CANCELLED
    return account_obstacle(account, line.confirmed_by)


def needs_guardian(settings: Settings, line: Line) -> bool:
    """Return whether a line in any state is confirmed with a guardian at a window alone."""
    return is_minor(line) and settings.matter_minors == "window"


def is_minor(line: Line) -> bool:
    """Return whether the holder of the document is under 18 today, as its number tells."""
    if line.document_type not in (*ONLINE_DOCUMENTS, "foreign_permanent_card"):
        return False
    today = clock.today()
    holder = id_numbers.check(line.document_number, today).value
    return holder is not None and holder.age_on(today) < ADULT_AGE
