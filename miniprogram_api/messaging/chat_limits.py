"""WeChat's limits of the chat.

WeChat allows 5 messages within 48 hours of a user's message, and 2 within a minute of their opening
the chat. A reply counts against the message that it answers, an unsolicited notice against the last
one. When WeChat reports an excess anyway (the user wrote more than five messages before the first
answer), sending stops until the user writes again.
"""

from datetime import timedelta

from peewee import Expression

from miniprogram_api import clock
from miniprogram_api.messaging import chat_inbox
from miniprogram_api.messaging.chat_inbox import ENTERED, Turn
from models.chat import ChatReply

# A little less than WeChat allows, for clock skew and transmission.
AFTER_MESSAGE = timedelta(hours=48) - timedelta(minutes=1)
AFTER_ENTERING = timedelta(seconds=55)
MOST_MESSAGES = 5

# WeChat's errcodes of an excess.
TOO_LATE, TOO_MANY = 45015, 45047


def refusal(turn: Turn) -> int | None:
    """Return WeChat's expected errcode for this reply, or None when it is allowed."""
    is_greeting = turn.event == ENTERED
    if clock.now() - turn.sent_at > (AFTER_ENTERING if is_greeting else AFTER_MESSAGE):
        return TOO_LATE
    notices = ChatReply.message.is_null() & (ChatReply.done_at >= turn.sent_at)
    if _refusal_after(turn.openid, notices) or (not is_greeting and _is_full(turn.openid)):
        return TOO_MANY
    return None


def notice_refusal(openid: str) -> int | None:
    """Return the same for an unsolicited message."""
    last_sent_at = chat_inbox.last_sent_at(openid)
    if last_sent_at is None or clock.now() - last_sent_at > AFTER_MESSAGE:
        return TOO_LATE
    return _refusal_after(openid, ChatReply.done_at >= last_sent_at)


def _refusal_after(openid: str, sent: Expression) -> int | None:
    number = ChatReply.select().where((ChatReply.openid == openid) & sent).count()
    return TOO_MANY if number >= MOST_MESSAGES else None


def _is_full(openid: str) -> bool:
    """Return whether WeChat reported an excess since the user last wrote."""
    received_at = chat_inbox.last_received_at(openid)
    too_many = (ChatReply.openid == openid) & (ChatReply.code == TOO_MANY)
    return bool(
        received_at is not None
        and ChatReply.select().where(too_many & (ChatReply.failed_at >= received_at)).exists()
    )
