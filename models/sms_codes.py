"""One-time codes that were sent, and other proofs that a phone belongs to somebody."""

from typing import Any

from peewee import BigAutoField, BigIntegerField, BlobField, CharField, SmallIntegerField

from models.database import InstantField, Model, database, is_sqlite
from models.fields import BlindIndexField, EncryptedField, keys

# What became of the message. A row is written before the gateway is called and says SENT at once,
# because nothing is written after a call that went well; SENT thus means "handed over, and nothing
# to the contrary was heard". After UNCERTAIN the message may yet arrive, after REFUSED it cannot.
SENT = "sent"
UNCERTAIN = "uncertain"
REFUSED = "refused"


class SmsCode(Model):
    """Six digits for one phone and one purpose; the code itself is kept as a keyed hash."""

    id = BigAutoField()
    phone = EncryptedField("sms_code.phone")
    phone_index = BlindIndexField("phone", source="phone", index=True)
    purpose = CharField(max_length=16)
    code_hash = BlobField()
    state = CharField(max_length=12)
    openid = CharField(max_length=64, null=True)
    # No index that only a rare look-up would use: each is one more page to write for every code.
    account_id = BigIntegerField(null=True)
    created_at = InstantField()
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
    phone_index = BlindIndexField("phone", source="phone", index=True)
    method = CharField(max_length=8)
    openid = CharField(max_length=64, null=True, index=True)
    created_at = InstantField(index=True)
    expires_at = InstantField()
    used_at = InstantField(null=True)

    class Meta:
        table_name = "phone_proof"


def add_code(
    *,
    phone: str,
    purpose: str,
    code_hash: bytes,
    openid: str | None,
    account_id: int | None,
    created_ms: int,
    expires_ms: int,
) -> int:
    """Keep a code that is about to be handed to the gateway; returns the row's id.

    Every code passes here, hence one plain statement without the cost of building a model.
    """
    ring = keys()
    values = (
        ring.encrypt(phone, SmsCode.phone.context),
        ring.digest(phone, SmsCode.phone_index.context),
        purpose,
        code_hash,
        SENT,
        openid,
        account_id,
        created_ms,
        expires_ms,
    )
    # All rows are fetched: SQLite commits the statement when it has been read to its end.
    rows: list[Any] = database.execute_sql(_ADD_CODE[is_sqlite()], values).fetchall()
    row_id: int = rows[0][0]
    return row_id


def set_state(code_id: int, state: str) -> None:
    """Note what became of a message."""
    SmsCode.update(state=state).where(SmsCode.id == code_id).execute()


_ADD_CODE = {
    is_sqlite: (
        "INSERT INTO sms_code (phone, phone_index, purpose, code_hash, state, openid, account_id, "  # noqa: S608
        f"created_at, expires_at, wrong_tries) VALUES ({', '.join([place] * 9)}, 0) RETURNING id"
    )
    for is_sqlite, place in ((True, "?"), (False, "%s"))
}
