"""Tickets: matters that users hand over to staff.

A ticket goes ``open`` → ``with_centre`` → ``resolved`` or ``rejected``; its opener may withdraw it.
A person has one unfinished ticket per matter. Only its opener and staff can read it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal, cast, get_args

from miniprogram_api import audit, clock, texts
from miniprogram_api.access import attempts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import delayed_levels, disputes
from miniprogram_api.answers import answer_class
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.tickets import complaints, districts, numbers, sharing
from miniprogram_api.tickets import due as ticket_due
from miniprogram_api.tickets import facts as ticket_facts
from models.accounts.accounts import FROZEN, Account
from models.desks import tickets as table
from models.storage.database import IntegrityError, instant, lock, transaction

FiledKind = Literal[
    "phone_verification",
    "identity_review",
    "manual_verification",
    "activation_phone",
    "re_registration",
    "phone_change",
    "identity_dispute",
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
LONGEST_DESCRIPTION = 1000
# The step of a member who opened the ticket for a reason; hidden from its opener.
VIEWED = "viewed"
# The last step of a ticket that was resolved by an answer instead of an act.
ANSWERED = "answered"
# The government's hotline.
HOTLINE = "12345"


@dataclass(frozen=True, slots=True)
class Subject:
    """The person a ticket is about, in canonical form; None where unknown."""

    name: str | None = field(default=None, repr=False)
    id_number: str | None = field(default=None, repr=False)
    valid_from: date | None = None
    valid_until: str | None = None
    """ISO 8601 or ``长期``."""
    phone: str | None = field(default=None, repr=False)


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


def open_ticket(
    services: Services,
    *,
    kind: str,
    account_id: int | None,
    openid: str | None,
    source: str,
    address: str = "",
    description: str = "",
    facts: Mapping[str, Any] | None = None,
    conversation_id: str | None = None,
    subject: Subject | None = None,
    contact: str | None = None,
    district: str | None = None,
    window_id: int | None = None,
    clerk_name: str | None = None,
    is_urgent: bool = False,
) -> Ticket:
    """Open a ticket for an account, a WeChat user or both, or return the open one.

    An open one gets a note, the new contact and district, and becomes due sooner if urgent.

    ``address``: of the user, empty where it has no limit. ``facts`` (JSON values) extend those of
    the service. ``subject`` defaults to the holder, ``district`` to that of earlier tickets.
    ``contact`` reaches the opener; ``window_id``, ``clerk_name``: complained of. Raises ValueError
    for an unknown kind or asker, Refused TOO_MANY_ATTEMPTS after ten matters in 24 hours.
    """
    if kind not in KINDS or (account_id is None and openid is None):
        raise ValueError("A ticket has a known kind, and an account or a WeChat user.")
    account = None if account_id is None else Account.get_or_none(Account.id == account_id)
    about = _about(account, subject)
    is_complaint = kind == complaints.KIND
    more = f":{window_id or ''}:{clerk_name or ''}" if is_complaint else ""
    matter = _matter(kind, account, openid, about) + more
    found = unfinished(matter)
    if account is not None and not sharing.is_handed(found, account):
        matter = _matter(kind, account, openid, about, is_shared=False) + more
        found = unfinished(matter)
    if is_complaint:
        description = complaints.describe(description, window_id, clerk_name)
    actor = audit.by_asker(account_id, openid)
    if found is not None:
        _note_repetition(found, actor, description, conversation_id)
        found = _renewed(found, contact, district, is_urgent=is_urgent)
    else:
        opener = SessionInfo(b"", openid, account_id, address=address)
        limits = attempts.new_tickets(services.settings, opener, matter)
        attempts.take(services, limits, scope="tickets")
        known = ticket_facts.gather(account_id, openid)
        found = insert(
            kind,
            matter,
            about,
            source=source,
            actor=actor,
            account_id=account_id,
            openid=openid,
            description=description,
            facts={
                **known,
                **ticket_facts.of_dates(about.valid_from, about.valid_until),
                **dict(facts or {}),
            },
            conversation_id=conversation_id,
            contact=contact,
            district=district
            or (is_complaint and districts.of_window(window_id))
            or districts.known(openid, account_id),
            state=table.WITH_CENTRE if is_complaint else table.OPEN,
            complained_of=(window_id, clerk_name),
            is_urgent=is_urgent,
        )
    return view(found)


def insert(
    kind: str,
    matter: str,
    about: Subject,
    *,
    source: str,
    actor: str,
    account_id: int | None,
    openid: str | None,
    description: str,
    facts: Mapping[str, Any],
    state: str = table.OPEN,
    window_id: int | None = None,
    conversation_id: str | None = None,
    contact: str | None = None,
    district: str | None = None,
    complained_of: tuple[int | None, str | None] = (None, None),
    is_urgent: bool = False,
) -> table.Ticket:
    """Insert a ticket, or return the unfinished one for the same matter."""
    now = _now()
    try:
        with transaction():
            lock(f"ticket:{matter}")
            found = unfinished(matter)
            if found is not None:
                return _renewed(found, contact, district, is_urgent=is_urgent)
            row: table.Ticket = table.Ticket.create(
                number=numbers.new(),
                kind=kind,
                state=state,
                source=source,
                account=account_id,
                openid=openid,
                matter=matter,
                matter_index=matter,
                name=about.name,
                id_number=about.id_number,
                identity_index=about.id_number,
                phone=about.phone,
                contact=contact,
                description=description[:LONGEST_DESCRIPTION],
                facts=json.dumps(dict(facts), ensure_ascii=False, default=str),
                conversation_id=conversation_id,
                window_id=window_id,
                district=district,
                created_at=now,
                due_at=ticket_due.due(kind, now, is_urgent=is_urgent),
            )
            note(row, actor, "opened")
            if kind == disputes.KIND and about.id_number is not None:
                delayed_levels.dispute_identity(about.id_number)
            complaints.hide_from_subjects(row, *complained_of)
    except IntegrityError:
        # Concurrently inserted by a process that indexes with another key.
        found = unfinished(matter)
        if found is None:
            raise
        return found
    return row


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
    row.reason, row.closed_at = reason, _now()
    row.matter_index = row.owner_id = row.owned_since = None
    row.save()
    note(row, actor, how)


def note(row: table.Ticket, actor: str, action: str, text: str | None = None) -> None:
    """Add a step to the ticket's history, within the transaction of its cause."""
    table.TicketEvent.insert(
        ticket=row.id, at=clock.now(), state=row.state, actor=actor, action=action, note=text
    ).execute()


