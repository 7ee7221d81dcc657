"""Overdue tickets: counted for the pages of the desks, and noted once on each ticket."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from miniprogram_api import clock
from miniprogram_api.staff.members import Permission, StaffMember, require
from miniprogram_api.tickets import access as ticket_access
from miniprogram_api.tickets import due, tickets
from models.desks.tickets import UNFINISHED, Ticket
from models.storage.database import transaction
from models.storage.fields import DecryptionFailed

SOON = timedelta(hours=4)
MOST_AT_ONCE = 500
ACTOR = "service"


@dataclass(frozen=True, slots=True)
class Reminders:
    """Counts of the tickets that wait for this member's desk."""

    tickets_overdue: int
    tickets_due_soon: int
    """Due within four hours."""


def of_member(member: StaffMember) -> Reminders:
    """Count the tickets that wait for a member. Raises Refused FORBIDDEN."""
    require(member, Permission.READ_WINDOW)
    now = clock.now()
    unfinished = Ticket.state.in_(UNFINISHED) & ticket_access.visible(member)
    overdue, soon = due.overdue(Ticket.due_at, now), due.overdue(Ticket.due_at, now + SOON)
    return Reminders(
        Ticket.select().where(unfinished & overdue).count(),
        Ticket.select().where(unfinished & ~overdue & soon).count(),
    )


def note_overdue() -> int:
    """Note once on each overdue ticket that it is late; return how many.

    An unreadable ticket does not stop the others. Raises DecryptionFailed afterwards.
    """
    now = clock.now()
    late = (
        Ticket.select(Ticket.id)
        .where(
            Ticket.state.in_(UNFINISHED)
            & due.overdue(Ticket.due_at, now)
            & Ticket.reminded_at.is_null()
        )
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
