"""Codes for a desk."""

from peewee import BlobField, ForeignKeyField

from models.accounts.accounts import Account
from models.storage.database import InstantField, Model


class DeskCode(Model):
    """The one code that an account can show to a desk; stored as SHA-256, deleted when used."""

    code_hash = BlobField(primary_key=True)
    account = ForeignKeyField(Account, unique=True)
    expires_at = InstantField(index=True)

    class Meta:
        table_name = "desk_code"
