"""The queue of tickets at a desk: by due time, claimed by one person at a time, finished once.

Clerks see the tickets of their window and of none, the centre sees all. What a ticket says about a
person is masked until somebody has claimed it; claiming is an act in the ledger.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from miniprogram_api import clock, desk, ledger, masking, ticket_news, tickets
from miniprogram_api.reasons import Reason, Refused, invalid_field
from miniprogram_api.staff import Permission, StaffMember, names_of, require
from models import tickets as table
from models.desks import Approval
from models.tickets import Ticket, TicketEvent, TicketEvidence

DESKS = (Permission.WORK_AT_WINDOW, Permission.WORK_AT_CENTRE)
MOST_LISTED = 200
LONGEST_REASON = 300
HELD = timedelta(hours=8)
"""So long a claim keeps others away; who went home holds nothing up."""


@dataclass(frozen=True, slots=True)
class Queued:
    """A ticket in the queue; the name is masked."""

    id: int
    kind: str
    state: str
    source: str
    name: str | None
    window_id: int | None
    created_at: datetime
    due_at: datetime
    overdue: bool
    owner: str | None = field(repr=False)
    own: bool


@dataclass(frozen=True, slots=True)
class Event:
    """A step in a ticket's history, with what was noted."""

    at: datetime
    actor: str
    action: str
    note: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """A ticket as it is worked on; masked unless the member has claimed it or may see all."""

    queued: Queued
    claimed: bool
    id_number: str | None = field(repr=False)
    name: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    contact: str | None = field(repr=False)
    description: str = field(repr=False)
    facts: dict[str, Any] = field(repr=False)
    conversation_id: str | None
    reason: str | None = field(repr=False)
    approval_pending: bool
    evidence: tuple[int, ...]
    history: tuple[Event, ...]


def queue(member: StaffMember, *, state: str | None = None) -> list[Queued]:
    """The unfinished tickets that the member may work on, the one due first at the top.

    Raises Refused FORBIDDEN.
    """
    require(member, Permission.READ_WINDOW)
    query = Ticket.select().where(Ticket.state.in_([state] if state else table.UNFINISHED))
    if not member.may(Permission.READ_CENTRE):
        query = query.where(Ticket.window_id.is_null() | (Ticket.window_id == member.window_id))
    rows = list(query.order_by(Ticket.due_at, Ticket.id).limit(MOST_LISTED))
    owners = names_of({row.owner_id for row in rows if row.owner_id is not None})
    return [_queued(row, owners, member) for row in rows]


def get(member: StaffMember, ticket_id: int) -> Opened:
    """One ticket. Raises Refused: FORBIDDEN, NOT_FOUND (another window's, too)."""
    require(member, Permission.READ_WINDOW)
    row = Ticket.get_or_none(Ticket.id == ticket_id)
    if row is None or not desk.may_see(member, row):
        raise Refused(Reason.NOT_FOUND)
    claimed = row.owner_id == member.id
    return _opened(row, member, claimed or member.may(Permission.SEE_PERSONAL_DATA))


def claim(member: StaffMember, ticket_id: int) -> Opened:
    """Take a ticket to work on it; of several people at once one gets it.

    Raises Refused: FORBIDDEN, NOT_FOUND, TICKET_CLOSED, TICKET_OF_OTHERS, OWN_MATTER.
    """
    with desk.acting(member, "ticket_claimed", *DESKS):
        row = desk.locked_ticket(member, ticket_id)
        _claim(member, row)
    return get(member, ticket_id)


def claim_next(member: StaffMember) -> Opened | None:
    """Take the free ticket that is due first; None when there is none. Raises FORBIDDEN."""
    for candidate in queue(member):
        if candidate.owner is not None:
            continue
        try:
            return claim(member, candidate.id)
        except Refused as refused:
            # Somebody was faster, or it is his own matter: the next one.
            if refused.reason is Reason.FORBIDDEN:
                raise
    return None


def release(member: StaffMember, ticket_id: int, note: str = "") -> None:
    """Give a ticket back to the queue. Raises Refused as ``owned``."""
    with desk.acting(member, "ticket_released", *DESKS):
        row = owned(member, ticket_id)
        row.owner_id = row.owned_since = None
        row.save(only=[Ticket.owner_id, Ticket.owned_since])
        tickets.note(row, member.actor, "released", note or None)
        ledger.append(member, "ticket_released", desk.person_of(row), reason=note, ticket_id=row.id)


