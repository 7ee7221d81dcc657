"""Answers stored under an Idempotency-Key, to be returned to a repeated call."""

from peewee import BlobField, CharField, SmallIntegerField

from models.storage.database import InstantField, Model
from models.storage.fields import EncryptedField


class IdempotentCall(Model):
    """One call: running until ``lease_until``, or answered (``status`` is set)."""

    key_hash = BlobField(primary_key=True)
    body_digest = BlobField()
    holder = CharField(max_length=32)
    created_at = InstantField(index=True)
    lease_until = InstantField()
    status = SmallIntegerField(null=True)
    body = EncryptedField("idempotent_call.body", null=True)
    # The session that the first answer opened: a repeated answer replaces its token.
    session_hash = BlobField(null=True)

    class Meta:
        table_name = "idempotent_call"
