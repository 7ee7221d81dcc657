"""Ticket lists at a desk: the queue by due time with filters, by page, and a person's tickets.

`ticket_access.visible` limits the tickets; names are masked.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from peewee import Expression

from miniprogram_api import clock, masking
from miniprogram_api.answers import answer_class
from miniprogram_api.desks import acts as desk
from miniprogram_api.desks import lookups
from miniprogram_api.reasons import Refused
from miniprogram_api.services import Services
from miniprogram_api.staff.members import Permission, StaffMember, names_of, require
from miniprogram_api.texts import invalid
from miniprogram_api.tickets import access as ticket_access
from miniprogram_api.tickets import due, numbers
from models.desks import tickets as table
from models.desks.tickets import Ticket, TicketEvent

MOST_LISTED = 200
PAGE = 50
PREVIEW = 40
"""Characters of a description in a list."""
ENDED = ("resolved", "answered", "rejected")
"""The steps of a member that ends a ticket."""


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Filters of the queue; None matches every ticket."""

    state: str | None = None
    kind: str | None = None
    window_id: int | None = None
    """0: tickets of no window."""
    whose: Literal["mine", "free"] | None = None
    late: Literal["overdue", "today"] | None = None
    """Overdue, or due before the day ends."""
    sort: "Sort" = "due"


Sort = Literal["due", "newest", "oldest"]


@answer_class
class QueuedTicket:
    """A ticket in the queue; the name is masked."""

    id: str
    """Its public number."""
    kind: str
    state: str
    source: str
    name: str | None
    """Masked."""
    preview: str = field(repr=False)
    """The beginning of the description, masked."""
    window_id: int | None
    district: str | None
    created_at: datetime
    due_at: datetime
    overdue: bool
    owner: str | None = field(repr=False)
    """The member who works on it."""
    own: bool


@answer_class
class TicketQueue:
    """A page of the queue."""

    tickets: tuple[QueuedTicket, ...]
    next: str | None
    """``after`` of the next page; null on the last one."""


def queue(
    member: StaffMember,
    wanted: QueueFilter = QueueFilter(),
    *,
    after: tuple[datetime, int] | None = None,
    most: int = MOST_LISTED,
) -> list[QueuedTicket]:
    """Return the unfinished tickets that the member may work on, by default the first due first.

    ``after``: the time that they are sorted by and the id of the last one on the page before.
    """
    require(member, Permission.READ_WINDOW)
    query = Ticket.select(*_OF_QUEUE).where(
        Ticket.state.in_([wanted.state] if wanted.state else table.UNFINISHED)
        & ticket_access.visible(member)
    )
    for condition in _conditions(member, wanted):
        query = query.where(condition)
    column = Ticket.due_at if wanted.sort == "due" else Ticket.created_at
    is_falling = wanted.sort == "newest"
    if after is not None:
        at, ticket_id = after
        beyond = column < at if is_falling else column > at
        further = Ticket.id < ticket_id if is_falling else Ticket.id > ticket_id
        query = query.where(beyond | ((column == at) & further))
    order = (column.desc(), Ticket.id.desc()) if is_falling else (column, Ticket.id)
    return _all_queued(list(query.order_by(*order).limit(most)), member)


def finished(
    member: StaffMember, *, own: bool, before: str | None = None, most: int = PAGE
) -> TicketQueue:
    """Return a page of finished tickets, the last closed first.

    ``own``: those that the member ended. Raises Refused: FORBIDDEN, INVALID_INPUT on ``after``.
    """
    require(member, Permission.READ_WINDOW)
    query = Ticket.select(*_OF_QUEUE).where(
        Ticket.state.not_in(table.UNFINISHED) & ticket_access.visible(member)
    )
    if own:
        ended = TicketEvent.select(TicketEvent.ticket).where(
            (TicketEvent.actor == member.actor) & TicketEvent.action.in_(ENDED)
        )
        query = query.where(Ticket.id.in_(ended))
    if before is not None:
        last = _find_place(before)
        same = (Ticket.closed_at == last.closed_at) & (Ticket.id < last.id)
        query = query.where((Ticket.closed_at < last.closed_at) | same)
    rows = list(query.order_by(Ticket.closed_at.desc(), Ticket.id.desc()).limit(most + 1))
    place = rows[most - 1].number if len(rows) > most else None
    return TicketQueue(tuple(_all_queued(rows[:most], member)), place)


