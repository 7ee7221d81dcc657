"""Replies in the WeChat chat: stored first, sent at most once, within WeChat's limits.

WeChat allows 5 messages within 48 hours of a user's message, and 2 within a minute of their opening
the chat. A reply counts against the message that it answers, an unsolicited notice against the last
one. When WeChat reports an excess anyway (the user wrote more than five messages before the first
answer), sending stops until the user writes again.

WeChat has no idempotency key, so the hand-over is recorded right before the call; after a crash or
a time-out beyond that point the reply is marked as failed instead of being sent again.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from threading import Timer
from typing import Any

import structlog
from peewee import Expression

from miniprogram_api import clock, outbox
from miniprogram_api.clients.wechat_messages import SendOutcome, SendResult
from miniprogram_api.messaging import chat_inbox
from miniprogram_api.messaging.chat_inbox import ENTERED, Outcome, Turn
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from models.chat import ChatReply, ChatUser
from models.storage.database import release, transaction

Content = Mapping[str, Any]
"""WeChat's ``msgtype`` with its own object, without ``touser``."""

JOB = "chat.reply"
LONGEST_TEXT_BYTES = 2048
# A little less than WeChat allows, for clock skew and transmission.
AFTER_MESSAGE = timedelta(hours=48) - timedelta(minutes=1)
AFTER_ENTERING = timedelta(seconds=55)
MOST_MESSAGES = 5
GREETED_AGAIN_AFTER = timedelta(minutes=10)
SLOW_SECONDS = 1.0
"""The typing indicator is shown after this time."""

# Reasons for a failure where WeChat gave no errcode.
TOO_LATE, TOO_MANY = 45015, 45047
UNCERTAIN = 0

log = structlog.get_logger("chat")


class NotSent(Exception):
    """WeChat did not take the message; the outbox retries."""


def text(content: str) -> Content:
    """Build a text message, shortened to what WeChat takes."""
    return {"msgtype": "text", "text": {"content": shortened(content, LONGEST_TEXT_BYTES)}}


