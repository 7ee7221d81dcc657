"""What people write into the WeChat chat: kept and counted once, worked off in order per person.

The door calls ``accept``. Workers call ``work_once``; of the messages of one person only one is
worked on at a time, the oldest, by whoever holds that person's lease. A worker that dies loses
its lease when it ends, and the message is worked on again: that must do no harm.
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
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from models import chat
from models.chat import ChatMessage, ChatUser, NewMessage
from models.storage.database import release, transaction
from models.storage.fields import DecryptionFailed, keys

WITH_HUMANS = timedelta(minutes=30)
"""So long after the last message that went to a human, the next one does, too."""
MOST_ATTEMPTS = 12
# With the longest wait below this is about an hour.
FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=10)

EVENT = "event"
ENTERED = "user_enter_tempsession"
"""The event of a person who opens the chat."""

_KEY_LENGTH = 16
_CONTENT = ChatMessage.content.context
_WITHOUT_CONTENT = [f for f in ChatMessage._meta.sorted_fields if f is not ChatMessage.content]

log = structlog.get_logger("chat")


class Push(NamedTuple):
    """One message or event of WeChat's, verified, as the door read it.

    ``kind``: WeChat's MsgType. ``event``: its Event, empty for messages. ``message_id``: its MsgId
    as text, empty for events. ``sent_at``: its CreateTime in seconds. ``nonce``: timestamp and
    nonce of the call. ``content``: what is worth keeping, with WeChat's names (``Content``,
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
    """What became of a push."""

    QUEUED = "queued"
    DUPLICATE = "duplicate"
    """WeChat's repetition of a push that was kept."""
    TO_HUMANS = "to_humans"
    """To be handed to a human by the answer to the push itself; a repetition gets that, too."""
    REPLAYED = "replayed"
    """Not WeChat's: its timestamp and nonce came with another message."""


class TurnLost(Exception):
    """The lease is over and somebody else works for this person: nothing more may be done."""


class Outcome(Enum):
    """How a message ended."""

    ANSWERED = "answered"
    IGNORED = "ignored"
    """Nothing is to be said to it."""
    HUMAN = "human"
    """A human has it."""
    FAILED = "failed"
    """Given up after MOST_ATTEMPTS; an operator sees it."""


@dataclass(frozen=True)
class Turn:
    """A message that this worker alone may work on now; ``attempts`` counts this one, too."""

    message_id: int
    openid: str
    kind: str
    event: str
    content: Mapping[str, Any]
    sent_at: datetime
    attempts: int
    holder: str

    @property
    def text(self) -> str:
        """What the person wrote; empty for anything but a text."""
        return str(self.content.get("Content", ""))


def accept(push: Push, *, for_humans: bool = False) -> Receipt:
    """Keep a push and let it be worked on, once, however often it comes.

    The message is its own job, so one statement keeps both. ``for_humans``: the person asks for a
    human. So does whoever is with one already: until WITH_HUMANS after his last message everything
    that he writes goes there.
    """
    now = clock.now()
    is_event = push.kind == EVENT
    content = json.dumps(push.content, ensure_ascii=False, separators=(",", ":"))
    # JSON can name half of a character, which no text that is kept can hold.
    content = content.encode("utf-8", "replace").decode()
    message = NewMessage(
        push.openid,
        push.sent_at * 1000,
        # A MsgId alone has been seen twice for different messages; the row has the rest.
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
    """Let the next messages of this person go to a human, for WITH_HUMANS after the last one."""
    chat.route_to_human(openid, clock.now() + WITH_HUMANS)


def wrote_at(openid: str) -> datetime | None:
    """When the person last wrote, as WeChat says: its 48 hours begin then."""
    return _last(openid, ChatMessage.kind != EVENT)


def wrote_to_us_at(openid: str) -> datetime | None:
    """When what the person wrote last came here, by our clock."""
    newest = _newest(openid, ChatMessage.kind != EVENT)
    return None if newest is None else newest.received_at


def entered_at(openid: str) -> datetime | None:
    """When the person last opened the chat, as WeChat says: its minute for a greeting begins."""
    return _last(openid, ChatMessage.event == ENTERED)


def somebody_waits(now: datetime) -> bool:
    """Whether there is a turn to take."""
    return chat.next_openid(now) is not None


def take_turn(services: Services, now: datetime, worker: str = "") -> Turn | None:
    """The oldest message of the person who waits longest, leased to the caller; None: nobody waits.

    The lease lasts longer than any one call to WeChat; ``keep`` it before each further one.
    ``worker``: a name of at most 8 characters, for ``let_go``.
    """
    while (openid := chat.next_openid(now)) is not None:
        holder = worker + secrets.token_hex(12)
        with transaction():
            held = chat.acquire_lease(openid, holder, now, now + _lease(services))
            turn = _begin(openid, holder) if held else None
        if turn is not None:
            return turn
    return None


def keep(services: Services, turn: Turn) -> None:
    """Lengthen the lease, before a call to the outside. Raises TurnLost."""
    _change_hold(turn, holder=turn.holder, held_until=clock.now() + _lease(services))


def keep_all(services: Services, worker: str) -> None:
    """Lengthen every lease of this worker, whose answers may take their time."""
    held = ChatUser.holder.startswith(worker)
    ChatUser.update(held_until=clock.now() + _lease(services)).where(held).execute()


def let_go(worker: str) -> None:
    """Free whom a worker of this name held; call it when that one is dead for certain."""
    held = ChatUser.holder.startswith(worker)
    ChatUser.update(holder=None, held_until=None).where(held).execute()


def finish(turn: Turn, outcome: Outcome = Outcome.ANSWERED) -> None:
    """End the turn; the next message of the person may be taken now.

    Within a transaction it is part of that one. Raises TurnLost, and then nothing was changed.
    """
    with transaction():
        _change_hold(turn, holder=None, held_until=None)
        ChatMessage.update(done_at=clock.now(), due_at=None, outcome=outcome.value).where(
            ChatMessage.id == turn.message_id
        ).execute()


def postpone(turn: Turn, wait: timedelta, error: str = "") -> None:
    """Give the turn back; the same message is tried again after ``wait``. Raises TurnLost.

    ``error`` is the name of a kind of error, without personal data.
    """
    with transaction():
        _change_hold(turn, holder=None, held_until=clock.now() + wait)
        ChatMessage.update(last_error=error[:64]).where(ChatMessage.id == turn.message_id).execute()


def wait_after(attempts: int) -> timedelta:
    """How long a message waits after so many tries that failed."""
    return min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)


