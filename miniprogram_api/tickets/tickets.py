"""Tickets: matters that users hand over to staff.

A ticket goes ``open`` → ``with_centre`` → ``resolved`` or ``rejected``; its opener may withdraw it.
A person has one unfinished ticket per matter. Only its opener and staff can read it.
"""

from dataclasses import field
from datetime import datetime
from typing import Final, Literal, cast, get_args

from miniprogram_api import audit, clock, texts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.answers import answer_class
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.tickets import complaints, numbers
from miniprogram_api.tickets import due as ticket_due
from models.accounts.accounts import FROZEN, Account
from models.desks import tickets as table
from models.storage.database import instant

FiledKind = Literal[
    "phone_verification",
    "identity_review",
    "manual_verification",
    "activation_phone",
    "re_registration",
    "phone_change",
    "identity_dispute",
    "name_correction",
    "data_transfer",
    "relatives_request",
    "refusal_reason",
    "complaint",
    "other",
]
Kind = Literal[FiledKind, "matter_not_mine", "matter_evidence"]  # The service opens the last.
Owner = Literal["window", "centre", "nobody"]
State = Literal["open", "with_centre", "resolved", "rejected", "withdrawn"]
Source = Literal["user", "bot", "chat", "clerk", "service"]

KINDS: tuple[Kind, ...] = get_args(Kind)
FILED_KINDS: tuple[FiledKind, ...] = get_args(FiledKind)
NOT_MINE: Final = "matter_not_mine"
EVIDENCE: Final = "matter_evidence"
# The step of a member who opened the ticket for a reason; hidden from its opener.
VIEWED = "viewed"
# The last step of a ticket that was resolved by an answer instead of an act.
ANSWERED = "answered"
# The government's hotline.
HOTLINE = "12345"


_OWNERS: dict[str, Owner] = {table.OPEN: "window", table.WITH_CENTRE: "centre"}


@answer_class
class TicketStep:
    """One step of a ticket, as its opener may see it."""

    at: datetime
    state: State
    action: str


@answer_class
class TicketAction:
    """A button beside the ticket."""

    type: Literal["call", "ticket"]
    label: str
    call: str | None = None
    """The number to call."""
    ticket: Kind | None = None
    """The kind of the ticket to open."""


@answer_class
class Ticket:
    """A ticket as its opener sees it, without the notes of service and staff."""

    id: str
    """Its public number."""
    kind: Kind
    state: State
    created_at: datetime
    due_at: datetime
    """When an answer is due."""
    owner: Owner
    district: str | None
    description: str = field(repr=False)
    reason: str | None = field(repr=False)
    """The reason of its outcome."""
    next_step: str
    """The next step of the user, one sentence."""
    closed_at: datetime | None
    evidence: int
    """The number of its pictures."""
    actions: tuple[TicketAction, ...]
    history: tuple[TicketStep, ...]


def keeps_frozen(row: table.Ticket) -> bool:
    """Return whether it disputes an identity whose account is frozen."""
    if row.kind != "identity_dispute" or row.id_number is None:
        return False
    frozen = Account.identity_index.matches(row.id_number) & (Account.status == FROZEN)
    return bool(Account.select().where(frozen).exists())


def unfinished_locked(ticket_id: str) -> table.Ticket:
    """Return the ticket, locked."""
    row = numbers.find(ticket_id, locked=True)
    if row.state not in table.UNFINISHED:
        raise Refused(Reason.TICKET_CLOSED)
    return row


def close(row: table.Ticket, how: str, reason: str | None, *, actor: str) -> None:
    """End a locked ticket, which allows a new one for the matter.

    ``how`` is the final state, or ANSWERED for one that is resolved by its answer.
    """
    row.state = table.RESOLVED if how == ANSWERED else how
    row.reason, row.closed_at = reason, now()
    row.matter_index = row.owner_id = row.owned_since = None
    row.save()
    note(row, actor, how, reason)


def reopen(row: table.Ticket, reason: str, *, actor: str) -> bool:
    """Open a locked ticket again whose outcome was revoked, for its window; return whether it was.

    Another unfinished ticket for the matter stays the only one, and this one keeps its reason.
    """
    row.reason = reason
    is_free = row.erased_at is None and unfinished(row.matter) in (None, row)
    if is_free and row.state not in table.UNFINISHED:
        row.state, row.closed_at, row.matter_index = table.OPEN, None, row.matter
        row.due_at, row.reminded_at = ticket_due.due(row.kind, now()), None
    row.save()
    note(row, actor, "reopened", reason)
    return is_free


def note(row: table.Ticket, actor: str, action: str, text: str | None = None) -> None:
    """Add a step to the ticket's history, within the transaction of its cause."""
    table.add_event(row.id, clock.milliseconds(clock.now()), row.state, actor, action, text)


def actor_of(session: SessionInfo) -> str:
    """Return the session's holder as named in histories."""
    return audit.by_asker(session.account_id, session.openid)


def view(row: table.Ticket) -> Ticket:
    """Return the ticket as its opener sees it."""
    step = table.TicketEvent
    shown = (step.ticket == row.id) & (step.action != VIEWED)
    events = list(step.select(step.at, step.state, step.action).where(shown).order_by(step.id))
    answered = bool(events) and events[-1].action == ANSWERED
    pictures = table.TicketEvidence.select().where(table.TicketEvidence.ticket == row.id).count()
    return Ticket(
        id=row.number,
        kind=cast("Kind", row.kind),
        state=cast("State", row.state),
        created_at=row.created_at,
        due_at=row.due_at,
        owner=_OWNERS.get(row.state, "nobody"),
        district=row.district,
        description=row.description,
        reason=row.reason,
        next_step=ticket_due.next_step_of(row, answered=answered),
        closed_at=row.closed_at,
        evidence=pictures,
        actions=_actions(row.kind),
        history=tuple(TicketStep(one.at, cast("State", one.state), one.action) for one in events),
    )


def _actions(kind: str) -> tuple[TicketAction, ...]:
    if kind == complaints.KIND:
        return (TicketAction("call", texts.text("tickets.hotline"), call=HOTLINE),)
    if kind == NOT_MINE:
        label = texts.text("tickets.kinds.identity_dispute")
        return (TicketAction("ticket", label, ticket="identity_dispute"),)
    return ()


def now() -> datetime:
    """Return the present time in the precision of the database."""
    return instant(clock.milliseconds(clock.now()))


def unfinished(matter: str) -> table.Ticket | None:
    """Return the unfinished ticket for a matter, or None."""
    return table.Ticket.get_or_none(table.Ticket.matter_index.matches(matter))
