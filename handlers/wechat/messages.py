"""WeChat's messages as text: XML or JSON in, fields out, and the one answer that is a message."""

import codecs
import json
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any
from xml.parsers import expat

from miniprogram_api.chat_inbox import EVENT, Push
from miniprogram_api.reasons import Reason, Refused

Fields = dict[str, Any]

_DEEPEST = 8
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
_KIND = re.compile(r"[A-Za-z0-9_]{1,32}", re.ASCII)
_MESSAGE_ID = re.compile(r"[\x21-\x7e]{1,64}")
_WHOLE = re.compile(r"[0-9]{1,11}", re.ASCII)
# What WeChat sends in the secure mode, to the letter; everything else goes to the parser.
_ENVELOPE = re.compile(
    rb"<xml>\s*(?:<ToUserName><!\[CDATA\[[\w.@-]*\]\]></ToUserName>\s*)?"
    rb"<Encrypt><!\[CDATA\[([A-Za-z0-9+/=]+)\]\]></Encrypt>\s*</xml>\s*"
)
_OF_EVERY_MESSAGE = frozenset(
    {"ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "Event", "Encrypt"}
)


class Form(Enum):
    """How a message is written; the value is its media type."""

    XML = "application/xml; charset=utf-8"
    JSON = "application/json; charset=utf-8"


def unreadable(cause: str = "form") -> Refused:
    """The refusal of what is none of WeChat's messages; ``cause`` as the sentences know it."""
    return Refused(Reason.PUSH_UNREADABLE, cause=cause)


def parse(body: bytes) -> tuple[Form, Fields]:
    """The fields of a message in either form, whatever the console was set to.

    Raises Refused: PUSH_UNREADABLE.
    """
    body = body.removeprefix(codecs.BOM_UTF8).lstrip()
    if body.startswith(b"<"):
        return Form.XML, _parse_xml(body)
    if body.startswith(b"{"):
        return Form.JSON, _parse_json(body)
    raise unreadable()


def read(fields: Fields, nonce: str) -> Push:
    """What the chat needs of a message. Raises Refused: PUSH_UNREADABLE.

    Pictures and cards get an answer that does not depend on them, so nothing of them is kept.
    """
    kind = _named(fields, "MsgType", _KIND)
    is_event = kind == EVENT
    if is_event:
        content = _event_content(fields)
    else:
        content = {"Content": _text(fields, "Content")} if kind == "text" else {}
    return Push(
        openid=_named(fields, "FromUserName", _NAME),
        kind=kind,
        event=_named(fields, "Event", _NAME) if is_event else "",
        message_id="" if is_event else _named(fields, "MsgId", _MESSAGE_ID),
        sent_at=int(_named(fields, "CreateTime", _WHOLE)),
        nonce=nonce,
        content=content,
    )


def transfer(form: Form, fields: Fields, now: int) -> str:
    """The answer that hands the person over to WeChat's own customer service."""
    return render(
        form,
        {
            "ToUserName": _text(fields, "FromUserName"),
            "FromUserName": _text(fields, "ToUserName"),
            "CreateTime": now,
            "MsgType": "transfer_customer_service",
        },
    )


def render(form: Form, fields: Mapping[str, str | int]) -> str:
    """A flat message in either form."""
    if form is Form.JSON:
        return json.dumps(fields, ensure_ascii=False)
    inner = "".join(f"<{name}>{_xml_value(value)}</{name}>" for name, value in fields.items())
    return f"<xml>{inner}</xml>"


def _xml_value(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    # The end of a section inside of it is written as the end of one and the beginning of another.
    return f"<![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]>"


def _parse_json(body: bytes) -> Fields:
    try:
        fields = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise unreadable() from None
    if not isinstance(fields, dict):
        raise unreadable()
    return fields


def _parse_xml(body: bytes) -> Fields:
    envelope = _ENVELOPE.fullmatch(body)
    if envelope is not None:
        return {"Encrypt": envelope[1].decode()}
    try:
        fields = _Reader().read(body)
    except (expat.ExpatError, ValueError):
        raise unreadable() from None
    if not isinstance(fields, dict):
        raise unreadable()
    return fields


class _Reader:
    """Elements as dicts, their texts as str, repeated ones as lists; nothing is declared.

    Without a document type there are no entities of the sender's own: none that grow, none that
    read files.
    """

    def __init__(self) -> None:
        self._elements: list[Fields] = [{}]
        self._text: list[str] = []

    def read(self, body: bytes) -> Fields | str:
        """The content of the outermost element. Raises ExpatError, ValueError."""
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parser.StartDoctypeDeclHandler = self._refuse
        parser.Parse(body, True)
        (content,) = self._elements[0].values()
        return content

    def _refuse(self, *_declared: object) -> None:
        raise ValueError("A document type is declared.")

    def _start(self, _name: str, _attributes: object) -> None:
        if len(self._elements) > _DEEPEST:
            raise ValueError("Elements are nested too deeply.")
        self._elements.append({})
        self._text.clear()

    def _end(self, name: str) -> None:
        element = self._elements.pop()
        value: Fields | str = element or "".join(self._text)
        self._text.clear()
        parent = self._elements[-1]
        if name not in parent:
            parent[name] = value
        elif isinstance(parent[name], list):
            parent[name].append(value)
        else:
            parent[name] = [parent[name], value]


def _text(fields: Fields, name: str) -> str:
    """A field as text: JSON writes some as numbers; empty when it is neither."""
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else ""


def _named(fields: Fields, name: str, form: re.Pattern[str]) -> str:
    text = _text(fields, name)
    if form.fullmatch(text) is None:
        raise unreadable()
    return text


def _event_content(fields: Fields) -> Fields:
    """What an event says; ``List`` is a list in every form that WeChat has for it."""
    content = {name: value for name, value in fields.items() if name not in _OF_EVERY_MESSAGE}
    for name, value in content.items():
        if isinstance(value, dict) and "List" in value:
            # In XML it lies in an element of the event's own.
            del content[name]
            content |= value
            break
    listed = content.get("List")
    if isinstance(listed, dict):
        content["List"] = [listed]
    return content
