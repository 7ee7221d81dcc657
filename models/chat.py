"""Messages of the WeChat chat, the leases on their users, and the replies."""

from datetime import datetime
from typing import NamedTuple

from peewee import (
    BigAutoField,
    BlobField,
    CharField,
    Expression,
    ForeignKeyField,
    SmallIntegerField,
)

from models.deliveries import Deliverable, index
from models.storage.database import InstantField, Model, database
from models.storage.deterministic import WECHAT_USER, DeterministicField
from models.storage.fields import EncryptedField
from models.storage.origin import RequestField

LONGEST_OPENID = 64


class ChatMessage(Model):
    """One message or event that WeChat pushed; pending while ``due_at`` is not null.

    ``push_id`` is WeChat's MsgId or, for events, their kind; with user and time it identifies
    WeChat's repetitions of one push. ``nonce_key`` (a digest of 16 bytes) identifies timestamp and
    nonce. ``content`` is JSON. Every index here costs each push a page of SQLite's log.
    """

    id = BigAutoField()
    openid = DeterministicField(WECHAT_USER)
    # WeChat's CreateTime, in whole seconds.
    sent_at = InstantField()
    push_id = CharField(max_length=72)
    nonce_key = BlobField(unique=True)
    kind = CharField(max_length=32)
    event = CharField(max_length=64)
    content = EncryptedField("chat_message.content")
    received_at = InstantField()
    due_at = InstantField(null=True)
    attempts = SmallIntegerField(default=0)
    done_at = InstantField(null=True)
    outcome = CharField(max_length=16)
    last_error = CharField(max_length=64, default="")
    request_id = RequestField()

    class Meta:
        table_name = "chat_message"
        indexes = ((("openid", "sent_at", "push_id"), True),)


ChatMessage.add_index(
    ChatMessage.due_at, where=ChatMessage.due_at.is_null(False), name="chat_message_waiting"
)


class ChatUser(Model):
    """One user of the chat and the lease on their messages.

    Until ``held_until`` either ``holder`` works on the user's oldest message or (null) the next
    attempt waits. Until ``with_humans_until`` their messages go to a human.
    """

    openid = DeterministicField(WECHAT_USER, primary_key=True)
    holder = CharField(max_length=32, null=True)
    held_until = InstantField(null=True)
    with_humans_until = InstantField(null=True)

    class Meta:
        table_name = "chat_user"


class ChatReply(Deliverable):
    """One outgoing message.

    ``message`` is the message that it answers, null for an unsolicited notice; the worker that
    answers it sends the reply, so it has no ``due_at``. ``content`` is the JSON of WeChat's send
    call without ``touser``.
    """

    openid = DeterministicField(WECHAT_USER)
    message = ForeignKeyField(ChatMessage, null=True, unique=True, on_delete="SET NULL")
    content = EncryptedField("chat_reply.content")
    created_at = InstantField(index=True)

    class Meta:
        table_name = "chat_reply"
        indexes = ((("openid", "done_at"), False),)


index(ChatReply)


class NewMessage(NamedTuple):
    """The columns of an incoming message; times in ms."""

    openid: str
    sent_at: int
    push_id: str
    nonce_key: bytes
    kind: str
    event: str
    content: bytes
    """Encrypted already."""
    received_at: int


def add_message(message: NewMessage, *, for_human: bool, is_event: bool, human: str) -> str | None:
    """Store a message; return None when its push or its nonce was seen before.

    Otherwise return its outcome: empty when pending, ``human`` when a human is asked for or already
    has the user (events excepted).
    """
    now = message.received_at
    # An event goes to a human only when it asks for one.
    to_human = for_human or (not is_event and _is_with_humans(message.openid, now))
    outcome = human if to_human else ""
    added = ChatMessage.insert(
        **message._asdict(),
        due_at=None if to_human else now,
        done_at=now if to_human else None,
        outcome=outcome,
    )
    rows = database.execute(added.on_conflict_ignore().returning(ChatMessage.id))
    return outcome if list(rows) else None


def _is_with_humans(openid: str, now: int) -> bool:
    is_now = (ChatUser.openid == openid) & (ChatUser.with_humans_until > now)
    return bool(ChatUser.select().where(is_now).exists())


def outcome_of(message: NewMessage) -> str | None:
    """Return the outcome of the stored message of the same push, or None."""
    outcomes = ChatMessage.select(ChatMessage.outcome).where(
        (ChatMessage.openid == message.openid)
        & (ChatMessage.sent_at == message.sent_at)
        & (ChatMessage.push_id == message.push_id)
    )
    return outcomes.scalar()


def next_openid(now: datetime) -> str | None:
    """Return the user with the longest-waiting message whose lease is free, or None."""
    openid: str | None = (
        ChatMessage.select(ChatMessage.openid)
        .left_outer_join(ChatUser, on=(ChatUser.openid == ChatMessage.openid))
        .where((ChatMessage.due_at <= now) & _is_lease_free(now))
        .order_by(ChatMessage.due_at)
        .limit(1)
        .scalar()
    )
    return openid


def acquire_lease(openid: str, holder: str, now: datetime, until: datetime) -> bool:
    """Acquire the lease on a user; return whether it was free."""
    own = ChatUser.openid == openid
    lease = ChatUser.update(holder=holder, held_until=until).where(own & _is_lease_free(now))
    # The row may be under an older key, which an INSERT would not meet.
    if lease.execute():
        return True
    if ChatUser.select().where(own).exists():
        return False
    leased = ChatUser.insert(openid=openid, holder=holder, held_until=until).on_conflict(
        conflict_target=[ChatUser.openid],
        preserve=[ChatUser.holder, ChatUser.held_until],
        where=_is_lease_free(now),
    )
    return bool(database.execute(leased).rowcount == 1)


def route_to_human(openid: str, until: datetime) -> None:
    """Route the user's messages to a human until then."""
    if ChatUser.update(with_humans_until=until).where(ChatUser.openid == openid).execute():
        return
    ChatUser.insert(openid=openid, with_humans_until=until).on_conflict(
        conflict_target=[ChatUser.openid], preserve=[ChatUser.with_humans_until]
    ).execute()


def _is_lease_free(now: datetime) -> Expression:
    return ChatUser.held_until.is_null() | (ChatUser.held_until <= now)
