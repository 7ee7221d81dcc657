"""A person at a counter, and what a clerk is typing for him: known by a handle, not by a number."""

from peewee import CharField, ForeignKeyField

from models.desks.staff import StaffMember
from models.storage.database import InstantField, Model, for_update
from models.storage.fields import EncryptedField


class DeskSitting(Model):
    """One person in front of one member of staff; ``id`` is a random handle for addresses."""

    id = CharField(max_length=32, primary_key=True)
    member = ForeignKeyField(StaffMember, index=True)
    # JSON: whom it is about, what was typed so far, and what came of it.
    content = EncryptedField("desk_sitting.content")
    created_at = InstantField()
    expires_at = InstantField(index=True)

    member_id: int

    class Meta:
        table_name = "desk_sitting"


def locked(handle: str) -> DeskSitting | None:
    """The sitting as it is now; until the transaction ends nobody else changes it."""
    query = DeskSitting.select().where(DeskSitting.id == handle)
    return for_update(query).first()
