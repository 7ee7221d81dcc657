"""Registration systems: keys, receipts of their queries, watches and webhook events."""

from peewee import (
    BigAutoField,
    BigIntegerField,
    BooleanField,
    CharField,
    ForeignKeyField,
    IntegerField,
    TextField,
)

from models.deliveries import Deliverable, index
from models.storage.database import InstantField, Model
from models.storage.fields import BlindIndexField, EncryptedField


class RegistrarKey(Model):
    """One system's key; ``networks`` are CIDRs joined by commas, empty: any address."""

    id = CharField(max_length=32, primary_key=True)
    name = CharField(max_length=64)
    secret = EncryptedField("registrar_key.secret")
    networks = CharField(max_length=500, default="")
    daily_quota = IntegerField()
    active = BooleanField(default=True)
    created_at = InstantField()
    # Receives events about persons that the system asked about; empty: none.
    webhook_url = CharField(max_length=300, default="")
    # Whether it registers only persons with the switch 是否办理工商登记注册 on.
    uses_switch = BooleanField(default=True)

    class Meta:
        table_name = "registrar_key"


class RegistrarReceipt(Model):
    """One query about a person and its answer (JSON, nothing personal in it)."""

    id = BigAutoField()
    number = CharField(max_length=32, unique=True)
    key = ForeignKeyField(RegistrarKey)
    key_id: str
    matter = EncryptedField("registrar_receipt.matter")
    name = EncryptedField("registrar_receipt.name")
    id_number = EncryptedField("registrar_receipt.id_number")
    identity_index = BlindIndexField("identity", source="id_number", index=True)
    # The account that the answer is about; null: there was none with this number and name.
    account_id = BigIntegerField(null=True, index=True)
    role = CharField(max_length=32)
    answer = TextField()
    asked_at = InstantField(index=True)

    class Meta:
        table_name = "registrar_receipt"


class RegistrarWatch(Model):
    """One person watched for one system; ``told`` is the last state sent to it (JSON)."""

    id = BigAutoField()
    key = ForeignKeyField(RegistrarKey)
    key_id: str
    name = EncryptedField("registrar_watch.name")
    id_number = EncryptedField("registrar_watch.id_number")
    identity_index = BlindIndexField("identity", source="id_number", index=True)
    told = TextField()
    # The number of events so far, which orders them.
    sequence = IntegerField(default=0)
    until = InstantField(index=True)
    # The day of the last check for changes by date.
    looked_on = CharField(max_length=10)

    class Meta:
        table_name = "registrar_watch"


class RegistrarEvent(Deliverable):
    """One webhook event; ``content`` is JSON with nothing personal in it."""

    number = CharField(max_length=32, unique=True)
    watch = ForeignKeyField(RegistrarWatch)
    watch_id: int
    sequence = IntegerField()
    kind = CharField(max_length=24)
    content = TextField()
    created_at = InstantField(index=True)

    class Meta:
        table_name = "registrar_event"


index(RegistrarEvent)