def _note_repetition(
    row: table.Ticket, actor: str, description: str, conversation_id: str | None
) -> None:
    """Add a note about another description or conversation of the opener, once."""
    if conversation_id is None:
        text = description
        if description in ("", row.description):
            return
    elif (row.description, row.conversation_id) == (description, conversation_id):
        return
    else:
        text = texts.text(
            "tickets.of_conversation", description=description, number=conversation_id
        )
    events = table.TicketEvent.select(table.TicketEvent.note)
    same = (table.TicketEvent.ticket == row.id) & (table.TicketEvent.action == "asked_again")
    with transaction():
        if text not in [event.note for event in events.where(same)]:
            note(row, actor, "asked_again", text)


def _renewed(
    row: table.Ticket, contact: str | None, district: str | None, *, is_urgent: bool
) -> table.Ticket:
    """Update contact and district, and the due time if it is urgent; return the ticket."""
    if contact is not None:
        row.contact = contact
        row.save(only=[table.Ticket.contact])
    if district is not None:
        # A window that has it keeps it.
        free = table.Ticket.id == row.id, table.Ticket.window_id.is_null()
        table.Ticket.update(district=district).where(*free).execute()
    if is_urgent:
        due_at = ticket_due.due(row.kind, _now(), is_urgent=True)
        later = table.Ticket.id == row.id, table.Ticket.due_at > due_at
        table.Ticket.update(due_at=due_at).where(*later).execute()
    return table.Ticket.get_by_id(row.id)


def actor_of(session: SessionInfo) -> str:
    """Return the session's holder as named in histories."""
    return audit.by_asker(session.account_id, session.openid)


def matter_of_person(kind: str, id_number: str) -> str:
    """Return the matter of a person whose identity is known, for ``insert``."""
    return f"{kind}:identity:{id_number}"


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


def _now() -> datetime:
    """Return the present time in the precision of the database."""
    return instant(clock.milliseconds(clock.now()))


def _about(account: Account | None, subject: Subject | None) -> Subject:
    if subject is not None or account is None:
        return subject or Subject()
    return Subject(name=account.name, id_number=account.id_number, phone=account.phone)


def _matter(
    kind: str,
    account: Account | None,
    openid: str | None,
    about: Subject,
    *,
    is_shared: bool = True,
) -> str:
    """Combine person and kind; tickets of an account are shared with the person's others."""
    if account is not None and is_shared and about.id_number == account.id_number:
        return matter_of_person(kind, account.id_number)
    asker = f"wechat:{openid}" if account is None else f"account:{account.id}"
    return f"{kind}:{asker}:{about.id_number or ''}"


def unfinished(matter: str) -> table.Ticket | None:
    """Return the unfinished ticket for a matter, or None."""
    return table.Ticket.get_or_none(table.Ticket.matter_index.matches(matter))
