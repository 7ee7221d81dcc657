"""Change lines and matters: confirm, refuse, lose, accept, withdraw, expire.

Call them within a transaction. Each locks (see the package), applies the table of ``states``, lets
the matter follow its lines, and appends the record of the decision and the events.
"""

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from miniprogram_api import audit, clock
from miniprogram_api.ledger import decision_records
from miniprogram_api.matter_lines import (
    content,
    events,
    finding,
    guard,
    integrity,
    notices,
    states,
)
from miniprogram_api.matter_lines.states import LineAct, MatterAct
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from models.accounts.accounts import Account
from models.matters import decisions
from models.matters import matters as table
from models.matters.decisions import Decision
from models.matters.matters import Line, Matter

Way = Literal["face", "ctid", "on_site", "notarised", "app"]
"""How a person decided; ``app``: a refusal in the mini program, which needs no face."""
HELD = "held"
"""The reason of a pending line that was confirmed in a sitting whose verification is held."""
LossReason = Literal[
    "cancelled",
    "frozen",
    "level_too_low",
    "card_expired",
    "revoked",
    "outdated",
    "evidence_missing",
    "consent_withdrawn",
]


@dataclass(frozen=True, slots=True)
class Evidence:
    """How a person decided, for the record of the decision."""

    way: Way
    account_id: int | None = None
    """None: at a window for a document that needs no account."""
    source_number: str | None = None
    """The number of the face or CTID check at its source."""
    pictures: Mapping[str, str] = field(default_factory=dict)
    """``signature`` and ``photo`` → SHA-256 of the picture in hexadecimal."""
    window_id: int | None = None
    staff_id: int | None = None
    typed_name: bool = False
    """The person typed the own name in place of a signature."""