def finish(member: StaffMember, ticket_id: int, *, solved: bool, reason: str) -> int:
    """End a ticket with a reason that the person reads; returns the number of the line.

    Raises Refused: INVALID_INPUT on ``reason``, APPROVAL_PENDING, and as ``owned``.
    """
    require_reason(reason)
    action = "ticket_resolved" if solved else "ticket_rejected"
    with desk.acting(member, action, *DESKS):
        row = owned(member, ticket_id)
        end(member, row, table.RESOLVED if solved else table.REJECTED, reason)
        return ledger.append(member, action, desk.person_of(row), reason=reason, ticket_id=row.id)


def end(member: StaffMember, row: Ticket, state: str, reason: str) -> None:
    """Close a locked ticket and tell its opener, before the line of the act is written."""
    tickets.close(row, state, reason, actor=member.actor)
    ticket_news.tell(row)


def owned(member: StaffMember, ticket_id: int) -> Ticket:
    """The ticket that the member has claimed, locked, with no approval pending.

    Raises Refused: NOT_FOUND, TICKET_CLOSED, TICKET_OF_OTHERS, OWN_MATTER, APPROVAL_PENDING.
    """
    row = desk.locked_ticket(member, ticket_id)
    if row.owner_id != member.id:
        raise Refused(Reason.TICKET_OF_OTHERS)
    if _is_approval_pending(row.id):
        raise Refused(Reason.APPROVAL_PENDING)
    return row


def require_reason(reason: str) -> None:
    """Raise Refused INVALID_INPUT on ``reason`` unless there is one of a fitting length."""
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise invalid_field("reason", "required", f"请填写说明，最多{LONGEST_REASON}个字符。")


def _claim(member: StaffMember, row: Ticket) -> None:
    now = clock.now()
    if row.owner_id == member.id:
        return
    if row.owner_id is not None and row.owned_since is not None and now - row.owned_since < HELD:
        raise Refused(Reason.TICKET_OF_OTHERS)
    row.owner_id, row.owned_since = member.id, now
    if member.may(Permission.WORK_AT_CENTRE):
        row.state = table.WITH_CENTRE
    elif row.window_id is None:
        row.window_id = member.window_id
    row.save()
    tickets.note(row, member.actor, "claimed")
    ledger.append(member, "ticket_claimed", desk.person_of(row), ticket_id=row.id)


def _is_approval_pending(ticket_id: int) -> bool:
    return bool(
        Approval.select()
        .where((Approval.pending_ticket == ticket_id) & (Approval.expires_at > clock.now()))
        .exists()
    )


def _queued(row: Ticket, owners: dict[int, str], member: StaffMember) -> Queued:
    now = clock.now()
    holder = row.owner_id if row.owned_since and now - row.owned_since < HELD else None
    return Queued(
        id=row.id,
        kind=row.kind,
        state=row.state,
        source=row.source,
        name=None if row.name is None else masking.name(row.name),
        window_id=row.window_id,
        created_at=row.created_at,
        due_at=row.due_at,
        overdue=row.due_at < now,
        owner=None if holder is None else owners.get(holder, ""),
        own=holder == member.id,
    )


def _opened(row: Ticket, member: StaffMember, unmasked: bool) -> Opened:
    owners = names_of([row.owner_id]) if row.owner_id is not None else {}
    events = TicketEvent.select().where(TicketEvent.ticket == row.id).order_by(TicketEvent.id)
    pictures = TicketEvidence.select(TicketEvidence.id).where(TicketEvidence.ticket == row.id)
    return Opened(
        queued=_queued(row, owners, member),
        claimed=row.owner_id == member.id,
        id_number=_shown(row.id_number, masking.id_number, unmasked),
        name=_shown(row.name, masking.name, unmasked),
        phone=_shown(row.phone, masking.phone, unmasked),
        contact=_shown(row.contact, masking.free_text, unmasked),
        description=_shown(row.description, masking.free_text, unmasked) or "",
        facts=json.loads(row.facts) if unmasked else {},
        conversation_id=row.conversation_id if unmasked else None,
        reason=row.reason,
        approval_pending=_is_approval_pending(row.id),
        evidence=tuple(picture.id for picture in pictures.order_by(TicketEvidence.id)),
        history=tuple(
            Event(event.at, event.actor, event.action, event.note if unmasked else None)
            for event in events
        ),
    )


def _shown(value: str | None, mask: Any, unmasked: bool) -> str | None:
    return value if value is None or unmasked else str(mask(value))
