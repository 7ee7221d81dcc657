"""Confirmations at a window, and their review by a second member of staff."""

from peewee import BigAutoField, BigIntegerField, CharField, ForeignKeyField

from models.desks.staff import StaffMember
from models.matters.decisions import Decision
from models.storage.database import InstantField, Model
from models.storage.fields import EncryptedField

PENDING = "pending"
CONFIRMED = "confirmed"
REVOKED = "revoked"


class DeskConfirmation(Model):
    """A confirmation on site, reviewed afterwards; or notarised papers, approved first.

    ``decision`` is the confirmation; of papers that wait, or were refused, their filing.
    """

    id = BigAutoField()
    decision = ForeignKeyField(Decision, unique=True)
    decision_id: int
    clerk = ForeignKeyField(StaffMember)
    clerk_id: int
    window_id = BigIntegerField(null=True)
    way = CharField(max_length=16)
    recorded_at = InstantField()
    review_due = InstantField()
    state = CharField(max_length=12, default=PENDING)
    reviewed_by = BigIntegerField(null=True)
    reviewed_at = InstantField(null=True)
    # JSON: what the clerk recorded.
    content = EncryptedField("desk_confirmation.content")

    class Meta:
        table_name = "desk_confirmation"
        indexes = ((("state", "review_due"), False),)
