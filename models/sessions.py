"""Sessions: opaque bearer tokens, of which only the SHA-256 is kept."""

from peewee import BlobField, CharField, ForeignKeyField

from models.accounts import Account
from models.database import InstantField, Model


class Session(Model):
    """A living token; the row is deleted when the session ends."""

    token_hash = BlobField(primary_key=True)
    openid = CharField(max_length=64, null=True, index=True)
    account = ForeignKeyField(Account, null=True, index=True)
    created_at = InstantField()
    last_seen_at = InstantField(index=True)

    class Meta:
        table_name = "session"
