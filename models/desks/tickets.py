"""Tickets: matters that users hand over to staff."""

from collections.abc import Collection

from peewee import (
    BigAutoField,
    BigIntegerField,
    BlobField,
    CharField,
    ForeignKeyField,
    IntegerField,
)

from models.accounts.accounts import Account
from models.desks import stamps
from models.storage.database import InstantField, Model
from models.storage.deterministic import WECHAT_USER, DeterministicField, asked_by
from models.storage.fields import BlindIndexField, EncryptedField

OPEN = "open"
WITH_CENTRE = "with_centre"
RESOLVED = "resolved"
REJECTED = "rejected"
WITHDRAWN = "withdrawn"
UNFINISHED = (OPEN, WITH_CENTRE)


class Ticket(Model):
    """One matter of one person; ``account`` and ``openid`` are those of its readers.

    ``matter`` combines person and kind. Its index is unique while the ticket is unfinished and null
    afterwards, so a person has one open ticket per matter.
    """

    id = BigAutoField()
    # The name of the ticket outside the database.
    number = CharField(max_length=10, unique=True)
    kind = CharField(max_length=24)
    state = CharField(max_length=16, default=OPEN)
    source = CharField(max_length=16)
    account = ForeignKeyField(Account, null=True, index=True)
    openid = DeterministicField(WECHAT_USER, null=True, index=True)
    matter = EncryptedField("ticket.matter")
    matter_index = BlindIndexField("ticket.matter", source="matter", unique=True, null=True)
    # The subject, as stated by the opener or on the card.
    name = EncryptedField("ticket.name", null=True)
    id_number = EncryptedField("ticket.id_number", null=True)
    identity_index = BlindIndexField("identity", source="id_number", index=True, null=True)
    phone = EncryptedField("ticket.phone", null=True)
    contact = EncryptedField("ticket.contact", null=True)
    description = EncryptedField("ticket.description")
    # JSON: context gathered when the ticket was opened, for staff.
    facts = EncryptedField("ticket.facts")
    conversation_id = DeterministicField(WECHAT_USER, null=True)
    window_id = BigIntegerField(null=True, index=True)
    district = CharField(max_length=32, null=True)
    created_at = InstantField()
    due_at = InstantField(index=True)
    reminded_at = InstantField(null=True)
    # The member of staff who holds it.
    owner_id = BigIntegerField(null=True)
    owned_since = InstantField(null=True)
    closed_at = InstantField(null=True, index=True)
    # The outcome as shown to the person.
    reason = EncryptedField("ticket.reason", null=True)
    erased_at = InstantField(null=True)

    account_id: int | None

    class Meta:
        table_name = "ticket"
        indexes = ((("state", "due_at"), False),)


class ComplaintSubject(Model):
    """A member of staff complained of, to whom the ticket is never shown."""

    id = BigAutoField()
    ticket = ForeignKeyField(Ticket, index=True)
    staff_id = BigIntegerField(index=True)

    ticket_id: int

    class Meta:
        table_name = "complaint_subject"


class TicketEvent(Model):
    """One step of a ticket's history, starting with its opening."""

    id = BigAutoField()
    ticket = ForeignKeyField(Ticket, index=True)
    at = InstantField()
    state = CharField(max_length=16)
    actor = CharField(max_length=64)
    action = CharField(max_length=24)
    note = EncryptedField("ticket_event.note", null=True)
    # Made by a key outside the database over all but the note; steps from before it have none.
    stamp = CharField(max_length=64, null=True)

    ticket_id: int

    class Meta:
        table_name = "ticket_event"


class TicketEvidence(Model):
    """A picture of a ticket, encrypted under a key of its own.

    Key rotation re-encrypts only that key; deleting the row makes every copy of the picture
    unreadable.
    """

    id = BigAutoField()
    ticket = ForeignKeyField(Ticket, index=True)
    added_at = InstantField()
    actor = CharField(max_length=64)
    sha256 = CharField(max_length=64)
    size = IntegerField()
    key = EncryptedField("ticket_evidence.key")
    content = BlobField()

    ticket_id: int

    class Meta:
        table_name = "ticket_evidence"


class TicketFaceCheck(Model):
    """A face check of a person without an account, for a ticket."""

    id = CharField(max_length=32, primary_key=True)
    ticket = ForeignKeyField(Ticket, index=True)
    openid = DeterministicField(WECHAT_USER)
    verify_id = EncryptedField("ticket_face_check.verify_id")
    consent_version = CharField(max_length=32)
    created_at = InstantField(index=True)
    expires_at = InstantField()
    # Set while the source is asked, and for good once it gave a definite answer.
    used_at = InstantField(null=True)
    outcome = CharField(max_length=24, null=True)
    source_request_id = CharField(max_length=64, null=True)

    class Meta:
        table_name = "ticket_face_check"


def add_event(
    ticket_id: int, at_ms: int, state: str, actor: str, action: str, note: str | None
) -> None:
    """Add a step to a ticket's history."""
    TicketEvent.insert(
        ticket=ticket_id,
        at=at_ms,
        state=state,
        actor=actor,
        action=action,
        note=note,
        stamp=stamps.make("ticket_event", ticket_id, at_ms, state, actor, action),
    ).execute()


def numbers(ids: Collection[int] | None = None) -> dict[int, str]:
    """Return id → public number, of all tickets or of some."""
    query = Ticket.select(Ticket.id, Ticket.number)
    rows = query if ids is None else query.where(Ticket.id.in_(list(ids)))
    return {row.id: row.number for row in rows}


def last_window(openid: str | None, account_id: int | None) -> int | None:
    """Return the window of the newest ticket of a WeChat user or an account."""
    asked = asked_by(Ticket, openid, account_id)
    query = Ticket.select(Ticket.window_id).where(asked, Ticket.window_id.is_null(False))
    window_id: int | None = query.order_by(Ticket.id.desc()).limit(1).scalar()
    return window_id