def shortened(content: str, most_bytes: int) -> str:
    """Cut ``content`` after a sentence to at most ``most_bytes`` of UTF-8."""
    encoded = content.encode("utf-8", "replace")
    if len(encoded) <= most_bytes:
        return encoded.decode()
    room = encoded[: most_bytes - len("…".encode())].decode("utf-8", "ignore")
    end = max(room.rfind(mark) for mark in "。！？；\n")
    # A text without sentence ends is cut anywhere.
    return (room[: end + 1].rstrip() if end >= len(room) // 2 else room) + "…"


def stored_for(turn: Turn) -> ChatReply | None:
    """Return the reply stored by an earlier attempt of this turn, or None."""
    return ChatReply.get_or_none(ChatReply.message == turn.message_id)


def write(turn: Turn, content: Content) -> ChatReply:
    """Store the answer to the turn's message; a repeated turn sends the same one."""
    now = clock.now()
    reply_id = _insert(turn.openid, content, now, turn.message_id)
    return ChatReply(
        id=reply_id, openid=turn.openid, content=_as_json(content), created_at=now, attempts=0
    )


def should_greet(turn: Turn) -> bool:
    """Return whether to greet: in time, not recently sent anything, not with a human."""
    now = clock.now()
    if now - turn.sent_at > AFTER_ENTERING:
        return False
    recent = (ChatReply.openid == turn.openid) & (ChatReply.sent_at > now - GREETED_AGAIN_AFTER)
    with_human = (ChatUser.openid == turn.openid) & (ChatUser.with_humans_until > now)
    return not (
        ChatReply.select().where(recent).exists() or ChatUser.select().where(with_human).exists()
    )


@contextmanager
def typing_when_slow(services: Services, openid: str) -> Iterator[None]:
    """Show the typing indicator while an answer takes long; a message ends it."""
    timer = Timer(SLOW_SECONDS, services.clients.wechat_messages.set_typing, (openid, True))
    timer.daemon = True
    timer.start()
    try:
        yield
    except BaseException:
        if not timer.is_alive():
            services.clients.wechat_messages.set_typing(openid, False)
        raise
    finally:
        timer.cancel()


def send(services: Services, turn: Turn, reply: ChatReply) -> None:
    """Send the reply and end the turn, or postpone it. Raises LeaseLost."""
    refusal = UNCERTAIN if reply.handed_over_at is not None else _refusal(turn)
    if refusal is not None:
        _fail(turn, reply, refusal)
        return

    result = _call(services, reply, partial(chat_inbox.extend_lease, services, turn))
    if result.outcome is SendOutcome.SENT:
        with transaction():
            chat_inbox.finish(turn)
            _change(reply.id, sent_at=clock.now())
    elif result.outcome is SendOutcome.NOT_SENT and turn.attempts < chat_inbox.MOST_ATTEMPTS:
        with transaction():
            chat_inbox.postpone(turn, chat_inbox.wait_after(turn.attempts), str(result.errcode))
            _change(reply.id, handed_over_at=None, errcode=result.errcode)
    else:
        _fail(turn, reply, result.errcode)
        if result.outcome is SendOutcome.NOT_SENT:
            # WeChat's customer-service desk still gets the user's messages.
            chat_inbox.hand_over(turn.openid)


def add_notice(openid: str, content: Content) -> bool:
    """Queue an unsolicited notice with its cause; return whether WeChat's limits allow it."""
    if _notice_refusal(openid) is not None:
        return False
    reply_id = _insert(openid, content, clock.now(), None)
    outbox.add(JOB, {"reply_id": reply_id})
    return True


def send_alone(services: Services, reply_id: int) -> None:
    """Send a notice or a failed reply, unless it was sent or has failed. Raises NotSent."""
    reply = ChatReply.get_or_none(ChatReply.id == reply_id)
    if reply is None or reply.sent_at is not None or reply.failed_at is not None:
        return
    is_uncertain = reply.handed_over_at is not None
    refusal = UNCERTAIN if is_uncertain else _notice_refusal(reply.openid)
    if refusal is not None:
        _change(reply_id, failed_at=clock.now(), errcode=refusal)
        return
    result = _call(services, reply)
    now = clock.now()
    if result.outcome is SendOutcome.SENT:
        _change(reply_id, sent_at=now)
    elif result.outcome is not SendOutcome.NOT_SENT or now - reply.created_at > AFTER_MESSAGE:
        _change(reply_id, failed_at=now, errcode=result.errcode)
    else:
        _change(reply_id, handed_over_at=None, errcode=result.errcode)
        raise NotSent(result.errcode)


def remove_old() -> int:
    """Delete expired replies; return how many."""
    sent = ChatReply.sent_at < Kept.CHAT_REPLIES_SENT.cutoff()
    failed = ChatReply.failed_at < Kept.CHAT_REPLIES_FAILED.cutoff()
    return int(ChatReply.delete().where(sent | failed).execute())


def _call(
    services: Services, reply: ChatReply, before_call: Callable[[], None] = lambda: None
) -> SendResult:
    """Send it; ``before_call`` raises to prevent it."""

    def note() -> None:
        with transaction():
            before_call()
            _change(reply.id, handed_over_at=clock.now(), attempts=ChatReply.attempts + 1)
        release()

    release()
    content = json.loads(reply.content)
    return services.clients.wechat_messages.send_chat(reply.openid, content, note)


def _refusal(turn: Turn) -> int | None:
    """Return WeChat's expected errcode for this reply, or None when it is allowed."""
    is_greeting = turn.event == ENTERED
    if clock.now() - turn.sent_at > (AFTER_ENTERING if is_greeting else AFTER_MESSAGE):
        return TOO_LATE
    notices = ChatReply.message.is_null() & (ChatReply.sent_at >= turn.sent_at)
    refusal = _refusal_after(turn.openid, notices)
    if refusal is None and not is_greeting and _is_full(turn.openid):
        return TOO_MANY
    return refusal


def _notice_refusal(openid: str) -> int | None:
    """Return the same for an unsolicited message."""
    last_sent_at = chat_inbox.last_sent_at(openid)
    if last_sent_at is None or clock.now() - last_sent_at > AFTER_MESSAGE:
        return TOO_LATE
    return _refusal_after(openid, ChatReply.sent_at >= last_sent_at)


def _refusal_after(openid: str, sent: Expression) -> int | None:
    number = ChatReply.select().where((ChatReply.openid == openid) & sent).count()
    return TOO_MANY if number >= MOST_MESSAGES else None


def _is_full(openid: str) -> bool:
    """Return whether WeChat reported an excess since the user last wrote."""
    received_at = chat_inbox.last_received_at(openid)
    too_many = (ChatReply.openid == openid) & (ChatReply.errcode == TOO_MANY)
    return bool(
        received_at is not None
        and ChatReply.select().where(too_many & (ChatReply.failed_at >= received_at)).exists()
    )


def _fail(turn: Turn, reply: ChatReply, errcode: int) -> None:
    """End the turn without sending its reply; operators see it unless it was a greeting."""
    log.warning("reply put aside", reply_id=reply.id, errcode=errcode, attempts=turn.attempts)
    with transaction():
        if turn.event == ENTERED:
            chat_inbox.finish(turn, Outcome.IGNORED)
            ChatReply.delete().where(ChatReply.id == reply.id).execute()
            return
        chat_inbox.finish(turn, Outcome.FAILED)
        _change(reply.id, failed_at=clock.now(), errcode=errcode)


def _insert(openid: str, content: Content, now: datetime, message_id: int | None) -> int:
    return ChatReply.insert(
        openid=openid, message=message_id, content=_as_json(content), created_at=now
    ).execute()


def _as_json(content: Content) -> str:
    return json.dumps(content, ensure_ascii=False)


def _change(reply_id: int, **values: Any) -> None:
    ChatReply.update(**values).where(ChatReply.id == reply_id).execute()
