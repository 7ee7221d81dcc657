"""The tickets of a clerk's window: the finished ones, and each in full."""

from dataclasses import field
from datetime import datetime

from miniprogram_api import clock, masking
from miniprogram_api.answers import answer_class
from miniprogram_api.desks import acts as desk
from miniprogram_api.desks import ticket_acts as ticket_desk
from miniprogram_api.desks.ticket_acts import OpenedTicket
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.tickets import access as ticket_access
from models.desks import tickets as table
from models.desks.tickets import Ticket

MOST_LISTED = 100


@answer_class
class AnsweredTicket:
    """A finished ticket of the window with its answer; the name is masked."""

    id: str
    """Its public number."""
    kind: str
    state: str
    name: str | None
    """Masked."""
    created_at: datetime
    closed_at: datetime
    reason: str | None = field(repr=False)
    """The answer to the user."""


def answered(member: StaffMember) -> list[AnsweredTicket]:
    """Return the finished tickets of the member's window, newest end first."""
    desk.require_allowed(member, "tickets_listed", Permission.READ_WINDOW)
    desk.require_window(member)
    rows = (
        Ticket.select()
        .where(
            (Ticket.window_id == member.window_id)
            & Ticket.state.not_in(table.UNFINISHED)
            & ticket_access.visible(member)
        )
        .order_by(Ticket.closed_at.desc(), Ticket.id.desc())
        .limit(MOST_LISTED)
    )
    return [
        AnsweredTicket(
            row.number,
            row.kind,
            row.state,
            None if row.name is None else masking.name(row.name),
            row.created_at,
            row.closed_at or clock.now(),
            row.reason,
        )
        for row in rows
    ]


def get(member: StaffMember, ticket_id: str) -> OpenedTicket:
    """Return a ticket that the member's window sees, finished or not; masked until claimed."""
    with desk.acting(member, "ticket_opened", Permission.READ_WINDOW):
        desk.require_window(member)
    return ticket_desk.get(member, ticket_id)
