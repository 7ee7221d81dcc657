"""What the service says in the WeChat chat: written first, sent once, within what WeChat allows.

WeChat lets 5 messages through within 48 hours of a person's message, and 2 within a minute of his
opening the chat. A reply counts against the message that it answers, a notice that nobody asked for
against the last one. When WeChat says all the same that it was one too many (somebody wrote more
than five messages before the first was answered), it is not asked again until the person writes.

A reply is never sent twice. WeChat knows no key by which it would see a repetition, so the moment
before it gets the message is noted; after a crash or a time-out beyond that moment the message may
have arrived, and it is put aside for an operator instead of being sent again.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
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
# A little less than WeChat allows: clocks differ, and the message is on its way for a moment.
AFTER_MESSAGE = timedelta(hours=48) - timedelta(minutes=1)
AFTER_ENTERING = timedelta(seconds=55)
MOST_MESSAGES = 5
GREETED_AGAIN_AFTER = timedelta(minutes=10)
SLOW_SECONDS = 1.0
"""When an answer takes longer, the person is shown that somebody types."""

# Why a reply was put aside, where WeChat gave no errcode of its own.
TOO_LATE, TOO_MANY = 45015, 45047
UNCERTAIN = 0

log = structlog.get_logger("chat")


class NotSent(Exception):
    """WeChat did not take the message now; the outbox tries again later."""


def text(content: str) -> Content:
    """A text message; of a longer one than WeChat takes, as many whole sentences as fit."""
    return {"msgtype": "text", "text": {"content": shortened(content, LONGEST_TEXT_BYTES)}}


def shortened(content: str, most_bytes: int) -> str:
    """``content``, cut after a sentence so that it has at most so many bytes of UTF-8."""
    encoded = content.encode("utf-8", "replace")
    if len(encoded) <= most_bytes:
        return encoded.decode()
    room = encoded[: most_bytes - len("…".encode())].decode("utf-8", "ignore")
    end = max(room.rfind(mark) for mark in "。！？；\n")
    # A text of one endless sentence is cut anywhere.
    return (room[: end + 1].rstrip() if end >= len(room) // 2 else room) + "…"


def written_for(turn: Turn) -> ChatReply | None:
    """The reply that an earlier attempt of this turn wrote."""
    return ChatReply.get_or_none(ChatReply.message == turn.message_id)


def write(turn: Turn, content: Content) -> ChatReply:
    """Keep the answer to the turn's message; a repeated turn sends this one."""
    now = clock.now()
    reply_id = _insert(turn.openid, content, now, turn.message_id)
    return ChatReply(
        id=reply_id, openid=turn.openid, content=_as_json(content), created_at=now, attempts=0
    )


def is_worth_greeting(turn: Turn) -> bool:
    """Whether a person who opened the chat should be greeted: in time, and not in the middle of it.

    He is not when he was sent something a moment ago, or when a human has him.
    """
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
    """Show the person that somebody types while an answer takes long; a message ends it."""
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
    """Send the reply and end the turn, whatever WeChat says; or give the turn back for later.

    Raises TurnLost.
    """
    refusal = UNCERTAIN if reply.handed_over_at is not None else _refusal(turn)
    if refusal is not None:
        _put_aside(turn, reply, refusal)
        return

    def still_ours() -> None:
        chat_inbox.keep(services, turn)

    result = _call(services, reply, still_ours)
    if result.outcome is SendOutcome.SENT:
        with transaction():
            chat_inbox.finish(turn)
            _change(reply.id, sent_at=clock.now())
    elif result.outcome is SendOutcome.NOT_SENT and turn.attempts < chat_inbox.MOST_ATTEMPTS:
        with transaction():
            chat_inbox.postpone(turn, chat_inbox.wait_after(turn.attempts), str(result.errcode))
            _change(reply.id, handed_over_at=None, errcode=result.errcode)
    else:
        _put_aside(turn, reply, result.errcode)
        if result.outcome is SendOutcome.NOT_SENT:
            # WeChat's own desk still gets what the person writes.
            chat_inbox.hand_over(turn.openid)


def add_notice(openid: str, content: Content) -> bool:
    """Let something be said that nobody asked for; in the transaction of its cause.

    Returns False, with nothing written, when the person did not write within 48 hours or has got as
    many messages as WeChat lets through since then.
    """
    if _refusal_unasked(openid) is not None:
        return False
    reply_id = _insert(openid, content, clock.now(), None)
    outbox.add(JOB, {"reply_id": reply_id})
    return True


def send_alone(services: Services, reply_id: int) -> None:
    """Send a notice, or a reply that was put aside; does nothing when it was sent or failed.

    Raises NotSent when it must be tried again.
    """
    reply = ChatReply.get_or_none(ChatReply.id == reply_id)
    if reply is None or reply.sent_at is not None or reply.failed_at is not None:
        return
    is_uncertain = reply.handed_over_at is not None
    refusal = UNCERTAIN if is_uncertain else _refusal_unasked(reply.openid)
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
    """Delete replies that are too old; return how many."""
    sent = ChatReply.sent_at < Kept.CHAT_REPLIES_SENT.cutoff()
    failed = ChatReply.failed_at < Kept.CHAT_REPLIES_FAILED.cutoff()
    return int(ChatReply.delete().where(sent | failed).execute())


def _call(
    services: Services, reply: ChatReply, may_go: Callable[[], None] = lambda: None
) -> SendResult:
    """Send it; ``may_go`` raises when it must not leave after all."""

    def note() -> None:
        with transaction():
            may_go()
            _change(reply.id, handed_over_at=clock.now(), attempts=ChatReply.attempts + 1)
        release()

    release()
    content = json.loads(reply.content)
    return services.clients.wechat_messages.send_chat(reply.openid, content, note)


def _refusal(turn: Turn) -> int | None:
    """WeChat's errcode for a reply that it would not let through now."""
    is_greeting = turn.event == ENTERED
    if clock.now() - turn.sent_at > (AFTER_ENTERING if is_greeting else AFTER_MESSAGE):
        return TOO_LATE
    notices = ChatReply.message.is_null() & (ChatReply.sent_at >= turn.sent_at)
    refusal = _refusal_after(turn.openid, notices)
    if refusal is None and not is_greeting and _is_full(turn.openid):
        return TOO_MANY
    return refusal


def _refusal_unasked(openid: str) -> int | None:
    """The same for a message that answers none."""
    wrote_at = chat_inbox.wrote_at(openid)
    if wrote_at is None or clock.now() - wrote_at > AFTER_MESSAGE:
        return TOO_LATE
    return _refusal_after(openid, ChatReply.sent_at >= wrote_at)


def _refusal_after(openid: str, sent: Expression) -> int | None:
    number = ChatReply.select().where((ChatReply.openid == openid) & sent).count()
    return TOO_MANY if number >= MOST_MESSAGES else None


def _is_full(openid: str) -> bool:
    """Whether one message was too many since the person last wrote: then every further one is."""
    received_at = chat_inbox.wrote_to_us_at(openid)
    too_many = (ChatReply.openid == openid) & (ChatReply.errcode == TOO_MANY)
    return bool(
        received_at is not None
        and ChatReply.select().where(too_many & (ChatReply.failed_at >= received_at)).exists()
    )


def _put_aside(turn: Turn, reply: ChatReply, errcode: int) -> None:
    """End the turn without having sent its reply; an operator sees it, unless it was a greeting."""
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
