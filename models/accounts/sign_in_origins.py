"""The WeChat users and addresses, hashed, from which accounts were signed in to."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from peewee import BlobField, CompositeKey, ForeignKeyField

from models.accounts.accounts import Account
from models.storage.database import InstantField, Model

# A row is written at most this often.
TOUCH_EVERY = timedelta(days=1)


class SignInOrigin(Model):
    """One origin of an account's sign-ins."""

    account = ForeignKeyField(Account, on_delete="CASCADE")
    origin = BlobField()
    seen_at = InstantField(index=True)

    class Meta:
        table_name = "sign_in_origin"
        primary_key = CompositeKey("account", "origin")


def add(account_id: int, origins: Sequence[bytes], now: datetime) -> None:
    """Record a sign-in, within its transaction."""
    SignInOrigin.insert_many(
        [{"account": account_id, "origin": origin, "seen_at": now} for origin in origins]
    ).on_conflict(
        conflict_target=[SignInOrigin.account, SignInOrigin.origin],
        update={SignInOrigin.seen_at: now},
        where=SignInOrigin.seen_at <= now - TOUCH_EVERY,
    ).execute()


def has_any(account_id: int, origins: Sequence[bytes], since: datetime) -> bool:
    """Return whether the account was signed in to from one of these origins since then."""
    seen = SignInOrigin.select().where(
        SignInOrigin.account == account_id,
        SignInOrigin.origin.in_(origins),
        SignInOrigin.seen_at > since,
    )
    return bool(seen.exists())
