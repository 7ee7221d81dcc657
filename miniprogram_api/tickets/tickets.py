"""Tickets: what a user cannot solve alone is handed to staff.

A ticket goes ``open`` → ``with_centre`` → ``resolved`` or ``rejected``; its opener may withdraw it.
A person has one unfinished ticket for a matter. It is shown to its opener alone, and to the staff.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, cast, get_args

from peewee import Expression

from miniprogram_api import audit, clock, texts
from miniprogram_api.access import attempts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.answers import answer_class
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.texts.tickets import next_step
from miniprogram_api.tickets import due as ticket_due
from miniprogram_api.tickets import facts as ticket_facts
from models.accounts.accounts import CANCELLED, FROZEN, Account
from models.desks import tickets as table
from models.storage.database import IntegrityError, instant, lock, transaction

Kind = Literal[
    "phone_verification",
    "identity_review",
    "manual_verification",
    "activation_phone",
    "re_registration",
    "phone_change",
    "identity_dispute",
    "other",
]
Owner = Literal["window", "centre", "nobody"]
State = Literal["open", "with_centre", "resolved", "rejected", "withdrawn"]
Source = Literal["user", "bot", "chat", "clerk"]

KINDS: tuple[Kind, ...] = get_args(Kind)
LONGEST_DESCRIPTION = 1000
# The step of a member of staff who opened the ticket for a reason; its opener is not shown it.
VIEWED = "viewed"
# The last step of a ticket that ended with an answer where an act could have solved it.
ANSWERED = "answered"
MOST_LISTED = 50
# An id of this many digits fits into every database's integers.
_LONGEST_ID = 15


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a ticket is about, in canonical forms; what is not known is None."""

    name: str | None = field(default=None, repr=False)
    id_number: str | None = field(default=None, repr=False)
    valid_from: date | None = None
    valid_until: str | None = None
    """ISO 8601 or ``长期``."""
    phone: str | None = field(default=None, repr=False)


_OWNERS: dict[str, Owner] = {table.OPEN: "window", table.WITH_CENTRE: "centre"}


@answer_class
class TicketStep:
    """One step in a ticket's life, as its opener may see it."""

    at: datetime
    state: State
    action: str


@answer_class
class Ticket:
    """A ticket as its opener sees it: without what the service and the staff note about it."""

    id: int
    kind: Kind
    state: State
    created_at: datetime
    due_at: datetime
    """By then it is answered."""
    owner: Owner
    description: str = field(repr=False)
    reason: str | None = field(repr=False)
    """Why it ended as it did."""
    next_step: str
    """What the user does next, one sentence."""
    closed_at: datetime | None
    evidence: int
    """How many pictures came with it."""
    history: tuple[TicketStep, ...]


def open_ticket(
    services: Services,
    *,
    kind: str,
    account_id: int | None,
    openid: str | None,
    source: str,
    description: str = "",
    facts: Mapping[str, Any] | None = None,
    conversation_id: str | None = None,
    subject: Subject | None = None,
    contact: str | None = None,
    is_urgent: bool = False,
) -> Ticket:
    """Open a ticket for an account, a WeChat user or both; the one that is open already, if any.

    An open one is told of another conversation that is handed over to people, of a new contact, and
    is due as soon as an urgent one if that is sooner.

    ``facts`` (JSON values) are what the caller knows besides; the service adds what it knows of the
    asker. ``subject`` is whom he says it is about; without it the account's holder. ``contact`` is
    how he wants to be reached; ``is_urgent``: see `ticket_due`. Raises ValueError for an unknown
    kind or when neither an account nor a WeChat user is given, Refused TOO_MANY_ATTEMPTS after ten
    different matters in 24 hours.
    """
    if kind not in KINDS or (account_id is None and openid is None):
        raise ValueError("A ticket has a known kind, and an account or a WeChat user.")
    account = None if account_id is None else Account.get_or_none(Account.id == account_id)
    about = _about(account, subject)
    matter = _matter(kind, account, openid, about)
    actor = _actor(account_id, openid)
    found = unfinished(matter)
    if found is not None and conversation_id is not None:
        _note_conversation(found, actor, description, conversation_id)
        found = _renewed(found, contact, is_urgent=is_urgent)
    elif found is None:
        asker = openid or f"account:{account_id}"
        attempts.take(services, [attempts.new_tickets(asker, matter)], scope="tickets")
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
            facts={**known, **_elements(about), **dict(facts or {})},
            conversation_id=conversation_id,
            contact=contact,
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
    is_urgent: bool = False,
) -> table.Ticket:
    """Write a ticket, unless an unfinished one for the same matter is there: then that one."""
    now = _now()
    try:
        with transaction():
            lock(f"ticket:{matter}")
            found = unfinished(matter)
            if found is not None:
                return _renewed(found, contact, is_urgent=is_urgent)
            row: table.Ticket = table.Ticket.create(
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
                created_at=now,
                due_at=ticket_due.due(kind, now, is_urgent=is_urgent),
            )
            note(row, actor, "opened")
    except IntegrityError:
        # Written at the same moment by a process that indexes with another key.
        found = unfinished(matter)
        if found is None:
            raise
        return found
    return row


