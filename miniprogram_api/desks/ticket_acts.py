"""Tickets at a desk: opened for a reason, claimed by one member at a time, finished once.

Personal data is masked until the member has claimed the ticket or opened it for a reason; both are
recorded in the ledger.
"""

import json
from dataclasses import field
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from miniprogram_api import audit, clock, masking
from miniprogram_api.answers import answer_class
from miniprogram_api.desks import acts as desk
from miniprogram_api.desks import asking
from miniprogram_api.desks import people as desk_people
from miniprogram_api.desks import queue as ticket_queue
from miniprogram_api.desks.people import PersonView
from miniprogram_api.desks.queue import QueuedTicket, QueueFilter
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff import another_member
from miniprogram_api.staff.members import (
    Permission,
    StaffMember,
    log_refused_attempt,
    names_of,
    require,
)
from miniprogram_api.texts import invalid, text
from miniprogram_api.tickets import access as ticket_access
from miniprogram_api.tickets import news as ticket_news
from miniprogram_api.tickets import numbers, parts, tickets
from models.desks import tickets as table
from models.desks.tickets import Ticket, TicketEvent, TicketEvidence
from models.storage.database import transaction

DESKS = (Permission.WORK_AT_WINDOW, Permission.WORK_AT_CENTRE)
LONGEST_REASON = 300
OPENING_REASONS = {**desk.PRESET_REASONS, "approval": text("desk.approval_reason")}
"""The reasons for opening a ticket without claiming it."""
# Solving these kinds takes no act beyond an answer.
ANSWERED_KINDS = frozenset({"complaint", "matter_not_mine", "matter_evidence", "other"})


@answer_class
class DeskEvent:
    """A step in a ticket's history, with its note."""

    at: datetime
    actor: str
    action: str
    note: str | None = field(repr=False)


@answer_class
class OpenedTicket:
    """A ticket for the desk; masked unless ``opened``."""

    queued: QueuedTicket
    # Whether its opener can read the answer in the program; else a phone call is needed.
    reads_answers: Annotated[bool, Field(exclude=True)]
    # Of the caller, so that another member decides.
    filed_by_caller: Annotated[bool, Field(exclude=True)]
    claimed: bool
    opened: bool
    """Claimed, or opened for a reason in the last half hour."""
    id_number: str | None = field(repr=False)
    name: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    contact: str | None = field(repr=False)
    description: str = field(repr=False)
    facts: dict[str, Any] = field(repr=False)
    """The facts known to the service; empty while masked."""
    conversation_id: str | None
    reason: str | None = field(repr=False)
    approval_pending: bool
    held_review: int | None
    """The review of a verification of this ticket that has no effect yet."""
    evidence: tuple[int, ...]
    history: tuple[DeskEvent, ...]


def get(member: StaffMember, ticket_id: str) -> OpenedTicket:
    """Return one ticket.

    Raises Refused: FORBIDDEN, NOT_FOUND (also for another window's, which is audited).
    """
    return _opened(_seen(member, ticket_id), member)


def person(member: StaffMember, ticket_id: str) -> PersonView | None:
    """Return the person of a ticket, masked as the ticket is; None for a ticket without one.

    Raises Refused: FORBIDDEN, NOT_FOUND.
    """
    row = _seen(member, ticket_id)
    if row.id_number is None:
        return None
    return desk_people.of_ticket(
        member, row.id_number, opened=ticket_access.is_open_to(member, row)
    )


