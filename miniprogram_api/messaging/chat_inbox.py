"""Incoming messages of the WeChat chat: stored once, processed in order per user.

The push handler calls ``accept``, workers call ``work_once``. A worker holds the user's lease while
it processes their oldest message. When it dies, the lease expires and the message is processed
again, which must be idempotent.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Any, NamedTuple

import structlog
from peewee import fn

from miniprogram_api import clock
from miniprogram_api.backoff import Backoff
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from models import chat
from models.chat import ChatMessage, ChatReply, ChatUser, NewMessage
from models.storage import origin
from models.storage.database import release, transaction
from models.storage.fields import DecryptionFailed, keys
from models.storage.removal import remove_before

WITH_HUMANS = timedelta(minutes=30)
"""Messages go to a human until this long after the last one that did."""
MOST_ATTEMPTS = 12
# About an hour in all.
BACKOFF = Backoff(timedelta(seconds=2), timedelta(minutes=10))

EVENT = "event"
ENTERED = "user_enter_tempsession"
"""The event of a user who opens the chat."""

_KEY_LENGTH = 16
_CONTENT = ChatMessage.content.context
_WITHOUT_CONTENT = [f for f in ChatMessage._meta.sorted_fields if f is not ChatMessage.content]

log = structlog.get_logger("chat")


class Push(NamedTuple):
    """One verified message or event of WeChat's.

    ``kind``: WeChat's MsgType. ``event``: its Event, empty for messages. ``message_id``: its MsgId
    as text, empty for events. ``sent_at``: its CreateTime in seconds. ``nonce``: timestamp and
    nonce of the call. ``content``: the other fields, with WeChat's names (``Content``,
    ``SessionFrom``, ``List``, …).
    """

    openid: str
    kind: str
    event: str
    message_id: str
    sent_at: int
    nonce: str
    content: Mapping[str, Any]


class Receipt(Enum):
    """The result of ``accept``."""

    QUEUED = "queued"
    DUPLICATE = "duplicate"
    """WeChat's repetition of a stored push."""
    TO_HUMANS = "to_humans"
    """The answer to the push, or to its repetition, transfers it to a human."""
    REPLAYED = "replayed"
    """Forged: its timestamp and nonce came with another message."""


class LeaseLost(Exception):
    """Lease lost; abort without side effects."""


class Outcome(Enum):
    """The final state of a message."""

    ANSWERED = "answered"
    IGNORED = "ignored"
    """It needs no reply."""
    HUMAN = "human"
    """Transferred to a human."""
    FAILED = "failed"
    """Failed MOST_ATTEMPTS times; shown to operators."""


@dataclass(frozen=True)
class Turn:
    """A message leased to this worker; ``attempts`` includes the present one."""

    message_id: int
    openid: str
    kind: str
    event: str
    content: Mapping[str, Any]
    sent_at: datetime
    attempts: int
    holder: str
    request_id: str | None
    """Of the push."""

    @property
    def text(self) -> str:
        """Return the text; empty for other kinds of messages."""
        return str(self.content.get("Content", ""))


def accept(push: Push, *, for_humans: bool = False) -> Receipt:
    """Store a push exactly once; it is its own job.

    ``for_humans``: the user asks for a human. So do all their messages until WITH_HUMANS after the
    last such one.
    """
    now = clock.now()
    is_event = push.kind == EVENT
    content = json.dumps(push.content, ensure_ascii=False, separators=(",", ":"))
    # JSON can contain lone surrogates, which cannot be stored.
    content = content.encode("utf-8", "replace").decode()
    message = NewMessage(
        push.openid,
        push.sent_at * 1000,
        # A MsgId alone is not unique; the index has the other columns.
        f"{EVENT} {push.event}" if is_event else push.message_id,
        sha256(push.nonce.encode()).digest()[:_KEY_LENGTH],
        push.kind,
        push.event,
        keys().encrypt(content, _CONTENT),
        clock.milliseconds(now),
    )
    human = Outcome.HUMAN.value
    outcome = chat.add_message(message, for_human=for_humans, is_event=is_event, human=human)
    if outcome is None:
        outcome = chat.outcome_of(message)
        if outcome is None:
            return Receipt.REPLAYED
        return Receipt.TO_HUMANS if outcome == human else Receipt.DUPLICATE
    if outcome != human:
        return Receipt.QUEUED
    chat.route_to_human(push.openid, now + WITH_HUMANS)
    return Receipt.TO_HUMANS


