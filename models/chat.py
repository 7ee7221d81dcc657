"""What people write into the WeChat chat, whose turn it is, and what the service answers."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from peewee import (
    BigAutoField,
    BlobField,
    CharField,
    ForeignKeyField,
    IntegerField,
    SmallIntegerField,
)

from models.database import InstantField, Model, database, is_sqlite
from models.fields import EncryptedField

LONGEST_OPENID = 64


class ChatMessage(Model):
    """One message or event that WeChat pushed; it waits while ``done_at`` is null.

    ``content`` is JSON: what the person wrote or what the event says. ``push_key`` is the same for
    WeChat's repetitions of one push, ``nonce_key`` for everything sent with one timestamp and nonce
    (digests of 16 bytes both).
    """

    id = BigAutoField()
    openid = CharField(max_length=LONGEST_OPENID)
    push_key = BlobField(unique=True)
    nonce_key = BlobField(unique=True)
    kind = CharField(max_length=32)
    event = CharField(max_length=64, default="")
    content = EncryptedField("chat_message.content")
    # When it was written, as WeChat says, in whole seconds.
    sent_at = InstantField()
    received_at = InstantField(index=True)
    attempts = SmallIntegerField(default=0)
    done_at = InstantField(null=True)
    outcome = CharField(max_length=16, default="")
    last_error = CharField(max_length=64, default="")

    class Meta:
        table_name = "chat_message"
        indexes = ((("openid", "done_at", "sent_at"), False),)


class ChatUser(Model):
    """One person of the chat: what waits of him, who works on it, and what WeChat allows.

    ``due_at`` is null when nothing waits. Whoever holds the lease works on the oldest message.
    """

    openid = CharField(max_length=LONGEST_OPENID, primary_key=True)
    waiting = IntegerField(default=0)
    due_at = InstantField(null=True, index=True)
    holder = CharField(max_length=32, null=True)
    leased_until = InstantField(null=True)
    # The last message of his own, and the last time that he opened the chat: WeChat counts its
    # 48 hours and its minute from them.
    wrote_at = InstantField(null=True)
    entered_at = InstantField(null=True)
    # Until then what he writes goes to a human.
    with_humans_until = InstantField(null=True)

    class Meta:
        table_name = "chat_user"


class ChatReply(Model):
    """One message of ours into the chat: waits, was sent, or could never be sent (``failed_at``).

    ``message`` is what it answers; a notice that nobody asked for has none. ``content`` is the JSON
    of WeChat's send call without ``touser``.
    """

    id = BigAutoField()
    openid = CharField(max_length=LONGEST_OPENID)
    message = ForeignKeyField(ChatMessage, null=True, unique=True)
    content = EncryptedField("chat_reply.content")
    created_at = InstantField(index=True)
    attempts = SmallIntegerField(default=0)
    # Noted right before WeChat gets the message and taken back when it did not take it, so that
    # after a crash nobody is answered twice.
    handed_over_at = InstantField(null=True)
    sent_at = InstantField(null=True)
    failed_at = InstantField(null=True, index=True)
    # WeChat's errcode of the last try; 0 when there was none.
    errcode = IntegerField(default=0)

    class Meta:
        table_name = "chat_reply"
        indexes = ((("openid", "sent_at"), False),)


class NewMessage(NamedTuple):
    """The columns of a message that are known when it comes, in the order of the statement."""

    openid: str
    push_key: bytes
    nonce_key: bytes
    kind: str
    event: str
    content: bytes
    """Encrypted already."""
    sent_at: int
    received_at: int
    attempts: int
    done_at: int | None
    outcome: str
    last_error: str


class Noted(NamedTuple):
    """What one message changes of its person's row, in the order of the statement."""

    openid: str
    waiting: int
    due_at: int | None
    wrote_at: int | None
    entered_at: int | None
    with_humans_until: int | None


def add_message(message: NewMessage) -> bool:
    """Keep a message unless its push or its nonce was seen; returns whether it is new.

    One plain statement, like ``note_user``, because every push passes here.
    """
    return bool(database.execute_sql(_ADD_MESSAGE[is_sqlite()], message).rowcount == 1)


def note_user(noted: Noted) -> int | None:
    """Count the message among its person's; returns ``with_humans_until`` in milliseconds."""
    rows: Sequence[Any] = database.execute_sql(_NOTE_USER[is_sqlite()], noted).fetchall()
    until: int | None = rows[0][0]
    return until


def outcome_of(push_key: bytes) -> str | None:
    """The outcome of a message that was kept ("" while it waits); None when there is none."""
    row = database.execute_sql(_OUTCOME[is_sqlite()], (push_key,)).fetchone()
    return None if row is None else str(row[0])


def _insert(table: str, columns: Sequence[str], rest: str) -> dict[bool, str]:
    """The statement for SQLite (True) and for PostgreSQL."""
    begin = f"INSERT INTO {table} ({', '.join(columns)}) VALUES "  # noqa: S608
    return {
        is_lite: f"{begin}({', '.join([place] * len(columns))}) {rest}"
        for is_lite, place in ((True, "?"), (False, "%s"))
    }


_ADD_MESSAGE = _insert("chat_message", NewMessage._fields, "ON CONFLICT DO NOTHING")
# A person whose queue waits for its next try keeps that instant.
_NOTE_USER = _insert(
    "chat_user",
    Noted._fields,
    "ON CONFLICT (openid) DO UPDATE SET "
    "waiting = chat_user.waiting + excluded.waiting, "
    "due_at = COALESCE(chat_user.due_at, excluded.due_at), "
    "wrote_at = COALESCE(excluded.wrote_at, chat_user.wrote_at), "
    "entered_at = COALESCE(excluded.entered_at, chat_user.entered_at), "
    "with_humans_until = COALESCE(excluded.with_humans_until, chat_user.with_humans_until) "
    "RETURNING with_humans_until",
)
_FIND_OUTCOME = "SELECT outcome FROM chat_message WHERE push_key = "
_OUTCOME = {True: _FIND_OUTCOME + "?", False: _FIND_OUTCOME + "%s"}
