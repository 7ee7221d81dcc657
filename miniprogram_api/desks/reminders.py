"""Overdue work at the desks: counted for their pages, and noted once on each ticket."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from miniprogram_api import clock
from miniprogram_api.staff.members import Permission, StaffMember, require
from miniprogram_api.tickets import access as ticket_access
from miniprogram_api.tickets import tickets
from models.desks import desks
from models.desks.desks import Approval, ManualVerification
from models.desks.tickets import UNFINISHED, Ticket
from models.storage.database import transaction
from models.storage.fields import DecryptionFailed

SOON = timedelta(hours=4)
MOST_AT_ONCE = 500
ACTOR = "service"


@dataclass(frozen=True, slots=True)
class Reminders:
    """Counts of the work that waits for this member's desk."""

    tickets_overdue: int
    tickets_due_soon: int
    """Due within four hours."""
    reviews_waiting: int
    """Other members' manual verifications that are not reviewed or approved yet."""
    approvals_waiting: int
    """Other members' requests that this member may decide; 0 for clerks."""


def of_member(member: StaffMember) -> Reminders:
    """Count the work that waits for a member. Raises Refused FORBIDDEN."""
    require(member, Permission.READ_WINDOW)
    now = clock.now()
    unfinished = Ticket.state.in_(UNFINISHED) & ticket_access.visible(member)
    undecided = ManualVerification.state.in_(desks.UNDECIDED)
    waiting = undecided & (ManualVerification.clerk != member.id)
    approvals = 0
    if member.may(Permission.WORK_AT_CENTRE):
        approvals = (
            Approval.select()
            .where(
                Approval.pending_ticket.is_null(False)
                & (Approval.expires_at > now)
                & (Approval.requested_by != member.id)
            )
            .count()
        )
    return Reminders(
        _count(Ticket, unfinished & (Ticket.due_at < now)),
        _count(Ticket, unfinished & (Ticket.due_at >= now) & (Ticket.due_at < now + SOON)),
        _count(ManualVerification, waiting),
        approvals,
    )


def note_overdue() -> int:
    """Note once on each overdue ticket that it is late; return how many.

    An unreadable ticket does not stop the others. Raises DecryptionFailed afterwards.
    """
    now = clock.now()
    late = (
        Ticket.select(Ticket.id)
        .where(Ticket.state.in_(UNFINISHED) & (Ticket.due_at < now) & Ticket.reminded_at.is_null())
        .order_by(Ticket.due_at)
        .limit(MOST_AT_ONCE)
    )
    noted = 0
    unread: list[DecryptionFailed] = []
    for ticket_id in [row.id for row in late]:
        try:
            with transaction():
                noted += _note_overdue(ticket_id, now)
        except DecryptionFailed as error:
            unread.append(error)
    if unread:
        raise unread[0]
    return noted


def _note_overdue(ticket_id: int, now: datetime) -> bool:
    row = Ticket.locked(ticket_id)
    if row is None or row.closed_at is not None or row.reminded_at is not None:
        return False
    row.reminded_at = now
    row.save(only=[Ticket.reminded_at])
    tickets.note(row, ACTOR, "overdue")
    return True


def _count(table: type[Ticket] | type[ManualVerification], condition: object) -> int:
    return int(table.select().where(condition).count())