def open_for(member: StaffMember, ticket_id: str, reason: str, note: str = "") -> OpenedTicket:
    """Show a ticket unmasked for half an hour to a member who has not claimed it.

    ``reason`` is a key of ``OPENING_REASONS``. The act is recorded in the ledger for a desk, in the
    audit log for other readers.
    """
    if reason not in OPENING_REASONS:
        raise invalid("desk.reason.not_allowed")
    if len(note) > LONGEST_REASON:
        raise invalid("tickets.note.too_long", most=LONGEST_REASON)
    words = OPENING_REASONS[reason] + (f"：{note.strip()}" if note.strip() else "")
    with desk.acting(member, "ticket_opened", Permission.READ_WINDOW):
        row = numbers.find(ticket_id)
        ticket_access.require_seen(member, row)
        desk.require_others_matter(member, row.id_number, row.name)
        tickets.note(row, member.actor, tickets.VIEWED, words)
        if any(map(member.may, DESKS)):
            whom = desk.person_of(row)
            ledger.append(member, "ticket_opened", whom, reason=words, ticket_id=row.id)
        else:
            audit.write("staff:ticket:opened", actor=member.actor, ticket=row.id, reason=reason)
    return get(member, ticket_id)


def claim(member: StaffMember, ticket_id: str) -> OpenedTicket:
    """Claim a ticket; of several members at once one gets it.

    Raises Refused: FORBIDDEN, NOT_FOUND, TICKET_CLOSED, TICKET_OF_OTHERS, OWN_MATTER,
    SECOND_PERSON_REQUIRED for its filer.
    """
    with desk.acting(member, "ticket_claimed", *DESKS):
        row = desk.locked_ticket(member, ticket_id)
        _claim(member, row)
    return get(member, ticket_id)


def claim_next(member: StaffMember) -> OpenedTicket | None:
    """Claim the free ticket that is due first; None when there is none. Raises FORBIDDEN.

    Losing a ticket to another member is not audited.
    """
    desk.require_allowed(member, "ticket_claimed", *DESKS)
    centre = member.may(Permission.WORK_AT_CENTRE)
    wanted = QueueFilter(state=None if centre else table.OPEN, whose="free")
    for candidate in ticket_queue.queue(member, wanted):
        try:
            with transaction():
                _claim(member, desk.locked_ticket(member, candidate.id))
        except Refused:
            # Claimed or ended meanwhile, or the member's own matter.
            continue
        return get(member, candidate.id)
    return None


def release(member: StaffMember, ticket_id: str, note: str = "") -> None:
    """Return a ticket to the queue."""
    with desk.acting(member, "ticket_released", *DESKS):
        row = owned(member, ticket_id)
        row.owner_id = row.owned_since = None
        row.save(only=[Ticket.owner_id, Ticket.owned_since])
        tickets.note(row, member.actor, "released", note or None)
        ledger.append(member, "ticket_released", desk.person_of(row), reason=note, ticket_id=row.id)


def finish(member: StaffMember, ticket_id: str, *, solved: bool, reason: str) -> int:
    """End a ticket with a reason that the opener reads; return the number of the ledger line.

    A solved ticket of a kind that takes an act is shown as answered. Raises Refused: INVALID_INPUT
    on ``reason``, APPROVAL_PENDING, NOT_APPLICABLE while an account is frozen for it, and as
    ``owned``.
    """
    require_reason(reason)
    action = "ticket_resolved" if solved else "ticket_rejected"
    with desk.acting(member, action, *DESKS):
        row = owned(member, ticket_id)
        if tickets.keeps_frozen(row):
            raise Refused(Reason.NOT_APPLICABLE)
        how = table.REJECTED
        if solved:
            how = table.RESOLVED if row.kind in ANSWERED_KINDS else tickets.ANSWERED
        end(member, row, how, reason)
        return ledger.append(member, action, desk.person_of(row), reason=reason, ticket_id=row.id)


def end(member: StaffMember, row: Ticket, how: str, reason: str) -> None:
    """Close a locked ticket and notify its opener; the ledger line comes after it.

    ``how``: RESOLVED, REJECTED, or ``tickets.ANSWERED``.
    """
    tickets.close(row, how, reason, actor=member.actor)
    ticket_news.notify_opener(row, answered=how == tickets.ANSWERED)


