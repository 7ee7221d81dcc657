"""Subscription messages that WeChat users accepted, and what was sent for them."""

from peewee import BooleanField, CharField, ForeignKeyField

from models.accounts.accounts import Account
from models.deliveries import Deliverable, index
from models.storage.database import InstantField
from models.storage.deterministic import WECHAT_USER, DeterministicField
from models.storage.fields import EncryptedField


class Subscription(Deliverable):
    """One accept, which allows one message; pending while ``happened_at`` is null.

    A long-term one (``is_long``) is followed by another when it is used.
    ``subject`` narrows the topic (a number range's prefix). ``cause`` identifies an occurrence, so
    each is sent once. ``content`` is JSON: ``page`` and ``values``.
    """

    openid = DeterministicField(WECHAT_USER)
    account = ForeignKeyField(Account, null=True, index=True)
    topic = CharField(max_length=32)
    template_id = CharField(max_length=64)
    subject = CharField(max_length=16, default="")
    accepted_at = InstantField(index=True)
    cause = CharField(max_length=128, unique=True, null=True)
    content = EncryptedField("subscription.content", null=True)
    happened_at = InstantField(null=True)
    is_long = BooleanField(null=True)

    account_id: int | None

    class Meta:
        table_name = "subscription"
        indexes = (
            (("openid", "topic", "happened_at"), False),
            (("topic", "happened_at"), False),
        )


index(Subscription)
Subscription.add_index(
    Subscription.happened_at,
    where=Subscription.happened_at.is_null(False),
    name="subscription_happened",
)
