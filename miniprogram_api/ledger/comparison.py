"""Comparison of the other tables with the ledger: what they hold without the act that gives it.

Lines are checked by ``integrity``. Where a user may do the same without a desk, the audit log
counts as the act. docs/tampering.md lists what is not found.
"""

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

import structlog
from peewee import Expression, chunked, fn

from miniprogram_api import clock
from miniprogram_api.identity.documents.terms import LONG_TERM
from miniprogram_api.ledger import evidence_comparison
from miniprogram_api.ledger import lines as ledger
from models import second_person
from models.accounts.accounts import CANCELLED, FROZEN, Account, IdentityDatesChange
from models.accounts.sms_codes import PhoneProofToken
from models.desks import ledger as table
from models.desks.audit import AuditEntry
from models.desks.clearances import IdentityClearance
from models.desks.ledger import LedgerComparison, LedgerLine
from models.desks.tickets import Ticket
from models.second_person import SecondPersonRequest
from models.storage.database import expect_long_statements, transaction

MOST_STORED = 200
KEPT = 400  # comparisons, one a night
_BATCH = 500

GIVES_LEVEL = ("manual_verification", "person_registered", "person_activated")
_OF_ACT = {
    "correct_phone": "phone_corrected",
    "clear_identity": "identity_cleared",
    "cancel_account": "account_cancelled",
    "unfreeze": "account_unfrozen",
}
_OF_DECISION = {
    second_person.DENIED: "approval_refused",
    second_person.WITHDRAWN: "approval_withdrawn",
}
_OF_REVIEW = {
    (second_person.VERIFICATION, second_person.AGREED): "verification_confirmed",
    (second_person.VERIFICATION, second_person.DENIED): "verification_revoked",
    (second_person.HELD_VERIFICATION, second_person.AGREED): "verification_confirmed",
    (second_person.HELD_VERIFICATION, second_person.DENIED): "verification_refused",
}
_HELD = "verification_held"
_REQUESTS = SecondPersonRequest._meta.table_name

log = structlog.get_logger("ledger")


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that does not agree with the ledger."""

    what: str
    """A key of ``ledger.differences``."""
    table: str
    id: int
    line: int | None = None
    """The line that it contradicts."""

    @property
    def sentence(self) -> str:
        """Return an English sentence for the command line."""
        line = f" (line {self.line})" if self.line else ""
        return f"{self.table} {self.id}: {self.what.replace('_', ' ')}{line}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison as stored."""

    compared_at: datetime
    differences: tuple[Difference, ...]


def compare() -> list[Difference]:
    """Compare and store the result; a difference of an act in progress is not counted."""
    expect_long_statements()
    differences = _differences()
    if differences:
        again = set(_differences())
        differences = [difference for difference in differences if difference in again]
        log.error("tables and ledger differ", differences=len(differences))
    with transaction():
        LedgerComparison.insert(
            compared_at=clock.now(),
            differences=json.dumps([astuple(one) for one in differences[:MOST_STORED]]),
        ).execute()
        newest = LedgerComparison.select(fn.MAX(LedgerComparison.id)).scalar()
        LedgerComparison.delete().where(LedgerComparison.id <= newest - KEPT).execute()
    return differences


def compare_if_due() -> None:
    """Compare once a day."""
    before = last()
    if before is None or before.compared_at.date() < clock.today():
        compare()


def last() -> Comparison | None:
    """Return the last comparison."""
    row = LedgerComparison.select().order_by(LedgerComparison.id.desc()).first()
    if row is None:
        return None
    return Comparison(
        row.compared_at, tuple(Difference(*one) for one in json.loads(row.differences))
    )


def _differences() -> list[Difference]:
    checks: tuple[Callable[[], Iterable[Difference]], ...] = (
        _missing_rows,
        _levels,
        _identities,
        _freezes,
        _cancellations,
        _phones,
        _phone_proofs,
        _dates,
        _authorisations,
        _verifications,
        _approvals,
        _clearances,
        _tickets,
    )
    found = [difference for check in checks for difference in check()]
    return found + [Difference(*one) for one in evidence_comparison.differences()]


def _missing_rows() -> Iterable[Difference]:
    for model, column in ((Account, LedgerLine.account_id), (Ticket, LedgerLine.ticket_id)):
        query = LedgerLine.select(column, fn.MAX(LedgerLine.number)).where(column.is_null(False))
        unknown = query.where(column.not_in(model.select(model.id))).group_by(column)
        for number, line in _tuples(unknown):
            yield Difference("row_missing", model._meta.table_name, number, line)


