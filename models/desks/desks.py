"""Decisions of windows and the centre: manual verifications, approvals, clearances."""

from peewee import BigAutoField, BigIntegerField, CharField, ForeignKeyField

from models.accounts.accounts import Account
from models.desks.staff import StaffMember
from models.desks.tickets import Ticket
from models.storage.database import DayField, InstantField, Model
from models.storage.fields import BlindIndexField, EncryptedField

PENDING = "pending"
CONFIRMED = "confirmed"
REVOKED = "revoked"
APPROVED = "approved"
REFUSED = "refused"
HELD = "held"
"""Not effective until a second person approves it; then it is ``CONFIRMED`` or ``REFUSED``."""
VOID = "void"
"""It was held, and the person was verified otherwise meanwhile."""
UNDECIDED = (PENDING, HELD)


class ManualVerification(Model):
    """A person verified at a window, and its review by a second member of staff.

    One that is held has taken no effect; a registration has no account then.
    """

    id = BigAutoField()
    account = ForeignKeyField(Account, null=True, index=True)
    ticket = ForeignKeyField(Ticket)
    clerk = ForeignKeyField(StaffMember)
    verified_at = InstantField()
    review_due = InstantField()
    state = CharField(max_length=12, default=PENDING)
    reviewed_by = BigIntegerField(null=True)
    reviewed_at = InstantField(null=True)
    # Why it waited for a second person: the source's answer.
    held = CharField(max_length=32, null=True)
    # JSON: what takes effect by the approval; emptied by the decision.
    act = EncryptedField("manual_verification.act", null=True)

    account_id: int | None
    ticket_id: int
    clerk_id: int

    class Meta:
        table_name = "manual_verification"
        indexes = ((("state", "review_due"), False),)


class Approval(Model):
    """An act that needs a second person; ``pending_ticket`` is unique while pending."""

    id = BigAutoField()
    ticket = ForeignKeyField(Ticket, index=True)
    pending_ticket = BigIntegerField(unique=True, null=True)
    act = CharField(max_length=24)
    # JSON: the arguments of the act and its reason.
    content = EncryptedField("approval.content")
    requested_by = ForeignKeyField(StaffMember)
    requested_at = InstantField()
    expires_at = InstantField(index=True)
    state = CharField(max_length=12, default=PENDING)
    decided_by = BigIntegerField(null=True)
    decided_at = InstantField(null=True)

    ticket_id: int
    requested_by_id: int

    class Meta:
        table_name = "approval"


class IdentityClearance(Model):
    """Four elements that the centre confirmed although the source denies them."""

    id = BigAutoField()
    id_number = EncryptedField("identity_clearance.id_number")
    identity_index = BlindIndexField("identity", source="id_number", index=True)
    name = EncryptedField("identity_clearance.name")
    valid_from = DayField()
    valid_until = DayField(null=True)
    ticket = ForeignKeyField(Ticket)
    cleared_at = InstantField()
    expires_at = InstantField(index=True)

    ticket_id: int

    class Meta:
        table_name = "identity_clearance"
