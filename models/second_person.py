"""What one member of staff did or asks for, and a second member's decision about it.

The rules are in ``miniprogram_api.second_person``.
"""

from collections.abc import Collection, Iterable
from typing import Any, Self

from peewee import BigAutoField, BigIntegerField, CharField, ForeignKeyField, SmallIntegerField

from models.accounts.accounts import Account
from models.desks.staff import StaffMember
from models.desks.tickets import Ticket
from models.matters.decisions import Decision
from models.storage.database import InstantField, Model
from models.storage.fields import EncryptedField

VERIFICATION = "verification"
"""A manual verification in effect, to be reviewed."""
HELD_VERIFICATION = "held_verification"
"""One against the source: without effect until it is agreed to."""
ON_SITE_CONFIRMATION = "on_site_confirmation"
"""A confirmation of lines of a matter at a window, in effect, to be reviewed."""
HELD_CONFIRMATION = "held_confirmation"
"""One in a sitting whose verification is held; decided with it alone."""
MINOR_CONFIRMATION = "minor_confirmation"
"""One of a minor without a photographed proof of guardianship; it counts once it is agreed to."""
NOTARISED_PAPERS = "notarised_papers"
"""Papers that confirm lines once they are agreed to."""
CORRECT_PHONE = "correct_phone"
CLEAR_IDENTITY = "clear_identity"
CANCEL_ACCOUNT = "cancel_account"
UNFREEZE = "unfreeze"

VERIFICATIONS = (VERIFICATION, HELD_VERIFICATION)
CONFIRMATIONS = (ON_SITE_CONFIRMATION, MINOR_CONFIRMATION, NOTARISED_PAPERS)
CENTRE_ACTS = (CORRECT_PHONE, CLEAR_IDENTITY, CANCEL_ACCOUNT, UNFREEZE)

WAITING = "waiting"
AGREED = "agreed"
DENIED = "denied"
LATE = "late"
"""Not decided by its due time, after which it can no longer be agreed to."""
WITHDRAWN = "withdrawn"
VOID = "void"
"""Settled otherwise before a decision."""


class SecondPersonRequest(Model):
    """One request for a decision; the kind tells what it is about.

    A verification has an account (one that is held may get it later) and a ticket, a confirmation
    the decision of the person, an act of the centre a ticket. ``decision`` of papers that wait, or
    were denied, is their filing.
    """

    id = BigAutoField()
    kind = CharField(max_length=24)
    account = ForeignKeyField(Account, null=True)
    account_id: int | None
    # Every kind but confirmations has it.
    ticket: Any = ForeignKeyField(Ticket, null=True)
    ticket_id: int
    # The ticket on which nothing else may be asked meanwhile.
    blocked_ticket = BigIntegerField(null=True, unique=True)
    # Confirmations alone have it.
    decision: Any = ForeignKeyField(Decision, null=True, unique=True)
    decision_id: int
    # The window of the member who asks.
    window_id = BigIntegerField(null=True)
    asked_by = ForeignKeyField(StaffMember)
    asked_by_id: int
    asked_at = InstantField()
    due_at = InstantField()
    state = CharField(max_length=12, default=WAITING)
    decided_by = BigIntegerField(null=True)
    decided_at = InstantField(null=True)
    # JSON: what is asked, or what the clerk recorded, and questions about it with their answers.
    content = EncryptedField("second_person_request.content", null=True)
    # The codes of what is unusual about it, comma-separated, and their number.
    risk = CharField(max_length=120, null=True)
    risks = SmallIntegerField(null=True)
    # When it went to the centre, overdue, and when the person was told that it will lapse.
    escalated_at = InstantField(null=True)
    warned_at = InstantField(null=True)
    # JSON: what was seen of the person (``miniprogram_api.captures.evidence``).
    evidence = EncryptedField("second_person_request.evidence", null=True)

    @classmethod
    def of_kinds(cls, kinds: Collection[str]) -> Iterable[Self]:
        """Return the requests of these kinds."""
        return cls.select().where(cls.kind.in_([*kinds]))

    class Meta:
        table_name = "second_person_request"
        indexes = ((("state", "due_at"), False),)