def hand_over(openid: str) -> None:
    """Route the user's messages to a human for WITH_HUMANS after each."""
    chat.route_to_human(openid, clock.now() + WITH_HUMANS)


def last_sent_at(openid: str) -> datetime | None:
    """Return WeChat's time of the user's last message, which starts the 48 hours."""
    newest = _newest_message(openid)
    return None if newest is None else newest.sent_at


def last_received_at(openid: str) -> datetime | None:
    """Return when the user's last message arrived here."""
    newest = _newest_message(openid)
    return None if newest is None else newest.received_at


def has_waiting(now: datetime) -> bool:
    """Return whether a message can be processed."""
    return chat.next_openid(now) is not None


def take_turn(services: Services, now: datetime, worker: str = "") -> Turn | None:
    """Lease the longest-waiting user and return their oldest message; None without one.

    The lease outlasts one call to WeChat; call ``extend_lease`` before each further one.
    ``worker``: a name of at most 8 characters, for ``release_leases``.
    """
    while (openid := chat.next_openid(now)) is not None:
        holder = worker + secrets.token_hex(12)
        with transaction():
            held = chat.acquire_lease(openid, holder, now, now + _lease(services))
            turn = _start_turn(openid, holder) if held else None
        if turn is not None:
            return turn
    return None


def extend_lease(services: Services, turn: Turn) -> None:
    """Extend the lease, before an external call. Raises LeaseLost."""
    _change_lease(turn, holder=turn.holder, held_until=clock.now() + _lease(services))


def extend_leases(services: Services, worker: str) -> None:
    """Extend every lease of this worker."""
    held = ChatUser.holder.startswith(worker)
    ChatUser.update(held_until=clock.now() + _lease(services)).where(held).execute()


def release_leases(worker: str) -> None:
    """Release the leases of a worker that is certainly dead."""
    held = ChatUser.holder.startswith(worker)
    ChatUser.update(holder=None, held_until=None).where(held).execute()


def finish(turn: Turn, outcome: Outcome = Outcome.ANSWERED) -> None:
    """End the turn, in the surrounding transaction if any. Raises LeaseLost."""
    with transaction():
        _change_lease(turn, holder=None, held_until=None)
        ChatMessage.update(done_at=clock.now(), due_at=None, outcome=outcome.value).where(
            ChatMessage.id == turn.message_id
        ).execute()


def postpone(turn: Turn, wait: timedelta, error: str = "") -> None:
    """Release the turn and retry after ``wait``; ``error`` is a kind of error. Raises LeaseLost."""
    with transaction():
        _change_lease(turn, holder=None, held_until=clock.now() + wait)
        ChatMessage.update(last_error=error[:64]).where(ChatMessage.id == turn.message_id).execute()


def work_once(
    services: Services,
    answer: Callable[[Services, Turn], None],
    now: datetime,
    worker: str = "",
) -> bool:
    """Process the next message with ``answer(services, turn)``; return whether there was one.

    ``answer`` runs without transaction and connection. It ends the turn by ``finish`` or
    ``postpone``, or raises: then it is retried with back-off, MOST_ATTEMPTS times in all.
    """
    turn = take_turn(services, now, worker)
    if turn is None:
        return False
    release()
    with origin.of(turn.request_id):
        try:
            answer(services, turn)
        except LeaseLost:
            log.warning("turn lost", message_id=turn.message_id)
        except Exception as error:
            log.warning(
                "message failed", message_id=turn.message_id, attempts=turn.attempts, exc_info=error
            )
            _note_failure(turn, error)
    return True


def count_waiting() -> int:
    """Count the pending messages."""
    return int(ChatMessage.select().where(ChatMessage.due_at.is_null(False)).count())


def count_failed() -> int:
    """Count the failed messages."""
    return int(ChatMessage.select().where(ChatMessage.outcome == Outcome.FAILED.value).count())


