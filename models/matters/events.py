"""Events of a matter, numbered without gaps, for the system that made it."""

from peewee import BigAutoField, CharField, ForeignKeyField, IntegerField, TextField

from models.matters.matters import Matter
from models.storage.database import InstantField, Model


class MatterEvent(Model):
    """One event; ``content`` is JSON without names and numbers of persons or firms."""

    id = BigAutoField()
    number = CharField(max_length=32, unique=True)
    matter = ForeignKeyField(Matter)
    matter_id: int
    sequence = IntegerField()
    kind = CharField(max_length=24)
    content = TextField()
    created_at = InstantField(index=True)
    # The start of the attempts: its creation, or an operator's retry; null: nobody to send it to.
    tried_since = InstantField(null=True)
    attempts = IntegerField(default=0)
    # The HTTP status of the last answer; 0 for none.
    status = IntegerField(null=True)
    delivered_at = InstantField(null=True)
    failed_at = InstantField(null=True)

    class Meta:
        table_name = "matter_event"
        indexes = ((("matter", "sequence"), True),)
