"""Replies and notices in the WeChat chat, stored first; ``delivery.wechat_chat`` sends them."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from miniprogram_api import clock
from miniprogram_api.messaging import chat_limits
from miniprogram_api.messaging.chat_inbox import Turn
from miniprogram_api.retention import Kept
from models.chat import ChatReply, ChatUser
from models.storage.removal import remove_before

Content = Mapping[str, Any]
"""WeChat's ``msgtype`` with its own object, without ``touser``."""

LONGEST_TEXT_BYTES = 2048
GREETED_AGAIN_AFTER = timedelta(minutes=10)


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
    return ChatReply.create(
        openid=turn.openid, message=turn.message_id, content=_as_json(content), created_at=now
    )


def may_receive(turn: Turn) -> bool:
    """Return whether a user who opens the chat may be written to: in time, not with a human."""
    now = clock.now()
    if now - turn.sent_at > chat_limits.AFTER_ENTERING:
        return False
    with_human = (ChatUser.openid == turn.openid) & (ChatUser.with_humans_until > now)
    return not ChatUser.select().where(with_human).exists()


def was_written_to(turn: Turn) -> bool:
    """Return whether the user was sent anything lately, so that a greeting would disturb."""
    since = clock.now() - GREETED_AGAIN_AFTER
    recent = (ChatReply.openid == turn.openid) & (ChatReply.done_at > since)
    return bool(ChatReply.select().where(recent).exists())


def add_notice(openid: str, content: Content) -> bool:
    """Queue an unsolicited notice with its cause; return whether WeChat's limits allow it."""
    if chat_limits.notice_refusal(openid) is not None:
        return False
    now = clock.now()
    ChatReply.insert(openid=openid, content=_as_json(content), created_at=now, due_at=now).execute()
    return True


def remove_old() -> int:
    """Delete expired replies; return how many."""
    cutoff = Kept.CHAT_REPLIES_SENT.cutoff()
    sent = remove_before(ChatReply.created_at, cutoff, ChatReply.done_at < cutoff)
    return sent + remove_before(ChatReply.failed_at, Kept.CHAT_REPLIES_FAILED.cutoff())


def _as_json(content: Content) -> str:
    return json.dumps(content, ensure_ascii=False)