def work_once(
    services: Services,
    answer: Callable[[Services, Turn], None],
    now: datetime,
    worker: str = "",
) -> bool:
    """Let ``answer(services, turn)`` work on the next message; returns whether there was one.

    It runs with no transaction or connection held. It ends the turn itself, by ``finish`` or
    ``postpone``, or raises: then it is tried again after growing waits, in all MOST_ATTEMPTS times.
    """
    turn = take_turn(services, now, worker)
    if turn is None:
        return False
    release()
    try:
        answer(services, turn)
    except TurnLost:
        log.warning("turn lost", message_id=turn.message_id)
    except Exception as error:
        log.warning(
            "message failed", message_id=turn.message_id, attempts=turn.attempts, exc_info=error
        )
        _note_failure(turn, error)
    return True


def count_waiting() -> int:
    """How many messages wait to be worked on."""
    return int(ChatMessage.select().where(ChatMessage.due_at.is_null(False)).count())


def count_failed() -> int:
    """How many messages were given up and not yet removed."""
    return int(ChatMessage.select().where(ChatMessage.outcome == Outcome.FAILED.value).count())


def remove_old() -> int:
    """Delete messages that are too old, and whoever has none; returns how many."""
    now = clock.now()
    # They lie in the order in which they came: nobody need look at the ones that stay.
    first_kept = (
        ChatMessage.select(ChatMessage.id)
        .where(ChatMessage.received_at >= Kept.CHAT_MESSAGES.cutoff(now))
        .order_by(ChatMessage.id)
        .scalar()
    )
    is_old = ChatMessage.received_at < Kept.CHAT_MESSAGES.cutoff(now)
    if first_kept is not None:
        is_old &= ChatMessage.id < first_kept
    removed = ChatMessage.delete().where(is_old & ChatMessage.due_at.is_null()).execute()
    has_messages = ChatMessage.select().where(ChatMessage.openid == ChatUser.openid)
    is_over = ChatUser.with_humans_until.is_null() | (ChatUser.with_humans_until <= now)
    is_free = ChatUser.held_until.is_null() | (ChatUser.held_until <= now)
    ChatUser.delete().where(~fn.EXISTS(has_messages) & is_over & is_free).execute()
    return int(removed)


def _last(openid: str, condition: Any) -> datetime | None:
    newest = _newest(openid, condition)
    return None if newest is None else newest.sent_at


def _newest(openid: str, condition: Any) -> ChatMessage | None:
    return (
        ChatMessage.select(ChatMessage.sent_at, ChatMessage.received_at)
        .where((ChatMessage.openid == openid) & condition)
        .order_by(ChatMessage.sent_at.desc(), ChatMessage.id.desc())
        .first()
    )


def _lease(services: Services) -> timedelta:
    # A call may wait twice for the access token, for two time-outs each, and be made twice.
    return timedelta(seconds=6 * services.settings.upstream_timeout + 6)


def _change_hold(turn: Turn, **values: Any) -> None:
    is_held = (ChatUser.openid == turn.openid) & (ChatUser.holder == turn.holder)
    if ChatUser.update(**values).where(is_held).execute() != 1:
        raise TurnLost


def _begin(openid: str, holder: str) -> Turn | None:
    message = (
        ChatMessage.select(*_WITHOUT_CONTENT)
        .where((ChatMessage.openid == openid) & ChatMessage.due_at.is_null(False))
        .order_by(ChatMessage.sent_at, ChatMessage.id)
        .first()
    )
    if message is None:
        # Somebody else was faster.
        ChatUser.update(holder=None, held_until=None).where(ChatUser.openid == openid).execute()
        return None
    attempts = message.attempts + 1
    turn = Turn(
        message.id, openid, message.kind, message.event, {}, message.sent_at, attempts, holder
    )
    if attempts > MOST_ATTEMPTS:
        # Nobody noted how its last turn ended: the worker died with it.
        finish(turn, Outcome.FAILED)
        return None
    ChatMessage.update(attempts=attempts).where(ChatMessage.id == message.id).execute()
    try:
        content = ChatMessage.select(ChatMessage.content).where(ChatMessage.id == message.id)
        return replace(turn, content=json.loads(content.scalar()))
    except DecryptionFailed as error:
        # Its key may come back; until then nobody else should wait behind it.
        log.error("message cannot be read", message_id=message.id)
        _note_failure(turn, error)
        return None


def _note_failure(turn: Turn, error: Exception) -> None:
    try:
        if turn.attempts >= MOST_ATTEMPTS:
            finish(turn, Outcome.FAILED)
        else:
            # The message of an exception may quote personal data; its type does not.
            postpone(turn, wait_after(turn.attempts), type(error).__name__)
    except TurnLost:
        log.warning("turn lost", message_id=turn.message_id)
