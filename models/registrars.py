"""Registration systems: what they were answered about whom, and what they are told afterwards."""

from peewee import BigAutoField, BooleanField, CharField, ForeignKeyField, IntegerField, TextField

from models.storage.database import InstantField, Model, for_update
from models.storage.fields import BlindIndexField, EncryptedField


class RegistrarKey(Model):
    """One system's key; ``networks`` are CIDRs joined by commas, none: from anywhere."""

    id = CharField(max_length=32, primary_key=True)
    name = CharField(max_length=64)
    secret = EncryptedField("registrar_key.secret")
    networks = CharField(max_length=500, default="")
    daily_quota = IntegerField()
    active = BooleanField(default=True)
    created_at = InstantField()
    # Where it is told what became of the persons that it asked about; empty: it is told nothing.
    webhook_url = CharField(max_length=300, default="")

    class Meta:
        table_name = "registrar_key"


class RegistrarReceipt(Model):
    """Who asked about whom for which matter, and the answer (JSON, nothing personal in it)."""

    id = BigAutoField()
    number = CharField(max_length=32, unique=True)
    key = ForeignKeyField(RegistrarKey)
    key_id: str
    matter = EncryptedField("registrar_receipt.matter")
    name = EncryptedField("registrar_receipt.name")
    id_number = EncryptedField("registrar_receipt.id_number")
    identity_index = BlindIndexField("identity", source="id_number", index=True)
    role = CharField(max_length=32)
    answer = TextField()
    asked_at = InstantField(index=True)

    class Meta:
        table_name = "registrar_receipt"


class RegistrarWatch(Model):
    """One person whom one system awaits; ``told`` is what the system knows of him (JSON)."""

    id = BigAutoField()
    key = ForeignKeyField(RegistrarKey)
    key_id: str
    name = EncryptedField("registrar_watch.name")
    id_number = EncryptedField("registrar_watch.id_number")
    identity_index = BlindIndexField("identity", source="id_number", index=True)
    told = TextField()
    # How many events there were: their order.
    sequence = IntegerField(default=0)
    until = InstantField(index=True)
    # The day on which somebody looked last whether a date made a difference.
    looked_on = CharField(max_length=10)
    # While somebody sends events of this person nobody else does.
    sending_until = InstantField(null=True)

    class Meta:
        table_name = "registrar_watch"


class RegistrarEvent(Model):
    """One thing that a system is told; ``content`` is JSON with nothing personal in it."""

    id = BigAutoField()
    number = CharField(max_length=32, unique=True)
    watch = ForeignKeyField(RegistrarWatch)
    watch_id: int
    sequence = IntegerField()
    kind = CharField(max_length=24)
    content = TextField()
    created_at = InstantField(index=True)
    # Since when it is tried: from its creation, or since an operator let it be tried again.
    tried_since = InstantField()
    attempts = IntegerField(default=0)
    # The HTTP status of the last answer; 0: there was none.
    status = IntegerField(null=True)
    delivered_at = InstantField(null=True)
    failed_at = InstantField(null=True)

    class Meta:
        table_name = "registrar_event"


def locked_watch(watch_id: int) -> RegistrarWatch | None:
    """The watch as it is now; until the transaction ends nobody else changes it."""
    query = RegistrarWatch.select().where(RegistrarWatch.id == watch_id)
    return for_update(query).first()