def page(
    member: StaffMember, wanted: QueueFilter, after: str | None, most: int = PAGE
) -> TicketQueue:
    """Return one page of the queue; ``after`` is ``next`` of the previous page.

    Raises Refused: FORBIDDEN, INVALID_INPUT on ``after``.
    """
    rows = queue(member, wanted, after=_read_place(after, wanted.sort), most=most + 1)
    place = rows[most - 1].id if len(rows) > most else None
    return TicketQueue(tuple(rows[:most]), place)


def of_person(
    services: Services, member: StaffMember, id_text: str, reason: str, note: str = ""
) -> list[QueuedTicket]:
    """Return the tickets about a person, finished or not, newest first; the look-up is recorded.

    Raises Refused: FORBIDDEN, INVALID_INPUT on ``id_number``, ``reason`` or ``note``; LOOKUP_LIMIT.
    """
    require(member, Permission.READ_CENTRE)
    id_number = desk.read_id_number(id_text)
    lookups.require_reason(reason, note)
    lookups.record(services, member, id_number, reason, note)
    about = Ticket.identity_index.matches(id_number) & ticket_access.visible(member)
    query = Ticket.select(*_OF_QUEUE).where(about).order_by(Ticket.id.desc()).limit(PAGE)
    return _all_queued(list(query), member)


def queued(row: Ticket, owners: dict[int, str], member: StaffMember) -> QueuedTicket:
    """Return a ticket as lists show it; ``owners``: id → name of the owner."""
    now = clock.now()
    holder = row.owner_id if row.owned_since and now - row.owned_since < desk.CLAIM_TERM else None
    return QueuedTicket(
        id=row.number,
        kind=row.kind,
        state=row.state,
        source=row.source,
        name=None if row.name is None else masking.name(row.name),
        preview=masking.free_text(row.description)[:PREVIEW],
        window_id=row.window_id,
        district=row.district,
        created_at=row.created_at,
        due_at=row.due_at,
        overdue=row.state in table.UNFINISHED and due.is_overdue(row.due_at),
        owner=None if holder is None else owners.get(holder, ""),
        own=holder == member.id,
    )


def _all_queued(rows: list[Ticket], member: StaffMember) -> list[QueuedTicket]:
    owners = names_of({row.owner_id for row in rows if row.owner_id is not None})
    return [queued(row, owners, member) for row in rows]


def _read_place(text: str | None, sort: Sort) -> tuple[datetime, int] | None:
    if text is None:
        return None
    last = _find_place(text)
    return last.due_at if sort == "due" else last.created_at, last.id


def _find_place(text: str) -> Ticket:
    try:
        return numbers.find(text)
    except Refused:
        raise invalid("tickets.after.wrong_form") from None


def _conditions(member: StaffMember, wanted: QueueFilter) -> list[Expression]:
    conditions: list[Expression] = []
    if wanted.kind is not None:
        conditions.append(Ticket.kind == wanted.kind)
    if wanted.window_id is not None:
        of_none = Ticket.window_id.is_null()
        conditions.append(
            of_none if wanted.window_id == 0 else Ticket.window_id == wanted.window_id
        )
    if wanted.late == "overdue":
        conditions.append(due.overdue(Ticket.due_at, clock.now()))
    elif wanted.late == "today":
        tomorrow = clock.midnight(clock.today() + timedelta(days=1))
        conditions.append(Ticket.due_at < tomorrow)
    expired = clock.now() - desk.CLAIM_TERM
    if wanted.whose == "mine":
        conditions.append((Ticket.owner_id == member.id) & (Ticket.owned_since > expired))
    elif wanted.whose == "free":
        conditions.append(Ticket.owner_id.is_null() | (Ticket.owned_since <= expired))
    return conditions


_OF_QUEUE = (
    Ticket.id,
    Ticket.number,
    Ticket.kind,
    Ticket.state,
    Ticket.source,
    Ticket.name,
    Ticket.description,
    Ticket.window_id,
    Ticket.district,
    Ticket.created_at,
    Ticket.due_at,
    Ticket.owner_id,
    Ticket.owned_since,
)