def of_caller(session: SessionInfo) -> list[Ticket]:
    """The tickets that the session's holder may read, newest first, at most 50."""
    rows = (
        table.Ticket.select()
        .where(_readable(session))
        .order_by(table.Ticket.id.desc())
        .limit(MOST_LISTED)
    )
    return [view(row) for row in rows]


def get(session: SessionInfo, ticket_id: str) -> Ticket:
    """One ticket of the session's holder. Raises Refused NOT_FOUND for any other."""
    return view(readable(session, ticket_id))


def withdraw(session: SessionInfo, ticket_id: str) -> Ticket:
    """Take a ticket back.

    Raises Refused: NOT_FOUND, TICKET_CLOSED, NOT_APPLICABLE while an account is frozen for it:
    somebody has to decide what becomes of that.
    """
    found = readable(session, ticket_id)
    with transaction():
        row = unfinished_locked(found.id)
        if keeps_frozen(row):
            raise Refused(Reason.NOT_APPLICABLE)
        close(row, table.WITHDRAWN, None, actor=actor_of(session))
    return view(row)


def readable(session: SessionInfo, ticket_id: str) -> table.Ticket:
    """The row of a ticket of the session's holder. Raises Refused NOT_FOUND for any other."""
    if not (ticket_id.isascii() and ticket_id.isdecimal() and len(ticket_id) <= _LONGEST_ID):
        raise Refused(Reason.NOT_FOUND)
    row = table.Ticket.get_or_none((table.Ticket.id == int(ticket_id)) & _readable(session))
    if row is None:
        _note_attempt(session, int(ticket_id))
        raise Refused(Reason.NOT_FOUND)
    return row


def keeps_frozen(row: table.Ticket) -> bool:
    """Whether it disputes an identity whose account is frozen."""
    if row.kind != "identity_dispute" or row.id_number is None:
        return False
    frozen = Account.identity_index.matches(row.id_number) & (Account.status == FROZEN)
    return bool(Account.select().where(frozen).exists())


def unfinished_locked(ticket_id: int) -> table.Ticket:
    """The ticket, inside a transaction, until whose end nobody else changes it.

    Raises Refused: NOT_FOUND, TICKET_CLOSED.
    """
    row = table.locked(ticket_id)
    if row is None:
        raise Refused(Reason.NOT_FOUND)
    if row.state not in table.UNFINISHED:
        raise Refused(Reason.TICKET_CLOSED)
    return row


