"""Pictures as evidence: re-encoded, encrypted, and deleted after their retention period.

Each is encrypted with a key of its own (``pictures.sealed``).
"""

import hashlib

from miniprogram_api import clock
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.desks import acts as desk
from miniprogram_api.pictures import photos, sealed
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from miniprogram_api.staff.members import Permission, StaffMember, require
from miniprogram_api.tickets import access as ticket_access
from miniprogram_api.tickets import own, tickets
from miniprogram_api.tickets.tickets import Ticket
from models.desks.tickets import WITHDRAWN, TicketEvidence
from models.desks.tickets import Ticket as Row
from models.storage.database import transaction

MOST_PICTURES = 6

_CONTEXT = b"ticket_evidence.content"


def add(services: Services, session: SessionInfo, ticket_id: str, content: bytes | None) -> Ticket:
    """Attach a picture to a ticket of the session's holder.

    Raises Refused: NOT_FOUND, TICKET_CLOSED, BODY_TOO_LARGE, INVALID_INPUT on ``image``,
    EVIDENCE_LIMIT after six pictures.
    """
    row = own.readable(session, ticket_id)
    attach(services, row, content, actor=tickets.actor_of(session))
    return tickets.view(row)


def attach_at_desk(
    services: Services, member: StaffMember, ticket_id: str, content: bytes | None
) -> str:
    """Attach a picture taken at a desk; return its SHA-256."""
    with desk.acting(member, "evidence", Permission.WORK_AT_WINDOW, Permission.WORK_AT_CENTRE):
        row = desk.locked_ticket(member, ticket_id)
    return attach(services, row, content, actor=member.actor)


def attach(services: Services, row: Row, content: bytes | None, *, actor: str) -> str:
    """Attach a picture to a ticket and return its SHA-256 in hexadecimal; refuses as ``add``.

    A duplicate is stored once.
    """
    _require_room(row)
    picture = photos.prepared(content)
    digest = hashlib.sha256(picture).hexdigest()
    key, content = sealed.seal(services.settings, picture, _CONTEXT)
    with transaction():
        current = tickets.unfinished_locked(row.number)
        known = TicketEvidence.select().where(
            (TicketEvidence.ticket == row.id) & (TicketEvidence.sha256 == digest)
        )
        if known.exists():
            return digest
        _require_room(current)
        TicketEvidence.insert(
            ticket=row.id,
            added_at=clock.now(),
            actor=actor,
            sha256=digest,
            size=len(picture),
            key=key,
            content=content,
        ).execute()
        tickets.note(current, actor, "evidence")
    return digest


def open_at_desk(services: Services, member: StaffMember, evidence_id: int) -> bytes:
    """Return the JPEG for a member who has claimed the ticket, or opened it for a reason.

    Raises Refused: FORBIDDEN, NOT_FOUND (also for another window's ticket).
    """
    require(member, Permission.READ_WINDOW)
    evidence = TicketEvidence.get_or_none(TicketEvidence.id == evidence_id)
    if evidence is None or not ticket_access.may_see(member, evidence.ticket):
        raise Refused(Reason.NOT_FOUND)
    if not ticket_access.is_open_to(member, evidence.ticket):
        raise Refused(Reason.FORBIDDEN)
    return read(services, evidence)


def read(services: Services, evidence: TicketEvidence) -> bytes:
    """Decrypt the JPEG of a row. Raises DecryptionFailed."""
    return sealed.unseal(services.settings, evidence.key, evidence.content, _CONTEXT)


def remove_old() -> int:
    """Delete the pictures of tickets that ended 90 days ago or were withdrawn; return how many.

    A withdrawn ticket has no decision that its pictures could explain.
    """
    is_old = Row.closed_at < Kept.TICKET_PICTURES.cutoff()
    ended = Row.select(Row.id).where(is_old | (Row.state == WITHDRAWN))
    return int(TicketEvidence.delete().where(TicketEvidence.ticket.in_(ended)).execute())


def _require_room(row: Row) -> None:
    if row.closed_at is not None:
        raise Refused(Reason.TICKET_CLOSED)
    count = TicketEvidence.select().where(TicketEvidence.ticket == row.id).count()
    if count >= MOST_PICTURES:
        raise Refused(Reason.EVIDENCE_LIMIT)
