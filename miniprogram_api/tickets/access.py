"""Access of members of staff to tickets, masked or unmasked."""

from datetime import timedelta

from peewee import Expression

from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.tickets import complaints, districts, tickets
from models.desks import tickets as table
from models.desks.tickets import ComplaintSubject, Ticket

OPEN_FOR = timedelta(minutes=30)
"""How long a ticket stays unmasked for a member who gave a reason."""


class Unseen(Refused):
    """NOT_FOUND for a ticket that exists; the attempt is audited as TICKET_OF_OTHERS."""

    def __init__(self) -> None:
        super().__init__(Reason.NOT_FOUND)


def visible(member: StaffMember) -> Expression:
    """Match the tickets that the member may see.

    The centre sees all; a clerk those of the own window, and those of no window in its districts or
    in none. Complaints are hidden from clerks and from the members complained of.
    """
    subject_of = ComplaintSubject.select(ComplaintSubject.ticket)
    shown = Ticket.id.not_in(subject_of.where(ComplaintSubject.staff_id == member.id))
    if member.may(Permission.WORK_AT_WINDOW) or not member.may(Permission.READ_CENTRE):
        shown &= Ticket.kind != complaints.KIND
    if member.may(Permission.READ_CENTRE):
        return shown
    served = districts.served_by(member.window_id)
    is_near = Ticket.district.is_null() | Ticket.district.in_(list(served))
    of_window = Ticket.window_id == member.window_id
    return shown & (of_window | (Ticket.window_id.is_null() & is_near))


def may_see(member: StaffMember, row: Ticket) -> bool:
    """Return whether the member may see the ticket."""
    return bool(Ticket.select().where((Ticket.id == row.id) & visible(member)).exists())


def require_seen(member: StaffMember, row: Ticket) -> None:
    """Raise Unseen for a ticket that the member may not see."""
    if not may_see(member, row):
        raise Unseen


def is_open_to(member: StaffMember, row: table.Ticket) -> bool:
    """Return whether it is unmasked for the member: as owner, or after giving a reason recently."""
    if row.owner_id == member.id:
        return True
    event = table.TicketEvent
    lately = event.at > clock.now() - OPEN_FOR
    return bool(
        event.select()
        .where(
            (event.ticket == row.id)
            & (event.actor == member.actor)
            & (event.action == tickets.VIEWED)
            & lately
        )
        .exists()
    )
