"""Sittings: one person at a counter and the form that a clerk fills in for them."""

from peewee import CharField, ForeignKeyField

from models.desks.staff import StaffMember
from models.storage.database import InstantField, Model
from models.storage.fields import EncryptedField


class DeskSitting(Model):
    """One person served by one member of staff; ``id`` is a random handle for URLs."""

    id = CharField(max_length=32, primary_key=True)
    member = ForeignKeyField(StaffMember, index=True)
    # JSON: the person, the form so far, and its result.
    content = EncryptedField("desk_sitting.content")
    created_at = InstantField()
    expires_at = InstantField(index=True)

    member_id: int

    class Meta:
        table_name = "desk_sitting"
