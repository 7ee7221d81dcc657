"""Codes for a desk and for WeChat, and copies of the data of an account."""

from peewee import BlobField, BooleanField, CharField, ForeignKeyField

from models.accounts.accounts import Account
from models.storage.database import InstantField, Model
from models.storage.deterministic import WECHAT_USER, DeterministicField
from models.storage.fields import EncryptedField


class DeskCode(Model):
    """The one code that an account can show to a desk; stored as SHA-256, deleted when used."""

    code_hash = BlobField(primary_key=True)
    account = ForeignKeyField(Account, unique=True)
    expires_at = InstantField(index=True)

    class Meta:
        table_name = "desk_code"


class DataExport(Model):
    """The one copy of an account's data, a ZIP encrypted under a key of its own.

    Key and content are null until the worker has made it.
    """

    id = CharField(max_length=22, primary_key=True)
    account = ForeignKeyField(Account, unique=True)
    account_id: int
    requested_at = InstantField(index=True)
    # Whether rows that are found by the ID number alone are in it.
    of_person = BooleanField(default=False)
    key = EncryptedField("data_export.key", null=True)
    content = BlobField(null=True)

    class Meta:
        table_name = "data_export"


class FaceHandover(Model):
    """A code by which WeChat does the face check of a browser's session; stored as SHA-256.

    An account has one code that opened no check. ``openid``: the WeChat user who opened it first;
    ``phone_proof``: the token hash of that user's own number, where it is the phone on record;
    ``challenge_id``: the check that the code opened last.
    """

    code_hash = BlobField(primary_key=True)
    account = ForeignKeyField(Account, index=True)
    account_id: int
    purpose = CharField(max_length=16, default="verify")
    session_hash = BlobField()
    openid = DeterministicField(WECHAT_USER, null=True)
    phone_proof = BlobField(null=True)
    challenge_id = CharField(max_length=32, null=True, index=True)
    expires_at = InstantField(index=True)

    class Meta:
        table_name = "face_handover"
