"""Complaints: tickets to the centre alone, hidden from the members complained of."""

from typing import NamedTuple

from miniprogram_api.staff import windows
from miniprogram_api.staff.members import members
from miniprogram_api.texts import invalid, text
from models.desks.tickets import ComplaintSubject, Ticket
from models.desks.windows import ServiceWindow

KIND = "complaint"


class ComplainedOf(NamedTuple):
    """The window and the name of the member of staff that a complaint is about."""

    window_id: int | None = None
    clerk_name: str | None = None


NO_ONE = ComplainedOf()


def require_window(window_id: int | None) -> None:
    """Raise Refused INVALID_INPUT on ``window_id`` for an unknown window."""
    known = ServiceWindow.select().where(ServiceWindow.id == window_id)
    if window_id is not None and not known.exists():
        raise invalid("tickets.window_id.not_allowed")


def describe(description: str, complained_of: ComplainedOf) -> str:
    """Put window and clerk in front of the description."""
    window_id, clerk_name = complained_of
    about = [] if window_id is None else [windows.get(window_id).name]
    about += [clerk_name] if clerk_name else []
    if not about:
        return description
    return text("tickets.complained_of", about="，".join(about), description=description)


def hide_from_subjects(row: Ticket, complained_of: ComplainedOf) -> None:
    """Hide a new complaint from the members of the window and from all that the name contains."""
    window_id, clerk_name = complained_of
    staff, said = members(), clerk_name or ""
    named = [one for one in staff if one.name in said or one.username == said]
    at_window = [one for one in staff if window_id is not None and one.window_id == window_id]
    for staff_id in {one.id for one in (*named, *at_window)}:
        ComplaintSubject.insert(ticket=row.id, staff_id=staff_id).execute()
