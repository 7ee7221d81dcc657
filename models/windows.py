"""Windows: the counters of the registration offices where a person is helped in person."""

from peewee import BigAutoField, BooleanField, CharField, TextField

from models.database import InstantField, Model


class ServiceWindow(Model):
    """One counter; ``districts`` and ``closed_days`` are JSON lists of texts."""

    id = BigAutoField()
    name = CharField(max_length=64)
    address = CharField(max_length=200)
    hours = CharField(max_length=100)
    phone = CharField(max_length=32)
    districts = TextField(default="[]")
    closed_days = TextField(default="[]")
    active = BooleanField(default=True)
    changed_at = InstantField()

    class Meta:
        table_name = "service_window"
