"""Control of the sandbox by developers and tests: inspect messages and calls, set faults."""

import json
import re
from typing import Any, get_args

from flask import Blueprint, Response, render_template, request

from sandbox.calls import json_body, json_response, memory, text_of
from sandbox.memory import Call, ChatMessage, Fault, Mode, Sms, instant
from sandbox.people import FACE_RESULTS, IDENTITY_RESULTS, MARKERS

blueprint = Blueprint(
    "control",
    __name__,
    url_prefix="/sandbox",
    template_folder="templates",
    static_folder="static",
)

TARGETS = (
    "sms",
    "sms_aliyun",
    "identity",
    "face",
    "face_compare",
    "wechat",
    "ctid",
    "registrar",
    "reader",
)
MODES: tuple[Mode, ...] = get_args(Mode)
_DEFAULT_SLOW_SECONDS = 8.0
_LONGEST_SLOW_SECONDS = 120.0
_MOST_FAULTS = 1_000_000
# Messages of each kind on the page; JSON has all of them.
_PAGE_LENGTH = 100
_LINK = re.compile("</?a\\b[^>]*>")

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'"
)


@blueprint.get("/inbox")
def inbox() -> Response:
    """Show a phone's inbox: a page for a browser or without a phone, else JSON."""
    phone = _phone(request.args.get("phone", ""))
    if _wants_page(phone):
        return _inbox_page(phone)
    messages = memory().sms.newest(_limit(), phone or None)
    return json_response({"messages": [_sms(message) for message in messages]})


@blueprint.get("/wechat/messages")
def wechat_messages() -> Response:
    """List the messages sent to a WeChat user (or to all), newest first."""
    messages = memory().chat.newest(_limit(), request.args.get("openid") or None)
    return json_response({"messages": [chat_message(message) for message in messages]})


@blueprint.get("/calls")
def calls() -> Response:
    """List the received calls in order; ``action`` filters, ``limit`` takes the last ones.

    ``action`` is X-TC-Action or the end of WeChat's path (``SendSms``, ``jscode2session``), or a
    whole path (``/sns/jscode2session``).
    """
    action = request.args.get("action") or None
    if action and action.startswith("/"):
        received = [call for call in memory().calls.newest() if call.path == action][: _limit()]
    else:
        received = memory().calls.newest(_limit(), action)
    return json_response({"calls": [_call(entry) for entry in reversed(received)]})


@blueprint.get("/faults")
def read_faults() -> Response:
    """List the pending faults."""
    return json_response({"faults": memory().faults.waiting()})


@blueprint.post("/faults")
def set_fault() -> Response:
    """Make the next ``count`` calls of ``target`` fail; mode ``ok`` removes the fault."""
    body = json_body() or {}
    target, mode = body.get("target"), body.get("mode")
    count = body.get("count", 1)
    seconds = body.get("seconds", _DEFAULT_SLOW_SECONDS)
    action = body.get("action")
    if target not in TARGETS:
        return refuse(f"target is one of {', '.join(TARGETS)}")
    if mode not in MODES:
        return refuse(f"mode is one of {', '.join(MODES)}")
    if not is_number(count) or not isinstance(count, int) or not 1 <= count <= _MOST_FAULTS:
        return refuse(f"count is a whole number from 1 to {_MOST_FAULTS}")
    if not is_number(seconds) or not 0 <= seconds <= _LONGEST_SLOW_SECONDS:
        return refuse(f"seconds is a number from 0 to {_LONGEST_SLOW_SECONDS:g}")
    if action is not None and not isinstance(action, str):
        return refuse("action is the name of one kind of call")
    memory().faults.set(target, Fault(mode, count, float(seconds), action))
    return json_response({"faults": memory().faults.waiting()})


@blueprint.post("/wechat/face")
def set_face() -> Response:
    """Set the verify_ret of this user's next face check."""
    body = json_body() or {}
    openid, ret = text_of(body, "openid"), body.get("ret")
    if not openid:
        return refuse("openid is missing")
    if not is_number(ret) or not isinstance(ret, int) or not 10000 <= ret <= 99999:
        return refuse("ret is a verify_ret of WeChat, for example 10000 or 90002")
    memory().next_faces.put(openid, ret)
    return json_response({"openid": openid, "ret": ret})


@blueprint.post("/clear")
def clear() -> Response:
    """Clear messages, calls, faults, used codes and face checks; keep the access token."""
    memory().clear()
    return json_response({"cleared": True})


def _wants_page(phone: str) -> bool:
    accepted = request.accept_mimetypes
    if any(media_type == "text/html" for media_type in accepted.values()):
        return True
    if any(media_type == "application/json" for media_type in accepted.values()):
        return False
    return not phone


def _inbox_page(phone: str) -> Response:
    kept = memory()
    page = render_template(
        "inbox.html",
        phone=phone,
        messages=[_sms(message) for message in kept.sms.newest(_PAGE_LENGTH, phone or None)],
        chat=[_shown(chat_message(message)) for message in kept.chat.newest(_PAGE_LENGTH)],
        faults=kept.faults.waiting(),
        markers=MARKERS,
        identity_results=IDENTITY_RESULTS,
        face_results=FACE_RESULTS,
    )
    return Response(
        page.encode("utf-8", "replace"),
        mimetype="text/html",
        headers={"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"},
    )


def _limit() -> int | None:
    """Return the number of newest entries to list; None is all."""
    limit = request.args.get("limit", "")
    return int(limit) if re.fullmatch(r"\d{1,9}", limit, re.ASCII) else None


def _phone(text: str) -> str:
    """Return the 11 digits of a phone in any notation, or ""."""
    return re.sub(r"\D", "", text, flags=re.ASCII)[-11:]


def _sms(message: Sms) -> dict[str, Any]:
    return {**message._asdict(), "at": instant(message.at)}


def chat_message(message: ChatMessage) -> dict[str, Any]:
    """Return the message with its time; ``text`` is the visible part."""
    body = json.loads(message.body)
    kind = body.get("msgtype") or message.kind
    return {
        "openid": message.openid,
        "kind": message.kind,
        "msgtype": kind,
        "text": _readable(body, kind),
        "body": body,
        "at": instant(message.at),
    }


def _shown(message: dict[str, Any]) -> dict[str, Any]:
    """Return the message for the page, links reduced to their text."""
    return {**message, "text": _LINK.sub("", message["text"])}


def _readable(body: dict[str, Any], kind: str) -> str:
    if kind == "subscribe":
        return " · ".join(text_of(field, "value") for field in body["data"].values())
    content: dict[str, Any] = body[kind]
    return text_of(content, "content") or text_of(content, "title") or f"[{kind}]"


def _call(call: Call) -> dict[str, Any]:
    return {**call._asdict(), "request": json.loads(call.request), "at": instant(call.at)}


def is_number(value: object) -> bool:
    """Return whether a JSON value is a number; booleans are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def refuse(sentence: str) -> Response:
    """Answer 400 with a sentence."""
    return json_response({"error": sentence}, 400)
