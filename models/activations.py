"""Steps that are under way: activating a synced account, resetting a password."""

from peewee import BlobField, ForeignKeyField, SmallIntegerField

from models.accounts import Account
from models.database import InstantField, Model
from models.sms_codes import PhoneProof, SmsCode


class Activation(Model):
    """An activation under way; ``step`` is the last one that was passed (1 or 2)."""

    token_hash = BlobField(primary_key=True)
    account = ForeignKeyField(Account, index=True)
    session_hash = BlobField(index=True)
    step = SmallIntegerField(default=1)
    sms_code = ForeignKeyField(SmsCode, null=True)
    phone_proof = ForeignKeyField(PhoneProof, null=True)
    created_at = InstantField(index=True)
    expires_at = InstantField()

    account_id: int
    sms_code_id: int | None
    phone_proof_id: bytes | None

    class Meta:
        table_name = "activation"


class PasswordReset(Model):
    """A password reset whose phone was proved."""

    token_hash = BlobField(primary_key=True)
    account = ForeignKeyField(Account, index=True)
    session_hash = BlobField()
    created_at = InstantField(index=True)
    expires_at = InstantField()
    used_at = InstantField(null=True)

    class Meta:
        table_name = "password_reset"