def _levels() -> Iterable[Difference]:
    """Find level 4 by hand without a desk's act, and by a check without its audit line."""
    acts = _last_of_accounts(*GIVES_LEVEL, "verification_revoked")
    lines = AuditEntry.select(AuditEntry.account_id, AuditEntry.details)
    checks = _tuples(lines.where(AuditEntry.tag == "api:account:verified"))
    traced = {(account_id, json.loads(details).get("by")) for account_id, details in checks}
    verified = Account.select(Account.id, Account.verified_by).where(
        (Account.level >= 4) & (Account.status != CANCELLED)
    )
    for account_id, verified_by in _tuples(verified):
        if verified_by == "manual":
            line = acts.get(account_id)
            if line is None or line.action not in GIVES_LEVEL:
                number = None if line is None else line.number
                yield Difference("level_without_act", "account", account_id, number)
        elif (account_id, verified_by) not in traced:
            yield Difference("level_without_check", "account", account_id)


def _identities() -> Iterable[Difference]:
    """Find accounts that hold another identity than the one that a desk verified."""
    for account, entry, _ in _last_contents(*GIVES_LEVEL):
        if account.id_number != entry.id_number:
            yield Difference("identity_without_act", "account", account.id, entry.number)


def _freezes() -> Iterable[Difference]:
    acts = _last_of_accounts("account_frozen")
    frozen_at = _latest(acts, _audited("api:account:frozen"))
    unfrozen_at = _latest(_last_of_accounts("account_unfrozen"), {})
    is_frozen = set(_ids(Account, Account.status == FROZEN))
    is_cancelled = set(_ids(Account, Account.status == CANCELLED))
    should_be = {key for key, at in frozen_at.items() if at > unfrozen_at.get(key, 0)}
    for account_id in sorted(should_be - is_frozen - is_cancelled):
        line = acts.get(account_id)
        number = None if line is None else line.number
        yield Difference("unfrozen_without_act", "account", account_id, number)
    for account_id in sorted(is_frozen - should_be):
        yield Difference("frozen_without_act", "account", account_id)


def _cancellations() -> Iterable[Difference]:
    acts = _last_of_accounts("account_cancelled")
    audited = _audited("api:account:cancelled", "command:account:cancelled")
    is_cancelled = set(_ids(Account, Account.status == CANCELLED))
    for account_id in sorted(is_cancelled - acts.keys() - audited.keys()):
        yield Difference("cancelled_without_act", "account", account_id)
    for account_id in sorted((acts.keys() | audited.keys()) - is_cancelled):
        line = acts.get(account_id)
        number = None if line is None else line.number
        yield Difference("reopened_without_act", "account", account_id, number)


def _phones() -> Iterable[Difference]:
    """Compare the phone of a desk's last correction, unless the user changed it since."""
    changed = _audited("api:phone:changed")
    for account, entry, content in _last_contents("phone_corrected", "person_activated"):
        is_own = changed.get(account.id, 0) > _ms(entry.at)
        if account.phone != content.get("phone", account.phone) and not is_own:
            yield Difference("phone_without_act", "account", account.id, entry.number)


def _phone_proofs() -> Iterable[Difference]:
    """Find phones verified by hand without the act on the account, or on the number."""
    acts = _last_of_accounts("phone_corrected", *GIVES_LEVEL)
    people: dict[str | None, set[str | None]] = {}
    for entry in _entries(LedgerLine.action == "phone_verified"):
        phone = (entry.content.get("after") or {}).get("phone")
        people.setdefault(phone, set()).add(entry.id_number)
    by_hand = Account.select().where(
        (Account.phone_verified_by == "manual") & (Account.status != CANCELLED)
    )
    for account in by_hand:
        if account.id not in acts and account.phone not in people:
            yield Difference("phone_proof_without_act", "account", account.id)
    for proof in PhoneProofToken.select().where(PhoneProofToken.method == "manual"):
        proved = people.get(proof.phone)
        if proved is None or (proof.id_number is not None and proof.id_number not in proved):
            yield Difference("phone_proof_without_act", "phone_proof", proof.account_id or 0)


