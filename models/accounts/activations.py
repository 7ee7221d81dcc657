"""Pending activations of synced accounts and password resets."""

from datetime import datetime
from typing import NamedTuple

from peewee import BlobField, BooleanField, ForeignKeyField, SmallIntegerField

from models.accounts.accounts import UNACTIVATED, Account
from models.accounts.sessions import Session
from models.accounts.sms_codes import PhoneProofToken, SmsCode
from models.storage.database import InstantField, Model

# The step completed when the phone on record was proved.
PHONE_PROVED = 2


class Activation(Model):
    """A pending activation; ``step`` is the last completed one (1 or 2)."""

    token_hash = BlobField(primary_key=True)
    account = ForeignKeyField(Account, index=True)
    session_hash = BlobField(index=True)
    step = SmallIntegerField(default=1)
    sms_code = ForeignKeyField(SmsCode, null=True)
    phone_proof = ForeignKeyField(PhoneProofToken, null=True)
    created_at = InstantField(index=True)
    expires_at = InstantField()

    account_id: int
    sms_code_id: int | None

    class Meta:
        table_name = "activation"


class PasswordReset(Model):
    """A password reset whose phone was proved; ``by_face``: with the face of the person."""

    token_hash = BlobField(primary_key=True)
    account = ForeignKeyField(Account, index=True)
    session_hash = BlobField()
    created_at = InstantField(index=True)
    expires_at = InstantField()
    used_at = InstantField(null=True)
    by_face = BooleanField(default=False)

    account_id: int

    class Meta:
        table_name = "password_reset"


class UnderWay(NamedTuple):
    """A pending activation and the phone on record."""

    step: int
    created_at: datetime
    phone: str | None


def under_way(openid: str, now_ms: int) -> UnderWay | None:
    """Return a WeChat user's latest pending activation, or None."""
    row = (
        Session.select(Activation.step, Activation.created_at, Account.phone)
        .join(Activation, on=(Activation.session_hash == Session.token_hash))
        .join(Account, on=(Account.id == Activation.account))
        .where(
            Session.openid == openid,
            Activation.expires_at > now_ms,
            Account.status == UNACTIVATED,
        )
        .order_by(Activation.created_at.desc())
        .tuples()
        .first()
    )
    return None if row is None else UnderWay(*row)