def forget_texts(openid: str) -> None:
    """Empty the user's answered messages and the replies sent; run in a transaction."""
    is_done = ChatMessage.due_at.is_null() & ChatMessage.done_at.is_null(False)
    ChatMessage.update(content="{}").where((ChatMessage.openid == openid) & is_done).execute()
    ChatReply.update(content="{}").where(
        (ChatReply.openid == openid) & ChatReply.done_at.is_null(False)
    ).execute()


def remove_old() -> int:
    """Delete expired messages, and users without any; return the number of messages."""
    now = clock.now()
    cutoff = Kept.CHAT_MESSAGES.cutoff(now)
    # Rows are in order of arrival, so the first kept id bounds the scan.
    kept = ChatMessage.select(ChatMessage.id).where(ChatMessage.received_at >= cutoff)
    newest = ChatMessage.select(fn.MAX(ChatMessage.id)).scalar() or 0
    removed = remove_before(
        ChatMessage.id,
        kept.order_by(ChatMessage.id).scalar() or newest + 1,
        (ChatMessage.received_at < cutoff) & ChatMessage.due_at.is_null(),
    )
    has_messages = ChatMessage.select().where(ChatMessage.openid == ChatUser.openid)
    is_over = ChatUser.with_humans_until.is_null() | (ChatUser.with_humans_until <= now)
    is_free = ChatUser.held_until.is_null() | (ChatUser.held_until <= now)
    ChatUser.delete().where(~fn.EXISTS(has_messages) & is_over & is_free).execute()
    return removed


def _newest_message(openid: str) -> ChatMessage | None:
    return (
        ChatMessage.select(ChatMessage.sent_at, ChatMessage.received_at)
        .where((ChatMessage.openid == openid) & (ChatMessage.kind != EVENT))
        .order_by(ChatMessage.sent_at.desc(), ChatMessage.id.desc())
        .first()
    )


def _lease(services: Services) -> timedelta:
    # A call may wait twice for the access token, for two time-outs each, and be made twice.
    return timedelta(seconds=6 * services.settings.upstream_timeout + 6)


def _change_lease(turn: Turn, **values: Any) -> None:
    is_held = (ChatUser.openid == turn.openid) & (ChatUser.holder == turn.holder)
    if ChatUser.update(**values).where(is_held).execute() != 1:
        raise LeaseLost


def _start_turn(openid: str, holder: str) -> Turn | None:
    message = (
        ChatMessage.select(*_WITHOUT_CONTENT)
        .where((ChatMessage.openid == openid) & ChatMessage.due_at.is_null(False))
        .order_by(ChatMessage.sent_at, ChatMessage.id)
        .first()
    )
    if message is None:
        # Another worker was faster.
        ChatUser.update(holder=None, held_until=None).where(ChatUser.openid == openid).execute()
        return None
    attempts = message.attempts + 1
    turn = Turn(
        message_id=message.id,
        openid=openid,
        kind=message.kind,
        event=message.event,
        content={},
        sent_at=message.sent_at,
        attempts=attempts,
        holder=holder,
        request_id=message.request_id,
    )
    if attempts > MOST_ATTEMPTS:
        # The worker of the last attempt died.
        finish(turn, Outcome.FAILED)
        return None
    ChatMessage.update(attempts=attempts).where(ChatMessage.id == message.id).execute()
    try:
        content = ChatMessage.select(ChatMessage.content).where(ChatMessage.id == message.id)
        return replace(turn, content=json.loads(content.scalar()))
    except DecryptionFailed as error:
        # Its key may return; until then other users must not wait behind it.
        log.error("message cannot be read", message_id=message.id)
        _note_failure(turn, error)
        return None


def _note_failure(turn: Turn, error: Exception) -> None:
    try:
        if turn.attempts >= MOST_ATTEMPTS:
            finish(turn, Outcome.FAILED)
        else:
            # The message of an exception may quote personal data; its type does not.
            postpone(turn, BACKOFF.after(turn.attempts), type(error).__name__)
    except LeaseLost:
        log.warning("turn lost", message_id=turn.message_id)