def close(row: table.Ticket, how: str, reason: str | None, *, actor: str) -> None:
    """End a locked ticket; the matter may be opened anew afterwards.

    ``how`` is the state in which it ends, or ANSWERED for one that is resolved by its answer.
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


def _note_conversation(
    row: table.Ticket, actor: str, description: str, conversation_id: str
) -> None:
    """Whoever works on an open ticket learns, once, what else its opener told the bot."""
    if (row.description, row.conversation_id) == (description, conversation_id):
        return
    text = texts.text("tickets.of_conversation", description=description, number=conversation_id)
    events = table.TicketEvent.select(table.TicketEvent.note)
    same = (table.TicketEvent.ticket == row.id) & (table.TicketEvent.action == "asked_again")
    with transaction():
        if text not in [event.note for event in events.where(same)]:
            note(row, actor, "asked_again", text)


def _renewed(row: table.Ticket, contact: str | None, *, is_urgent: bool) -> table.Ticket:
    """The same ticket with its opener's latest contact, and due sooner if it is urgent."""
    if contact is not None:
        row.contact = contact
        row.save(only=[table.Ticket.contact])
    if is_urgent:
        due_at = ticket_due.due(row.kind, _now(), is_urgent=True)
        later = (table.Ticket.id == row.id) & (table.Ticket.due_at > due_at)
        table.Ticket.update(due_at=due_at).where(later).execute()
    return table.Ticket.get_by_id(row.id)


def actor_of(session: SessionInfo) -> str:
    """The name under which histories know the session's holder."""
    return _actor(session.account_id, session.openid)


def matter_of_person(kind: str, id_number: str) -> str:
    """The matter of a person whose identity is known, to be given to ``insert``."""
    return f"{kind}:identity:{id_number}"


def view(row: table.Ticket) -> Ticket:
    """What the opener of a ticket sees of it."""
    step = table.TicketEvent
    shown = (step.ticket == row.id) & (step.action != VIEWED)
    events = list(step.select(step.at, step.state, step.action).where(shown).order_by(step.id))
    answered = bool(events) and events[-1].action == ANSWERED
    pictures = table.TicketEvidence.select().where(table.TicketEvidence.ticket == row.id).count()
    return Ticket(
        id=row.id,
        kind=cast("Kind", row.kind),
        state=cast("State", row.state),
        created_at=row.created_at,
        due_at=row.due_at,
        owner=_OWNERS.get(row.state, "nobody"),
        description=row.description,
        reason=row.reason,
        next_step=next_step(row.kind, row.state, row.due_at, answered=answered),
        closed_at=row.closed_at,
        evidence=pictures,
        history=tuple(TicketStep(one.at, cast("State", one.state), one.action) for one in events),
    )


def _note_attempt(session: SessionInfo, ticket_id: int) -> None:
    """Leave a line about somebody who asked for another's ticket; he learns nothing by it."""
    if table.Ticket.select().where(table.Ticket.id == ticket_id).exists():
        audit.write_own("api:attempt:refused", actor=actor_of(session), ticket=ticket_id)


def _actor(account_id: int | None, openid: str | None) -> str:
    return f"account:{account_id}" if account_id is not None else f"wechat:{openid}"


def _now() -> datetime:
    """The present instant as it is kept, so that an answer says the same before and after."""
    return instant(clock.milliseconds(clock.now()))


def _about(account: Account | None, subject: Subject | None) -> Subject:
    if subject is not None or account is None:
        return subject or Subject()
    return Subject(name=account.name, id_number=account.id_number, phone=account.phone)


def _matter(kind: str, account: Account | None, openid: str | None, about: Subject) -> str:
    """Who and what, in one text: only an account proves who somebody is."""
    if account is not None and about.id_number == account.id_number:
        return matter_of_person(kind, account.id_number)
    who = _actor(None if account is None else account.id, openid)
    return f"{kind}:{who}:{about.id_number or ''}"


def _elements(about: Subject) -> dict[str, Any]:
    if about.valid_from is None and about.valid_until is None:
        return {}
    return {"valid_from": about.valid_from, "valid_until": about.valid_until}


def unfinished(matter: str) -> table.Ticket | None:
    """The ticket for a matter on which somebody still works."""
    return table.Ticket.get_or_none(table.Ticket.matter_index.matches(matter))


def _readable(session: SessionInfo) -> Expression:
    """Tickets of the account; those of the WeChat user that belong to no living account."""
    without_account = table.Ticket.account.is_null() | table.Ticket.account.in_(
        Account.select(Account.id).where(Account.status == CANCELLED)
    )
    of_user = (table.Ticket.openid == session.openid) & without_account
    if session.account_id is None:
        return of_user
    of_account = table.Ticket.account == session.account_id
    return of_account if session.openid is None else of_account | of_user