def _dates() -> Iterable[Difference]:
    """Compare the dates of a desk's last correction, unless they were changed since."""
    rows = IdentityDatesChange.select(
        IdentityDatesChange.account, fn.MAX(IdentityDatesChange.changed_at)
    ).group_by(IdentityDatesChange.account)
    changed = {account: _ms(at) for account, at in _tuples(rows)}
    for account, entry, content in _last_contents("dates_corrected", "person_activated"):
        until = LONG_TERM if account.valid_until is None else account.valid_until.isoformat()
        dates = {"valid_from": str(account.valid_from), "valid_until": until}
        is_same = {**dates, **content}.items() >= dates.items()
        if not is_same and changed.get(account.id, 0) <= _ms(entry.at):
            yield Difference("dates_without_act", "account", account.id, entry.number)


def _authorisations() -> Iterable[Difference]:
    """Find switches that are on without an act, or until another day than a desk recorded."""
    on, off = _audited("api:authorization:enabled"), _audited("api:authorization:disabled")
    for account_id in _ids(Account, Account.authorization_enabled):
        if on.get(account_id, 0) <= off.get(account_id, 0):
            yield Difference("authorization_without_act", "account", account_id)
    for account, entry, content in _last_contents(
        "authorization_enabled", "authorization_declined"
    ):
        until = account.authorization_until
        is_own = on.get(account.id, 0) > _ms(entry.at)
        is_same = content.get("authorization_enabled") and content.get("authorized_until") == (
            None if until is None else until.isoformat()
        )
        if account.authorization_enabled and not is_same and not is_own:
            yield Difference("authorization_without_act", "account", account.id, entry.number)


def _verifications() -> Iterable[Difference]:
    acts = _acts_on_tickets(*GIVES_LEVEL, _HELD, *_OF_REVIEW.values())
    rows = list(SecondPersonRequest.of_kinds(second_person.VERIFICATIONS))
    known = {row.ticket_id for row in rows}
    # A ticket that was opened again after a no has a further verification.
    settled = {(row.ticket_id, _OF_REVIEW.get((row.kind, row.state))) for row in rows}
    for row in rows:
        acted = acts.get(row.ticket_id, {}).keys()
        recorded = GIVES_LEVEL if row.kind == second_person.VERIFICATION else (_HELD,)
        if not {(action, f"staff:{row.asked_by_id}") for action in recorded} & acted:
            yield Difference("verification_without_act", _REQUESTS, row.id)
        if row.kind == second_person.HELD_VERIFICATION and row.state == second_person.AGREED:
            given = {(action, f"staff:{row.decided_by}") for action in GIVES_LEVEL}
            if not given & acted:
                yield Difference("verification_without_act", _REQUESTS, row.id)
        if row.state in (second_person.VOID, second_person.LATE):
            continue  # The act that ended it is on the same ticket, or it lapsed.
        decided = {action for action, _ in acted if action in _OF_REVIEW.values()}
        decided = {action for action in decided if (row.ticket_id, action) not in settled}
        by = (_OF_REVIEW.get((row.kind, row.state)), f"staff:{row.decided_by}")
        is_right = by in acted and row.decided_by != row.asked_by_id
        if decided if row.state == second_person.WAITING else not is_right:
            yield Difference("review_without_act", _REQUESTS, row.id)
    for ticket_id, numbers in acts.items():
        if ticket_id not in known:
            yield Difference("act_without_row", "ticket", ticket_id, max(numbers.values()))


def _approvals() -> Iterable[Difference]:
    acts = _acts_on_tickets("approval_requested", *_OF_ACT.values(), *_OF_DECISION.values())
    approved: set[tuple[int, str]] = set()
    for row in SecondPersonRequest.of_kinds(second_person.CENTRE_ACTS):
        done = acts.get(row.ticket_id, {})
        requester = f"staff:{row.asked_by_id}"
        if ("approval_requested", requester) not in done:
            yield Difference("approval_without_act", _REQUESTS, row.id)
        if row.state not in (second_person.AGREED, second_person.DENIED, second_person.WITHDRAWN):
            continue
        action = _OF_DECISION.get(row.state) or _OF_ACT[row.kind]
        by = f"staff:{row.decided_by}"
        is_by_two = (by == requester) == (row.state == second_person.WITHDRAWN)
        if (action, by) not in done or not is_by_two:
            yield Difference("decision_without_act", _REQUESTS, row.id)
        approved.add((row.ticket_id, action))
    for ticket_id, done in acts.items():
        for (action, _), number in done.items():
            if action in _OF_ACT.values() and (ticket_id, action) not in approved:
                yield Difference("act_without_approval", "ticket", ticket_id, number)


