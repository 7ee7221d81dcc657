"""Registration systems that ask whether people are verified, and what they were answered."""

from peewee import BigAutoField, BooleanField, CharField, ForeignKeyField, IntegerField, TextField

from models.database import InstantField, Model
from models.fields import BlindIndexField, EncryptedField


class RegistrarKey(Model):
    """One system's key; ``networks`` are CIDRs joined by commas, none: from anywhere."""

    id = CharField(max_length=32, primary_key=True)
    name = CharField(max_length=64)
    secret = EncryptedField("registrar_key.secret")
    networks = CharField(max_length=500, default="")
    daily_quota = IntegerField()
    active = BooleanField(default=True)
    created_at = InstantField()

    class Meta:
        table_name = "registrar_key"


class RegistrarReceipt(Model):
    """Who asked about whom for which matter, and the answer (JSON, nothing personal in it)."""

    id = BigAutoField()
    number = CharField(max_length=32, unique=True)
    key = ForeignKeyField(RegistrarKey)
    matter = EncryptedField("registrar_receipt.matter")
    name = EncryptedField("registrar_receipt.name")
    id_number = EncryptedField("registrar_receipt.id_number")
    identity_index = BlindIndexField("identity", source="id_number", index=True)
    role = CharField(max_length=32)
    answer = TextField()
    asked_at = InstantField(index=True)

    class Meta:
        table_name = "registrar_receipt"
