"""Parse the fields of a WeChat message that the chat needs."""

import re
from typing import Any

from miniprogram_api.clients.wechat_pushes import UnreadablePush
from miniprogram_api.messaging.chat_inbox import EVENT, Push

Fields = dict[str, Any]

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_KIND = re.compile(r"[A-Za-z0-9_]{1,32}", re.ASCII)
_MESSAGE_ID = re.compile(r"[\x21-\x7e]{1,64}")
_WHOLE = re.compile(r"[0-9]{1,11}", re.ASCII)
_OF_EVERY_MESSAGE = frozenset(
    {"ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "Event", "Encrypt"}
)


def read(fields: Fields, nonce: str) -> Push:
    """Parse a message; content is kept of texts and events only. Raises UnreadablePush."""
    kind = _named(fields, "MsgType", _KIND)
    is_event = kind == EVENT
    if is_event:
        content = _event_content(fields)
    else:
        content = {"Content": text_of(fields, "Content")} if kind == "text" else {}
    return Push(
        openid=_named(fields, "FromUserName", _NAME),
        kind=kind,
        event=_named(fields, "Event", _NAME) if is_event else "",
        message_id="" if is_event else _named(fields, "MsgId", _MESSAGE_ID),
        sent_at=int(_named(fields, "CreateTime", _WHOLE)),
        nonce=nonce,
        content=content,
    )


def text_of(fields: Fields, name: str) -> str:
    """Return a text or number field as text; empty for other values."""
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


def _named(fields: Fields, name: str, form: re.Pattern[str]) -> str:
    text = text_of(fields, name)
    if form.fullmatch(text) is None:
        raise UnreadablePush()
    return text


def _event_content(fields: Fields) -> Fields:
    """Return an event's own texts, and ``List`` as a list of flat objects.

    In XML ``List`` is inside an element named after the event.
    """
    own = {name: value for name, value in fields.items() if name not in _OF_EVERY_MESSAGE}
    nested = [value for value in own.values() if isinstance(value, dict) and "List" in value]
    listed = {**own, **(nested[0] if nested else {})}.get("List")
    content: Fields = _texts(own)
    if isinstance(listed, dict | list):
        entries = listed if isinstance(listed, list) else [listed]
        content["List"] = [_texts(entry) for entry in entries if isinstance(entry, dict)]
    return content


def _texts(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if isinstance(value, str | int)}
