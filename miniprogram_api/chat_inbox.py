"""What people write into the WeChat chat: kept and counted once, worked off in order per person.

The door calls ``accept``. Workers call ``work_once``; of the messages of one person only one is
worked on at a time, the oldest, by whoever holds that person's lease. A worker that dies loses
its lease when it ends, and the message is worked on again: that must do no harm.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Any

import structlog
from peewee import Case

from miniprogram_api import clock
from miniprogram_api.services import Services
from models import chat
from models.chat import ChatMessage, ChatReply, ChatUser, NewMessage, Noted
from models.database import release, transaction
from models.fields import keys

KEPT = timedelta(days=3)
"""Longer than the 48 hours in which WeChat lets a message be answered."""
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

log = structlog.get_logger("chat")


@dataclass(frozen=True)
class Push:
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
    """Keep a push and let it be worked on, once, however often it comes; one transaction.

    ``for_humans``: the person asks for a human. So does whoever is with one already: until
    WITH_HUMANS after his last message everything that he writes goes there.
    """
    now = clock.now()
    now_ms = clock.milliseconds(now)
    sent_ms = push.sent_at * 1000
    is_event = push.kind == EVENT
    until = clock.milliseconds(now + WITH_HUMANS)
    key = _push_key(push)
    content = json.dumps(push.content, ensure_ascii=False, separators=(",", ":"))
    # JSON can name half of a character, which no text that is kept can hold.
    content = content.encode("utf-8", "replace").decode()
    message = NewMessage(
        push.openid,
        key,
        _digest(push.nonce),
        push.kind,
        push.event,
        keys().encrypt(content, _CONTENT),
        sent_ms,
        now_ms,
        0,
        now_ms if for_humans else None,
        Outcome.HUMAN.value if for_humans else "",
        "",
    )
    noted = Noted(
        push.openid,
        0 if for_humans else 1,
        None if for_humans else now_ms,
        None if is_event else sent_ms,
        sent_ms if push.event == ENTERED else None,
        until if for_humans else None,
    )
    with transaction():
        if not chat.add_message(message):
            return _receipt_of(chat.outcome_of(key))
        with_humans_until = chat.note_user(noted)
        if for_humans:
            return Receipt.TO_HUMANS
        if is_event or with_humans_until is None or with_humans_until <= now_ms:
            return Receipt.QUEUED
        _pass_on(push.openid, key, now_ms, until)
        return Receipt.TO_HUMANS


def hand_over(openid: str) -> None:
    """Let the next messages of this person go to a human, for WITH_HUMANS after the last one."""
    ChatUser.update(with_humans_until=clock.now() + WITH_HUMANS).where(
        ChatUser.openid == openid
    ).execute()


def take_turn(services: Services, now: datetime) -> Turn | None:
    """The oldest message of the person whose turn it is, leased to the caller; None: nobody's.

    The lease lasts longer than any one call to WeChat; ``keep`` it before each further one.
    """
    while True:
        due = (ChatUser.due_at <= now) & (
            ChatUser.leased_until.is_null() | (ChatUser.leased_until <= now)
        )
        queue = ChatUser.select(ChatUser.openid).where(due).order_by(ChatUser.due_at)
        openid = queue.scalar()
        if openid is None:
            return None
        holder = secrets.token_hex(16)
        with transaction():
            leased = ChatUser.update(holder=holder, leased_until=now + _lease(services)).where(
                (ChatUser.openid == openid) & due
            )
            turn = _begin(openid, holder, now) if leased.execute() == 1 else None
        if turn is not None:
            return turn


def keep(services: Services, turn: Turn) -> None:
    """Lengthen the lease, before a call to the outside. Raises TurnLost."""
    kept = ChatUser.update(leased_until=clock.now() + _lease(services)).where(_is_held(turn))
    if kept.execute() != 1:
        raise TurnLost


def finish(turn: Turn, outcome: Outcome = Outcome.ANSWERED) -> None:
    """End the turn; the next message of the person may be taken now.

    Within a transaction it is part of that one. Raises TurnLost, and then nothing was changed.
    """
    now = clock.now()
    with transaction():
        _next(turn, now)
        _end(turn.message_id, outcome, now)


def postpone(turn: Turn, wait: timedelta, error: str = "") -> None:
    """Give the turn back; the same message is tried again after ``wait``. Raises TurnLost.

    ``error`` is the name of a kind of error, without personal data.
    """
    with transaction():
        given_back = ChatUser.update(
            due_at=clock.now() + wait, holder=None, leased_until=None
        ).where(_is_held(turn))
        if given_back.execute() != 1:
            raise TurnLost
        ChatMessage.update(last_error=error[:64]).where(ChatMessage.id == turn.message_id).execute()


def work_once(services: Services, answer: Callable[[Services, Turn], None], now: datetime) -> bool:
    """Let ``answer(services, turn)`` work on the next message; returns whether there was one.

    It runs with no transaction or connection held. It ends the turn itself, by ``finish`` or
    ``postpone``, or raises: then it is tried again after growing waits, in all MOST_ATTEMPTS times.
    """
    turn = take_turn(services, now)
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
    return int(ChatMessage.select().where(ChatMessage.done_at.is_null()).count())


def count_failed() -> int:
    """How many messages were given up and not yet removed."""
    return int(ChatMessage.select().where(ChatMessage.outcome == Outcome.FAILED.value).count())


def remove_old() -> int:
    """Delete messages that came more than KEPT ago, and whoever has none; returns how many."""
    limit = clock.now() - KEPT
    with transaction():
        old = ChatMessage.select(ChatMessage.id).where(
            (ChatMessage.received_at < limit) & ChatMessage.done_at.is_null(False)
        )
        ChatReply.update(message=None).where(ChatReply.message.in_(old)).execute()
        removed = ChatMessage.delete().where(ChatMessage.id.in_(old)).execute()
        others = ChatMessage.select(ChatMessage.openid)
        ChatUser.delete().where((ChatUser.waiting == 0) & ChatUser.openid.not_in(others)).execute()
    return int(removed)


def _push_key(push: Push) -> bytes:
    # A MsgId alone has been seen twice for different messages.
    if push.message_id:
        return _digest(f"{push.message_id}\0{push.sent_at}\0{push.openid}")
    return _digest(f"{push.openid}\0{push.sent_at}\0{push.event}\0")


def _digest(text: str) -> bytes:
    return sha256(text.encode()).digest()[:_KEY_LENGTH]


def _receipt_of(outcome: str | None) -> Receipt:
    if outcome is None:
        return Receipt.REPLAYED
    return Receipt.TO_HUMANS if outcome == Outcome.HUMAN.value else Receipt.DUPLICATE


def _pass_on(openid: str, key: bytes, now_ms: int, until: int) -> None:
    """Take back what ``accept`` counted: this message goes to the human who has the person."""
    ChatMessage.update(done_at=now_ms, outcome=Outcome.HUMAN.value).where(
        ChatMessage.push_key == key
    ).execute()
    ChatUser.update(**_one_less(ChatUser.due_at), with_humans_until=until).where(
        ChatUser.openid == openid
    ).execute()


def _one_less(due_at: Any) -> dict[str, Any]:
    """One message less waits; when others do, the next one is due at ``due_at``."""
    others_wait = Case(None, [(ChatUser.waiting > 1, due_at)], None)
    return {"waiting": ChatUser.waiting - 1, "due_at": others_wait}


def _lease(services: Services) -> timedelta:
    # A call may wait twice for the access token, for two time-outs each, and be made twice.
    return timedelta(seconds=6 * services.settings.upstream_timeout + 6)


def _is_held(turn: Turn) -> Any:
    return (ChatUser.openid == turn.openid) & (ChatUser.holder == turn.holder)


def _begin(openid: str, holder: str, now: datetime) -> Turn | None:
    message = (
        ChatMessage.select()
        .where((ChatMessage.openid == openid) & ChatMessage.done_at.is_null())
        .order_by(ChatMessage.sent_at, ChatMessage.id)
        .first()
    )
    if message is None:
        # Somebody removed it by hand.
        ChatUser.update(waiting=0, due_at=None, leased_until=None).where(
            ChatUser.openid == openid
        ).execute()
        return None
    turn = Turn(
        message.id,
        openid,
        message.kind,
        message.event,
        json.loads(message.content),
        message.sent_at,
        message.attempts + 1,
        holder,
    )
    if turn.attempts > MOST_ATTEMPTS:
        # Nobody noted how its last turn ended: the worker died with it.
        _next(turn, now)
        _end(turn.message_id, Outcome.FAILED, now)
        return None
    ChatMessage.update(attempts=turn.attempts).where(ChatMessage.id == turn.message_id).execute()
    return turn


def _next(turn: Turn, now: datetime) -> None:
    now_ms = clock.milliseconds(now)
    ended = ChatUser.update(**_one_less(now_ms), holder=None, leased_until=None).where(
        _is_held(turn)
    )
    if ended.execute() != 1:
        raise TurnLost


def _end(message_id: int, outcome: Outcome, now: datetime) -> None:
    ChatMessage.update(done_at=now, outcome=outcome.value).where(
        ChatMessage.id == message_id
    ).execute()


def _note_failure(turn: Turn, error: Exception) -> None:
    try:
        if turn.attempts >= MOST_ATTEMPTS:
            finish(turn, Outcome.FAILED)
        else:
            # The message of an exception may quote personal data; its type does not.
            wait = min(FIRST_WAIT * 2 ** (turn.attempts - 1), LONGEST_WAIT)
            postpone(turn, wait, type(error).__name__)
    except TurnLost:
        log.warning("turn lost", message_id=turn.message_id)
