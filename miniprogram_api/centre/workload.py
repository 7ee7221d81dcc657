"""Who of the centre has how much to do: claimed now, overdue of these, ended in seven days."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from miniprogram_api import clock
from miniprogram_api.desks.acts import CLAIM_TERM
from miniprogram_api.desks.queue import ENDED
from miniprogram_api.staff.members import Permission, StaffMember, require
from miniprogram_api.tickets import due
from models.desks.staff import StaffMember as StoredStaffMember
from models.desks.tickets import UNFINISHED, Ticket, TicketEvent

DAYS = 7
ROLE = "centre"


@dataclass(frozen=True, slots=True)
class Workload:
    """One member's tickets."""

    name: str
    own: bool
    claimed: int
    overdue: int
    ended: int
    """In the last seven days."""


def of_centre(member: StaffMember) -> list[Workload]:
    """Return the members of the centre, the busiest first. Raises Refused FORBIDDEN."""
    require(member, Permission.READ_CENTRE)
    now = clock.now()
    held = Ticket.select(Ticket.owner_id, Ticket.due_at).where(
        Ticket.state.in_(UNFINISHED) & (Ticket.owned_since > now - CLAIM_TERM)
    )
    claimed, overdue = Counter[str](), Counter[str]()
    for row in held:
        claimed[f"staff:{row.owner_id}"] += 1
        overdue[f"staff:{row.owner_id}"] += due.is_overdue(row.due_at)
    since = now - timedelta(days=DAYS)
    ended = Counter[str](
        event.actor
        for event in TicketEvent.select(TicketEvent.actor).where(
            TicketEvent.action.in_(ENDED) & (TicketEvent.at > since)
        )
    )
    staff = StoredStaffMember.select(
        StoredStaffMember.id, StoredStaffMember.name, StoredStaffMember.roles
    ).where(StoredStaffMember.active)
    found = [
        Workload(row.name, row.id == member.id, claimed[actor], overdue[actor], ended[actor])
        for row in staff
        if ROLE in row.roles.split(",") and (actor := f"staff:{row.id}")
    ]
    return sorted(found, key=lambda one: (-one.claimed, -one.ended, one.name))