@dataclass(frozen=True, slots=True)
class Person:
    """The person of lines; both must agree with a line."""

    document_number: str = field(repr=False)
    """In its canonical form."""
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a person refuses lines."""

    reason: str
    note: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Decided:
    """A stored decision with matter and lines after it."""

    matter: Matter
    lines: Sequence[Line]
    """The chosen lines."""
    decision: Decision


def require_confirmable(
    matter: Matter, own: Sequence[Line], line_ids: Collection[str], digest: str
) -> list[Line]:
    """Return the chosen lines when they may be confirmed now; without effect.

    ``own`` are all lines of the person. Raises Refused: MATTER_CLOSED (``state``), MATTER_EXPIRED,
    MATTER_CHANGED (``version``), NOT_FOUND for a line of others, LINE_DECIDED.
    """
    chosen = _chosen(matter, own, line_ids, digest)
    if matter.state == table.REFUSED and all(line.state != table.REFUSED for line in chosen):
        raise Refused(Reason.MATTER_CLOSED, state=table.REFUSED)
    _require_possible(chosen, LineAct.CONFIRM)
    return chosen


def confirm_lines(
    services: Services,
    matter_id: str,
    line_ids: Collection[str],
    *,
    person: Person,
    digest: str,
    evidence: Evidence,
) -> Decided:
    """Confirm lines of one person; the account, if any, is judged again here.

    Raises Refused as ``require_confirmable``; ACCOUNT_FROZEN, LEVEL_TOO_LOW and UNAUTHENTICATED for
    an account that does not count any more.
    """
    matter, own = _locked(matter_id, person, evidence.account_id)
    chosen = require_confirmable(matter, own, line_ids, digest)
    if evidence.account_id is not None:
        guard.require_counting(evidence.account_id, evidence.way)
    decision = _record(services, matter, chosen, decisions.CONFIRMATION, digest, evidence)
    for line in chosen:
        line.state, line.reason = states.LINES[LineAct.CONFIRM][line.state], ""
        line.confirmed_by, line.confirmed_at = evidence.way, decision.at
        line.account_id, line.receipt = evidence.account_id, secrets.token_hex(12)
        line.typed_name, line.confirmed_content = evidence.typed_name, None
        _store(line)
    _after(matter, events.LINE_CONFIRMED, chosen)
    return Decided(matter, chosen, decision)


def file_held(
    services: Services,
    matter_id: str,
    line_ids: Collection[str],
    *,
    person: Person,
    digest: str,
    evidence: Evidence,
) -> Decided:
    """Record what shall confirm lines once a second person agrees; they stay pending until then.

    On site their reason is ``held``.
    """
    matter, own = _locked(matter_id, person, evidence.account_id)
    chosen = require_confirmable(matter, own, line_ids, digest)
    if any(line.reason == HELD for line in chosen):
        raise Refused(Reason.LINE_DECIDED)
    decision = _record(services, matter, chosen, decisions.PAPERS, digest, evidence)
    if evidence.way == "on_site":
        for line in chosen:
            if line.state == table.PENDING:
                line.reason = HELD
                _store(line)
    return Decided(matter, chosen, decision)


def refuse_lines(
    services: Services,
    matter_id: str,
    line_ids: Collection[str],
    *,
    person: Person,
    digest: str | None,
    evidence: Evidence,
    refusal: Refusal,
) -> Decided:
    """Refuse lines of one person; the matter is ``refused`` at once.

    ``digest``: None for the present content.
    """
    matter, own = _locked(matter_id, person, evidence.account_id)
    chosen = _chosen(matter, own, line_ids, digest)
    _require_possible(chosen, LineAct.REFUSE)
    for line in chosen:
        line.state, line.reason = states.LINES[LineAct.REFUSE][line.state], refusal.reason
        line.confirmed_by = line.confirmed_at = line.receipt = None
        _store(line)
    seen = digest or content.digest_of(matter, own)
    decision = _record(services, matter, chosen, decisions.REFUSAL, seen, evidence, refusal)
    _after(matter, events.LINE_REFUSED, chosen)
    return Decided(matter, chosen, decision)


def lose_lines(lines: Collection[Line], reason: LossReason) -> list[Line]:
    """Let confirmed lines of open matters count no more; return those that were lost.

    The persons of ``found`` must be locked. Lines of other states and ended matters stay.
    """
    lost: list[Line] = []
    wanted = {line.id for line in lines}
    for matter_id in sorted({line.matter_id for line in lines}):
        matter = Matter.locked(matter_id)
        if matter is None or finding.state_now(matter) not in table.OPEN:
            continue
        possible = states.LINES[LineAct.LOSE]
        own = [
            line for line in finding.lines(matter) if line.id in wanted and line.state in possible
        ]
        for line in own:
            line.state, line.reason = possible[line.state], reason
            _store(line)
        if own:
            _after(matter, events.LINE_LOST, own)
            notices.add(own, notices.LOST, reason)
        lost += own
    return lost


def accept(services: Services, matter_id: str, version: int, *, actor: str) -> list[Line]:
    """Accept a matter when the guard agrees; return its lines, each with a receipt.

    An accepted matter gets the same answer again. Raises Refused: NOT_FOUND, MATTER_CLOSED
    (``state``), MATTER_EXPIRED, MATTER_CHANGED (``version``), MATTER_NOT_READY (``lines``: line_id
    and reason); nothing is changed then. ``lose_unproved`` follows a refusal.
    """
    matter, lines = finding.lock_matter(matter_id)
    if matter.state == table.ACCEPTED:
        return lines
    finding.require_open(matter)
    if version != matter.version:
        raise Refused(Reason.MATTER_CHANGED, version=matter.version)
    known = guard.require_ready(services.settings, matter, lines)
    for line in lines:
        if line.receipt is None:
            # It is accepted by the switch.
            line.receipt = secrets.token_hex(12)
            line.switch_until = known[line.document_number].authorization_until
            _store(line)
    _end(matter, MatterAct.ACCEPT)
    notices.add(lines, notices.ACCEPTED)
    audit.write("matter:state:accepted", actor=actor, matter=matter.public_id, version=version)
    return lines


def lose_unproved(services: Services, matter_id: str) -> list[Line]:
    """Lose the confirmed lines of a matter that lack their evidence; return them.

    Raises Refused: NOT_FOUND; MATTER_CHANGED when the next version came between.
    """
    matter, lines = finding.lock_matter(matter_id)
    unproved = integrity.unproved(services.settings, matter, lines)
    return lose_lines(unproved, integrity.EVIDENCE_MISSING)


def withdraw(matter_id: str, reason: str | None, *, actor: str) -> Matter:
    """Withdraw an open matter; a withdrawn one stays as it is.

    Raises Refused: NOT_FOUND, MATTER_CLOSED (``state``), MATTER_EXPIRED.
    """
    matter, lines = finding.lock_matter(matter_id, ())
    if matter.state == table.WITHDRAWN:
        return matter
    finding.require_open(matter)
    matter.withdrawal_reason = reason
    _end(matter, MatterAct.WITHDRAW)
    notices.add(lines, notices.WITHDRAWN)
    audit.write("matter:state:withdrawn", actor=actor, matter=matter.public_id)
    return matter


def expire(matter_id: str) -> bool:
    """Expire a matter whose day is over; return whether this call did it."""
    matter, lines = finding.lock_matter(matter_id, ())
    if finding.state_now(matter) == matter.state:
        return False
    _end(matter, MatterAct.EXPIRE)
    events.append(matter, events.EXPIRED, lines)
    notices.add(lines, notices.EXPIRED)
    audit.write("matter:state:expired", actor="worker", matter=matter.public_id)
    return True


def follow(matter: Matter) -> None:
    """Let a locked matter follow its present lines, and append ``matter.confirmed``."""
    lines = finding.lines(matter)
    before, matter.state = (
        matter.state,
        states.followed(matter.state, [line.state for line in lines]),
    )
    matter.changed_at = clock.now()
    Matter.update(state=matter.state, changed_at=matter.changed_at).where(
        Matter.id == matter.id
    ).execute()
    if matter.state == table.CONFIRMED != before:
        events.append(matter, events.CONFIRMED, lines)


def _locked(matter_id: str, person: Person, account_id: int | None) -> tuple[Matter, list[Line]]:
    """Lock account, person and matter; return the matter and all lines of the person."""
    if account_id is not None:
        Account.locked(account_id)
    matter, lines = finding.lock_matter(matter_id, (person.document_number,))
    return matter, finding.of_person(lines, person.document_number, person.name)


def _chosen(
    matter: Matter, own: Sequence[Line], line_ids: Collection[str], digest: str | None
) -> list[Line]:
    if not own or not line_ids:
        raise Refused(Reason.NOT_FOUND)
    finding.require_open(matter)
    if digest is not None and digest != content.digest_of(matter, own):
        raise Refused(Reason.MATTER_CHANGED, version=matter.version)
    chosen = [line for line in own if line.public_id in line_ids]
    if len(chosen) != len(set(line_ids)):
        raise Refused(Reason.NOT_FOUND)
    return chosen


def _require_possible(chosen: Sequence[Line], act: LineAct) -> None:
    if any(line.state not in states.LINES[act] for line in chosen):
        raise Refused(Reason.LINE_DECIDED)


def _store(line: Line) -> None:
    Line.update(
        state=line.state,
        reason=line.reason,
        confirmed_by=line.confirmed_by,
        confirmed_at=line.confirmed_at,
        typed_name=line.typed_name,
        account=line.account_id,
        receipt=line.receipt,
        confirmed_content=line.confirmed_content,
        switch_until=line.switch_until,
    ).where(Line.id == line.id).execute()


def lose_changed(matter: Matter, lines: Sequence[Line]) -> None:
    """Tell the system that a later version made confirmed lines pending again.

    The matter follows its lines.
    """
    _after(matter, events.LINE_LOST, lines, reason=notices.CHANGED)


def _after(matter: Matter, kind: str, lines: Sequence[Line], *, reason: str | None = None) -> None:
    """Append the event of changed lines with the state that follows from them."""
    states_now = [line.state for line in finding.lines(matter)]
    before, matter.state = matter.state, states.followed(matter.state, states_now)
    events.append(matter, kind, lines, reason=reason)
    matter.state = before
    follow(matter)


def _end(matter: Matter, act: MatterAct) -> None:
    matter.state = states.MATTERS[act][matter.state]
    matter.ended_at = matter.changed_at = clock.now()
    Matter.update(
        state=matter.state,
        ended_at=matter.ended_at,
        changed_at=matter.changed_at,
        withdrawal_reason=matter.withdrawal_reason,
    ).where(Matter.id == matter.id).execute()


def _record(
    services: Services,
    matter: Matter,
    chosen: Sequence[Line],
    kind: str,
    digest: str,
    evidence: Evidence,
    refusal: Refusal | None = None,
) -> Decision:
    decision = Decision(
        code=decision_records.new_code(),
        matter=matter.id,
        kind=kind,
        version=matter.version,
        digest=digest,
        statement=content.STATEMENT,
        lines=json.dumps(
            [{"line_id": line.public_id, "role": line.role} for line in chosen],
            ensure_ascii=False,
        ),
        way=evidence.way,
        at=clock.now(),
        source_number=evidence.source_number,
        pictures=json.dumps(dict(evidence.pictures), sort_keys=True),
        typed_name=evidence.typed_name,
        account=evidence.account_id,
        window_id=evidence.window_id,
        staff_id=evidence.staff_id,
        reason="" if refusal is None else refusal.reason,
        note=None if refusal is None else refusal.note,
    )
    decision_records.sign(services, decision)
    decision.save(force_insert=True)
    return decision
