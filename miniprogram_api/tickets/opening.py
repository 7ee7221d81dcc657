"""Open a ticket, or find the unfinished one: a person has one per matter."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from miniprogram_api import audit, texts
from miniprogram_api.access import attempts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import delayed_levels, disputes
from miniprogram_api.services import Services
from miniprogram_api.tickets import complaints, districts, numbers, sharing, tickets
from miniprogram_api.tickets import due as ticket_due
from miniprogram_api.tickets import facts as ticket_facts
from miniprogram_api.tickets.complaints import NO_ONE, ComplainedOf
from miniprogram_api.tickets.tickets import Ticket
from models.accounts.accounts import Account
from models.desks import tickets as table
from models.storage.database import IntegrityError, lock, transaction

LONGEST_DESCRIPTION = 1000


@dataclass(frozen=True, slots=True)
class Subject:
    """The person a ticket is about, in canonical form; None where unknown."""

    name: str | None = field(default=None, repr=False)
    id_number: str | None = field(default=None, repr=False)
    valid_from: date | None = None
    valid_until: str | None = None
    """ISO 8601 or ``长期``."""
    phone: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Opening:
    """A ticket to be opened: its kind, its opener and what the opener says."""

    kind: str
    source: str
    account_id: int | None = None
    openid: str | None = None
    subject: Subject | None = None
    """By default the holder of the account."""
    description: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """JSON values."""
    conversation_id: str | None = None
    contact: str | None = None
    """What reaches the opener."""
    district: str | None = None
    window_id: int | None = None
    """The window that works on it."""
    complained_of: ComplainedOf = NO_ONE
    is_urgent: bool = False


def open_ticket(services: Services, opening: Opening, *, address: str = "") -> Ticket:
    """Open a ticket for an account, a WeChat user or both, or return the open one.

    An open one gets a note, the new contact and district, and becomes due sooner if urgent. The
    facts of the service are added, and the district is by default that of earlier tickets.
    ``address``: of the user, empty where it has no limit. Raises ValueError for an unknown kind or
    asker, Refused TOO_MANY_ATTEMPTS after ten matters in 24 hours.
    """
    kind, account_id, openid = opening.kind, opening.account_id, opening.openid
    if kind not in tickets.KINDS or (account_id is None and openid is None):
        raise ValueError("A ticket has a known kind, and an account or a WeChat user.")
    account = None if account_id is None else Account.get_or_none(Account.id == account_id)
    subject = _subject(account, opening.subject)
    is_complaint = kind == complaints.KIND
    complained_of = opening.complained_of
    more = f":{complained_of.window_id or ''}:{complained_of.clerk_name or ''}"
    more = more if is_complaint else ""
    matter = _matter(opening, account, subject) + more
    row = tickets.unfinished(matter)
    if account is not None and not sharing.is_handed(row, account):
        matter = _matter(opening, account, subject, is_shared=False) + more
        row = tickets.unfinished(matter)
    if is_complaint:
        opening = replace(
            opening, description=complaints.describe(opening.description, complained_of)
        )
    actor = audit.by_asker(account_id, openid)
    if row is not None:
        _note_repetition(row, actor, opening.description, opening.conversation_id)
        return tickets.view(_renewed(row, opening))
    opener = SessionInfo(b"", openid, account_id, address=address)
    limits = attempts.new_tickets(services.settings, opener, matter)
    attempts.take(services, limits, scope="tickets")
    opening = replace(
        opening,
        subject=subject,
        facts={
            **ticket_facts.gather(account_id, openid),
            **ticket_facts.of_dates(subject.valid_from, subject.valid_until),
            **opening.facts,
        },
        district=opening.district
        or (is_complaint and districts.of_window(complained_of.window_id))
        or districts.known(openid, account_id),
    )
    state = table.WITH_CENTRE if is_complaint else table.OPEN
    return tickets.view(insert(opening, matter, actor=actor, state=state))


def insert(opening: Opening, matter: str, *, actor: str, state: str = table.OPEN) -> table.Ticket:
    """Insert a ticket, or return the unfinished one for the same matter."""
    now, subject = tickets.now(), opening.subject or Subject()
    try:
        with transaction():
            lock(f"ticket:{matter}")
            unfinished = tickets.unfinished(matter)
            if unfinished is not None:
                return _renewed(unfinished, opening)
            row: table.Ticket = table.Ticket.create(
                number=numbers.new(),
                kind=opening.kind,
                state=state,
                source=opening.source,
                account=opening.account_id,
                openid=opening.openid,
                matter=matter,
                matter_index=matter,
                name=subject.name,
                id_number=subject.id_number,
                identity_index=subject.id_number,
                phone=subject.phone,
                contact=opening.contact,
                description=opening.description[:LONGEST_DESCRIPTION],
                facts=json.dumps(dict(opening.facts), ensure_ascii=False, default=str),
                conversation_id=opening.conversation_id,
                window_id=opening.window_id,
                district=opening.district,
                created_at=now,
                due_at=ticket_due.due(opening.kind, now, is_urgent=opening.is_urgent),
            )
            tickets.note(row, actor, "opened")
            if opening.kind == disputes.KIND and subject.id_number is not None:
                delayed_levels.dispute_identity(subject.id_number)
            complaints.hide_from_subjects(row, opening.complained_of)
    except IntegrityError:
        # Concurrently inserted by a process that indexes with another key.
        unfinished = tickets.unfinished(matter)
        if unfinished is None:
            raise
        return unfinished
    return row


def matter_of_person(kind: str, id_number: str) -> str:
    """Return the matter of a person whose identity is known, for ``insert``."""
    return f"{kind}:identity:{id_number}"


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
            tickets.note(row, actor, "asked_again", text)


def _renewed(row: table.Ticket, opening: Opening) -> table.Ticket:
    """Update contact and district, and the due time if it is urgent; return the ticket."""
    if opening.contact is not None:
        row.contact = opening.contact
        row.save(only=[table.Ticket.contact])
    if opening.district is not None:
        # A window that has it keeps it.
        free = table.Ticket.id == row.id, table.Ticket.window_id.is_null()
        table.Ticket.update(district=opening.district).where(*free).execute()
    if opening.is_urgent:
        due_at = ticket_due.due(row.kind, tickets.now(), is_urgent=True)
        later = table.Ticket.id == row.id, table.Ticket.due_at > due_at
        table.Ticket.update(due_at=due_at).where(*later).execute()
    return table.Ticket.get_by_id(row.id)


def _subject(account: Account | None, given: Subject | None) -> Subject:
    if given is not None or account is None:
        return given or Subject()
    return Subject(name=account.name, id_number=account.id_number, phone=account.phone)


def _matter(
    opening: Opening, account: Account | None, subject: Subject, *, is_shared: bool = True
) -> str:
    """Combine person and kind; tickets of an account are shared with the person's others."""
    if account is not None and is_shared and subject.id_number == account.id_number:
        return matter_of_person(opening.kind, account.id_number)
    asker = f"wechat:{opening.openid}" if account is None else f"account:{account.id}"
    return f"{opening.kind}:{asker}:{subject.id_number or ''}"
