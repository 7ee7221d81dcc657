"""Codes for a desk and for WeChat, and copies of the data of an account."""

from peewee import BlobField, CharField, ForeignKeyField

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
    key = EncryptedField("data_export.key", null=True)
    content = BlobField(null=True)

    class Meta:
        table_name = "data_export"


class FaceHandover(Model):
    """The one code of an account whose face check WeChat shall do; stored as SHA-256.

    `openid`: the WeChat user who opened it first; `challenge_id`: the face check that it opened,
    which needs the code no longer.
    """

    code_hash = BlobField(primary_key=True)
    account = ForeignKeyField(Account, unique=True)
    account_id: int
    session_hash = BlobField()
    openid = DeterministicField(WECHAT_USER, null=True)
    challenge_id = CharField(max_length=32, null=True, index=True)
    expires_at = InstantField(index=True)

    class Meta:
        table_name = "face_handover"
