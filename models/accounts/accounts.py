"""Accounts: a natural person's four elements, phone and credentials."""

from datetime import datetime

from peewee import BigAutoField, BooleanField, CharField, ForeignKeyField, SmallIntegerField

from models.storage import canonical
from models.storage.database import DayField, InstantField, Model, database, instant
from models.storage.deterministic import WECHAT_USER, DeterministicField
from models.storage.fields import BlindIndexField, EncryptedField

# "registered" and "verified" of the API are an active account at level 3 and at level 4.
ACTIVE = "active"
UNACTIVATED = "unactivated"
FROZEN = "frozen"
CANCELLED = "cancelled"


class Account(Model):
    """One account; cancelling sets ``identity_index`` to null, which frees the identity."""

    id = BigAutoField()
    status = CharField(max_length=16)
    level = SmallIntegerField(default=3)
    source = CharField(max_length=16, default="self")
    name = EncryptedField("account.name")
    id_number = EncryptedField("account.id_number")
    identity_index = BlindIndexField("identity", source="id_number", unique=True, null=True)
    former_identity_index = BlindIndexField("identity", source="id_number", index=True, null=True)
    valid_from = DayField(null=True)
    valid_until = DayField(null=True)
    long_term = BooleanField(default=False)
    phone = EncryptedField("account.phone", null=True)
    phone_index = BlindIndexField("phone", source="phone", index=True, null=True)
    phone_verified_by = CharField(max_length=8, null=True)
    username = EncryptedField("account.username", null=True)
    username_index = BlindIndexField(
        "username", source="username", canonical=canonical.username, unique=True, null=True
    )
    password_hash = CharField(max_length=255, null=True)
    password_changed_at = InstantField(null=True)
    password_reset_at = InstantField(null=True)
    verified_by = CharField(max_length=8, null=True)
    verified_at = InstantField(null=True)
    wechat_openid = DeterministicField(WECHAT_USER, unique=True, null=True)
    authorization_enabled = BooleanField(default=False)
    authorization_until = DayField(null=True)
    # Since a reset: the switch stays off until the person is checked again.
    authorization_closed_at = InstantField(null=True)
    created_at = InstantField()
    activated_at = InstantField(null=True)
    cancelled_at = InstantField(null=True)
    # Free text, so it may name a person.
    cancellation_reason = EncryptedField("account.cancellation_reason", null=True)

    class Meta:
        table_name = "account"


Account.add_index(
    Account.cancelled_at,
    where=Account.former_identity_index.is_null(False),
    name="account_erasable",
)


class IdentityDatesChange(Model):
    """One change of a card's validity dates."""

    id = BigAutoField()
    account = ForeignKeyField(Account, index=True)
    changed_at = InstantField()
    valid_from_before = DayField(null=True)
    valid_until_before = DayField(null=True)
    long_term_before = BooleanField()
    valid_from = DayField()
    valid_until = DayField(null=True)
    long_term = BooleanField()

    class Meta:
        table_name = "identity_dates_change"


def dates_changed(account_id: int, since_ms: int, most: int) -> list[datetime]:
    """Return when an account's card dates changed since then, newest first."""
    query = (
        IdentityDatesChange.select(IdentityDatesChange.changed_at)
        .where(IdentityDatesChange.account == account_id, IdentityDatesChange.changed_at > since_ms)
        .order_by(IdentityDatesChange.changed_at.desc())
        .limit(most)
    )
    return [instant(row[0]) for row in database.execute(query)]
