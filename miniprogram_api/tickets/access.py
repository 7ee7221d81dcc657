"""Access of members of staff to tickets, masked or unmasked."""

from datetime import timedelta

from miniprogram_api import clock
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.tickets import tickets
from models.desks import tickets as table

OPEN_FOR = timedelta(minutes=30)
"""How long a ticket stays unmasked for a member who gave a reason."""


def may_see(member: StaffMember, row: table.Ticket) -> bool:
    """Return whether the member may see the ticket: the centre, its window, or no window yet."""
    if member.may(Permission.READ_CENTRE):
        return True
    return row.window_id is None or row.window_id == member.window_id


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
