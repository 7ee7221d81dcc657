"""One-time codes that were sent, and other proofs that a phone belongs to somebody."""

from peewee import BigAutoField, BlobField, CharField, ForeignKeyField, SmallIntegerField

from models.accounts import Account
from models.database import InstantField, Model
from models.fields import BlindIndexField, EncryptedField

# What became of the message: "sent" is also what a time-out counts as, since it may yet arrive.
SENT = "sent"
UNCERTAIN = "uncertain"
REFUSED = "refused"


class SmsCode(Model):
    """Six digits for one phone and one purpose; the code itself is kept as a keyed hash."""

    id = BigAutoField()
    phone = EncryptedField("sms_code.phone")
    phone_index = BlindIndexField("phone", index=True)
    purpose = CharField(max_length=16)
    code_hash = BlobField()
    state = CharField(max_length=12)
    openid = CharField(max_length=64, null=True, index=True)
    account = ForeignKeyField(Account, null=True, index=True)
    created_at = InstantField(index=True)
    expires_at = InstantField()
    wrong_tries = SmallIntegerField(default=0)
    # After a right code that a refusal followed, the same token may use it until this instant.
    confirmed_by = BlobField(null=True)
    confirmed_until = InstantField(null=True)
    used_at = InstantField(null=True)

    class Meta:
        table_name = "sms_code"


class PhoneProof(Model):
    """A phone proved without a message: by WeChat, or by hand for this person."""

    token_hash = BlobField(primary_key=True)
    phone = EncryptedField("phone_proof.phone")
    phone_index = BlindIndexField("phone", index=True)
    method = CharField(max_length=8)
    openid = CharField(max_length=64, null=True, index=True)
    created_at = InstantField(index=True)
    expires_at = InstantField()
    used_at = InstantField(null=True)

    class Meta:
        table_name = "phone_proof"
