"""Decisions: what a person said about own lines, as a signed record that is never changed."""

from peewee import (
    BigAutoField,
    BigIntegerField,
    BooleanField,
    CharField,
    ForeignKeyField,
    IntegerField,
    TextField,
)

from models.accounts.accounts import Account
from models.matters.matters import Matter
from models.storage.database import InstantField, Model
from models.storage.fields import EncryptedField

CONFIRMATION, REFUSAL = "confirmation", "refusal"
NOTARISED = "notarised"
PAPERS = "papers"
"""What waits for a second person, as notarised papers; it confirms nothing yet."""


class Decision(Model):
    """One confirmation, refusal or filing of papers of one person for one or several lines.

    ``lines`` is JSON, a list of ``line_id`` and ``role``; ``pictures`` is JSON, name → SHA-256 in
    hexadecimal of ``signature`` and ``photo``. Names and numbers are not here.
    """

    id = BigAutoField()
    # The check code of a sheet, for ``/verify/{code}``.
    code = CharField(max_length=32, unique=True)
    matter = ForeignKeyField(Matter, index=True)
    matter_id: int
    kind = CharField(max_length=16)
    version = IntegerField()
    digest = CharField(max_length=64)
    statement = CharField(max_length=16)
    lines = TextField()
    # How: ``face``, ``ctid``, ``on_site``, ``notarised``; of a refusal also ``app``.
    way = CharField(max_length=16)
    at = InstantField()
    source_number = CharField(max_length=128, null=True)
    pictures = TextField(default="{}")
    # The person typed the own name in place of a signature.
    typed_name = BooleanField(default=False)
    account = ForeignKeyField(Account, null=True, index=True)
    account_id: int | None
    window_id = BigIntegerField(null=True)
    staff_id = BigIntegerField(null=True)
    # The reason of a refusal.
    reason = CharField(max_length=24, default="")
    # Free text of a refusal, so it may name a person.
    note = EncryptedField("matter_decision.note", null=True)
    # Ed25519 by the first of LEDGER_SEAL_KEYS, in base64; the public key in base64.
    signature = CharField(max_length=88, null=True)
    public_key = CharField(max_length=44, null=True)

    class Meta:
        table_name = "matter_decision"
