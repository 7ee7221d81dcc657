"""Messages to persons about their matters, kept until they were sent."""

from peewee import CharField, ForeignKeyField

from models import delivery_reports
from models.deliveries import Deliverable, index
from models.delivery_reports import Reported
from models.matters.matters import Line, Matter
from models.storage.database import InstantField
from models.storage.fields import BlindIndexField, EncryptedField


class MatterMessage(Deliverable, Reported):
    """One message to one person of a matter.

    ``reason`` is that of a lost line. ``phone`` is set once an SMS is sent to it.
    """

    matter = ForeignKeyField(Matter, index=True)
    matter_id: int
    # One of the person's lines, by which person and phone are found.
    line = ForeignKeyField(Line, index=True)
    line_id: int
    kind = CharField(max_length=16)
    reason = CharField(max_length=24, default="")
    created_at = InstantField()
    # The cause of its subscription message, once one was queued.
    subscription = CharField(max_length=128, null=True)
    phone = EncryptedField("matter_message.phone", null=True)
    phone_index = BlindIndexField("matter_message_phone", source="phone", null=True, index=True)
    # ``sent``, ``limit``, ``no_phone``, ``failed``, or ``void``: it was not needed any more.
    outcome = CharField(max_length=16, null=True)

    class Meta:
        table_name = "matter_message"


index(MatterMessage)
delivery_reports.index(MatterMessage)
