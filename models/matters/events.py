"""Events of a matter, numbered without gaps, for the system that made it."""

from peewee import CharField, ForeignKeyField, IntegerField, TextField

from models.deliveries import Deliverable, index
from models.matters.matters import Matter
from models.storage.database import InstantField


class MatterEvent(Deliverable):
    """One event; ``content`` is JSON without names and numbers of persons or firms.

    ``since`` is null where there was no system to send it to.
    """

    number = CharField(max_length=32, unique=True)
    matter = ForeignKeyField(Matter)
    matter_id: int
    sequence = IntegerField()
    kind = CharField(max_length=24)
    content = TextField()
    created_at = InstantField(index=True)

    class Meta:
        table_name = "matter_event"
        indexes = ((("matter", "sequence"), True),)


index(MatterEvent)