def _clearances() -> Iterable[Difference]:
    cleared = {
        entry.ticket_id: entry for entry in _entries(LedgerLine.action == "identity_cleared")
    }
    for row in IdentityClearance.select():
        entry = cleared.get(row.ticket_id)
        until = None if row.valid_until is None else row.valid_until.isoformat()
        dates = {"valid_from": row.valid_from.isoformat(), "valid_until": until}
        is_same = entry is not None and (
            entry.erased
            or (entry.id_number, entry.content.get("name"), entry.content.get("after"))
            == (row.id_number, row.name, dates)
        )
        if not is_same:
            number = None if entry is None else entry.number
            yield Difference("clearance_without_act", "identity_clearance", row.id, number)


def _tickets() -> Iterable[Difference]:
    closed = _acts_on_tickets("ticket_resolved", "ticket_rejected")
    for ticket_id in _ids(Ticket, Ticket.closed_at.is_null()):
        if ticket_id in closed:
            number = max(closed[ticket_id].values())
            yield Difference("ticket_reopened", "ticket", ticket_id, number)


def _last_of_accounts(*actions: str) -> dict[int, LedgerLine]:
    """Return account → its last line of these actions."""
    newest = (
        LedgerLine.select(fn.MAX(LedgerLine.number))
        .where(LedgerLine.action.in_(actions) & LedgerLine.account_id.is_null(False))
        .group_by(LedgerLine.account_id)
    )
    rows = LedgerLine.select().where(LedgerLine.number.in_(newest))
    return {row.account_id: row for row in rows if row.account_id is not None}


def _last_contents(*actions: str) -> Iterable[tuple[Account, ledger.Entry, dict[str, Any]]]:
    """Yield accounts with their last line of these actions and its ``after``, unless erased."""
    lines = _last_of_accounts(*actions)
    for ids in chunked(lines, _BATCH):
        numbers = [lines[account_id].number for account_id in ids]
        entries = {s.line.account_id: ledger.read(s) for s in table.by_numbers(numbers)}
        is_there = Account.id.in_(ids) & (Account.status != CANCELLED)
        for account in Account.select().where(is_there):
            entry = entries[account.id]
            if not entry.erased:
                yield account, entry, entry.content.get("after") or {}


def _entries(condition: Expression) -> Iterable[ledger.Entry]:
    numbers = [row.number for row in LedgerLine.select(LedgerLine.number).where(condition)]
    return map(ledger.read, reversed(table.by_numbers(numbers)))


def _acts_on_tickets(*actions: str) -> dict[int, dict[tuple[str, str], int]]:
    """Return ticket → (action, actor) → number of the line."""
    rows = LedgerLine.select(
        LedgerLine.ticket_id, LedgerLine.action, LedgerLine.actor, LedgerLine.number
    ).where(LedgerLine.action.in_(actions) & LedgerLine.ticket_id.is_null(False))
    counts: dict[int, dict[tuple[str, str], int]] = {}
    for ticket_id, action, actor, number in _tuples(rows.order_by(LedgerLine.number)):
        counts.setdefault(ticket_id, {})[action, actor] = number
    return counts


def _audited(*tags: str) -> dict[int, int]:
    """Return account → time in ms of its last audit line of these tags."""
    rows = (
        AuditEntry.select(AuditEntry.account_id, fn.MAX(AuditEntry.at))
        .where(AuditEntry.tag.in_(tags) & AuditEntry.account_id.is_null(False))
        .group_by(AuditEntry.account_id)
    )
    return {account_id: _ms(at) for account_id, at in _tuples(rows)}


def _latest(lines: dict[int, LedgerLine], audited: dict[int, int]) -> dict[int, int]:
    times = {account_id: _ms(line.at) for account_id, line in lines.items()}
    return {key: max(times.get(key, 0), audited.get(key, 0)) for key in times | audited}


def _ids(model: Any, condition: Any) -> Collection[int]:
    return [row[0] for row in _tuples(model.select(model.id).where(condition))]


def _tuples(query: Any) -> list[tuple[Any, ...]]:
    return list(query.tuples())


def _ms(at: datetime | int) -> int:
    return at if isinstance(at, int) else clock.milliseconds(at)