def owned(member: StaffMember, ticket_id: str) -> Ticket:
    """Return the ticket that the member has claimed, locked, with no approval pending."""
    row = desk.locked_ticket(member, ticket_id)
    if row.owner_id != member.id:
        raise Refused(Reason.TICKET_OF_OTHERS)
    require_filed_by_another(member, row)
    if asking.blocks(row.id):
        raise Refused(Reason.APPROVAL_PENDING)
    return row


def require_filed_by_another(member: StaffMember, row: Ticket) -> None:
    """Raise Refused SECOND_PERSON_REQUIRED for the member who filed or handed on the ticket."""
    another_member.require_another(member, parts.actors(row.id, parts.FILED))


def require_reason(reason: str) -> None:
    """Raise Refused INVALID_INPUT on ``reason`` when it is blank or too long."""
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise invalid("tickets.reason.required", most=LONGEST_REASON)


def _claim(member: StaffMember, row: Ticket) -> None:
    now = clock.now()
    centre = member.may(Permission.WORK_AT_CENTRE)
    if row.owner_id == member.id:
        return
    if row.state == table.WITH_CENTRE and not centre:
        # A window does not decide what was handed to the centre.
        raise Refused(Reason.TICKET_OF_OTHERS)
    require_filed_by_another(member, row)
    if (
        row.owner_id is not None
        and row.owned_since is not None
        and now - row.owned_since < desk.CLAIM_TERM
    ):
        raise Refused(Reason.TICKET_OF_OTHERS)
    row.owner_id, row.owned_since = member.id, now
    reaches_centre = centre and row.state == table.OPEN
    if reaches_centre:
        row.state = table.WITH_CENTRE
    elif not centre and row.window_id is None:
        row.window_id = member.window_id
    row.save()
    tickets.note(row, member.actor, "claimed")
    if reaches_centre:
        ticket_news.notify_opener(row)
    ledger.append(member, "ticket_claimed", desk.person_of(row), ticket_id=row.id)


def _seen(member: StaffMember, ticket_id: str) -> Ticket:
    require(member, Permission.READ_WINDOW)
    row = numbers.find(ticket_id)
    if not ticket_access.may_see(member, row):
        log_refused_attempt(member, "ticket_opened", desk.UNSEEN)
        raise Refused(Reason.NOT_FOUND)
    return row


def _opened(row: Ticket, member: StaffMember) -> OpenedTicket:
    owners = names_of([row.owner_id]) if row.owner_id is not None else {}
    events = TicketEvent.select().where(TicketEvent.ticket == row.id).order_by(TicketEvent.id)
    pictures = TicketEvidence.select(TicketEvidence.id).where(TicketEvidence.ticket == row.id)
    unmasked = ticket_access.is_open_to(member, row)
    return OpenedTicket(
        queued=ticket_queue.queued(row, owners, member),
        reads_answers=row.openid is not None or row.account_id is not None,
        filed_by_caller=not another_member.is_another(member, parts.actors(row.id, parts.FILED)),
        claimed=row.owner_id == member.id,
        opened=unmasked,
        id_number=_shown(row.id_number, masking.id_number, unmasked),
        name=_shown(row.name, masking.name, unmasked),
        phone=_shown(row.phone, masking.phone, unmasked),
        contact=_shown(row.contact, masking.free_text, unmasked),
        description=_shown(row.description, masking.free_text, unmasked) or "",
        facts=json.loads(row.facts) if unmasked else {},
        conversation_id=row.conversation_id if unmasked else None,
        reason=row.reason,
        approval_pending=asking.blocks(row.id),
        held_review=asking.held(row.id),
        evidence=tuple(picture.id for picture in pictures.order_by(TicketEvidence.id)),
        history=tuple(
            DeskEvent(event.at, event.actor, event.action, event.note if unmasked else None)
            for event in events
        ),
    )


def _shown(value: str | None, mask: Any, unmasked: bool) -> str | None:
    return value if value is None or unmasked else str(mask(value))
