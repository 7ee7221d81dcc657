"""Comparison of matters and tickets with the decisions and steps that are chained."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from peewee import chunked, fn

from models.desks.audit import AuditEntry
from models.desks.tickets import REJECTED, RESOLVED, Ticket, TicketEvent
from models.matters import matters
from models.matters.decisions import CONFIRMATION, REFUSAL, Decision
from models.matters.matters import Line, Matter
from models.storage.database import database
from models.storage.fields import DecryptionFailed, EncryptedField, keys

_BATCH = 500
HELD = "held"
"""The reason of a line whose confirmation waits for a second person."""
ENDINGS = (RESOLVED, REJECTED, "answered")
"""The steps that hold an answer."""


class _Last(NamedTuple):
    """What the last decision about a line said."""

    kind: str
    version: int
    at: datetime
    way: str


Found = tuple[str, str, int]
"""A key of ``ledger.differences``, the table and the id of a row."""


def differences() -> Iterable[Found]:
    """Yield lines of matters, acceptances and answers that do not follow from chained rows."""
    yield from _lines()
    yield from _acceptances()
    yield from _answers()


def _lines() -> Iterable[Found]:
    """Find lines of the present versions whose state does not follow from their decisions."""
    for matter_ids in chunked([row.id for row in Matter.select(Matter.id)], _BATCH):
        last = _last_decisions(matter_ids)
        columns = (Line.id, Line.public_id, Line.state, Line.reason, Line.since_version)
        lines: Any = Line.select(*columns, Line.confirmed_at, Line.confirmed_by).where(
            Line.matter.in_(matter_ids) & Line.removed_in.is_null()
        )
        for row_id, public_id, state, reason, since, at, way in lines.order_by(Line.id).tuples():
            decision = last.get(public_id)
            if decision is None or decision.version < since:
                is_right = state == matters.PENDING
            elif decision.kind == REFUSAL:
                is_right = state == matters.REFUSED
            elif state == matters.PENDING:
                # A second person has not agreed to the sitting yet.
                is_right = reason == HELD
            else:
                is_kept = (at, way) == (decision.at, decision.way)
                is_right = state in (matters.CONFIRMED, matters.LOST) and is_kept
            if not is_right:
                yield "line_without_decision", "matter_line", row_id


def _last_decisions(matter_ids: Any) -> dict[str, _Last]:
    """Return line_id → the last confirmation or refusal of it."""
    columns = (Decision.kind, Decision.version, Decision.at, Decision.way, Decision.lines)
    rows: Any = Decision.select(*columns).where(
        Decision.matter.in_(matter_ids) & Decision.kind.in_((CONFIRMATION, REFUSAL))
    )
    return {
        said["line_id"]: _Last(kind, version, at, way)
        for kind, version, at, way, lines in rows.order_by(Decision.id).tuples()
        for said in json.loads(lines)
    }


def _acceptances() -> Iterable[Found]:
    """Find matters that are accepted without a line of the audit log, or in spite of one."""
    lines: Any = AuditEntry.select(AuditEntry.details).where(
        AuditEntry.tag == "matter:state:accepted"
    )
    audited = {json.loads(details)["matter"] for (details,) in lines.tuples()}
    ended: Any = Matter.select(Matter.id, Matter.public_id, Matter.state)
    for row_id, public_id, state in ended.order_by(Matter.id).tuples():
        if (state == matters.ACCEPTED) != (public_id in audited):
            yield "acceptance_without_act", "matter", row_id


def _answers() -> Iterable[Found]:
    """Find ended tickets whose answer is not that of the step that ended them.

    Steps from before the chains do not hold the answer.
    """
    step, ended = TicketEvent, Ticket.closed_at.is_null(False) & Ticket.erased_at.is_null()
    last = (
        step.select(fn.MAX(step.id))
        .where(step.action.in_(ENDINGS) & step.note.is_null(False))
        .group_by(step.ticket)
    )
    after = 0
    while True:
        query = step.select(step.id, Ticket.id, step.note, Ticket.reason).join(Ticket)
        query = query.where(step.id.in_(last) & ended & (step.id > after))
        found = database.execute(query.order_by(step.id).limit(_BATCH)).fetchall()
        for _, ticket_id, note, reason in found:
            if _plain(note, step.note) != _plain(reason, Ticket.reason):
                yield "answer_without_step", "ticket", ticket_id
        if len(found) < _BATCH:
            return
        after = found[-1][0]


def _plain(stored: Any, column: EncryptedField) -> str | None:
    """Decrypt a stored value; None where that is not possible."""
    try:
        return stored and keys().decrypt(bytes(stored), column.context)
    except DecryptionFailed:
        return None
