"""The user's side of the WeChat chat: open it, write into it, read the answers.

Each action is pushed to the service. It allows as many messages as WeChat's rules (下发条件说明):
5 within 48 hours of a message, 2 within a minute of opening the chat.
"""

import json
import secrets
import time
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request

from sandbox.calls import json_body, json_response, memory, text_of
from sandbox.control import PAGE_POLICY, chat_message, is_number, refuse
from sandbox.memory import Written, instant
from sandbox.pushes import SERVICE, Console, NotPushed

blueprint = Blueprint("chat", __name__, url_prefix="/sandbox/wechat")

OPENED = "user_enter_tempsession"
# (messages, seconds) that an action of the user allows.
_AFTER_MESSAGE = (5, 48 * 3600.0)
_AFTER_OPENING = (2, 60.0)
_KINDS = ("text", "image", "miniprogrampage", "event")
_LONGEST_CONVERSATION = 200


@blueprint.post("/push")
def push() -> Response:
    """Push an action of a user: ``{openid, text}``, or ``kind`` image, card or event.

    Answers the service's answer: ``success``, or the fields of its passive message.
    """
    body = json_body() or {}
    openid, kind = text_of(body, "openid"), text_of(body, "kind") or "text"
    if not openid.startswith("o-"):
        return refuse("openid begins with o-")
    if kind not in _KINDS:
        return refuse(f"kind is one of {', '.join(_KINDS)}")
    if kind == "text" and not text_of(body, "text"):
        return refuse("text is missing")
    fields = _fields(openid, kind, body)
    memory().allowances.raise_to(openid, *(_AFTER_OPENING if kind == "event" else _AFTER_MESSAGE))
    console: Console = current_app.extensions["sandbox.console"]
    # The reply may arrive before the answer to the push.
    began = time.time()
    try:
        answer = console.push(fields)
    except NotPushed as error:
        _note(openid, fields, str(error), began)
        return json_response({"error": str(error)}, 502)
    said = answer if isinstance(answer, str) else str(answer.get("MsgType"))
    _note(openid, fields, said, began)
    return json_response({"answer": answer, "fields": fields})


@blueprint.post("/subscriptions")
def set_accepts() -> Response:
    """Set how often a user accepted a template: ``{openid, template_id, accepted}``; 0 refuses."""
    body = json_body() or {}
    openid, template_id = text_of(body, "openid"), text_of(body, "template_id")
    accepted = body.get("accepted", 1)
    if not openid or not template_id:
        return refuse("openid or template_id is missing")
    if not isinstance(accepted, int) or isinstance(accepted, bool) or not 0 <= accepted <= 1000:
        return refuse("accepted is a whole number from 0 to 1000")
    memory().accepts.set(openid, template_id, accepted)
    return json_response({"openid": openid, "template_id": template_id, "accepted": accepted})


@blueprint.post("/allowances")
def set_allowance() -> Response:
    """Set how many messages WeChat allows to a user: ``{openid, messages, seconds}``."""
    body = json_body() or {}
    openid = text_of(body, "openid")
    messages, seconds = body.get("messages", 5), body.get("seconds", 3600)
    if not openid:
        return refuse("openid is missing")
    if not is_number(messages) or not is_number(seconds):
        return refuse("messages and seconds are numbers")
    memory().allowances.set(openid, int(messages), float(seconds))
    return json_response({"openid": openid, "messages": messages, "seconds": seconds})


@blueprint.get("/conversation")
def conversation() -> Response:
    """Answer both sides of a user's chat, oldest first, and whether the service is typing."""
    openid = request.args.get("openid", "")
    own = [_written(entry) for entry in memory().written.newest(_LONGEST_CONVERSATION, openid)]
    theirs = [
        {**chat_message(entry), "side": "service"}
        for entry in memory().chat.newest(_LONGEST_CONVERSATION, openid)
    ]
    typing = (memory().typing.get(openid) or 0.0) > time.time()
    messages = sorted(own + theirs, key=lambda message: str(message["at"]))
    return json_response({"openid": openid, "typing": typing, "messages": messages})


@blueprint.get("/chat")
def page() -> Response:
    """Show the chat of one user with a field to type into."""
    shown = render_template("chat.html", openid=request.args.get("openid") or "o-zhang")
    return Response(
        shown.encode("utf-8", "replace"),
        mimetype="text/html",
        headers={"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"},
    )


def _fields(openid: str, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that WeChat pushes for this kind."""
    fields: dict[str, Any] = {
        "ToUserName": SERVICE,
        "FromUserName": openid,
        "CreateTime": int(time.time()),
        "MsgType": kind,
    }
    if kind == "event":
        session = text_of(body, "session_from")
        return {**fields, "Event": text_of(body, "event") or OPENED, "SessionFrom": session}
    fields["MsgId"] = secrets.randbelow(2**63)
    if kind == "text":
        fields["Content"] = text_of(body, "text")
    elif kind == "image":
        fields |= {"PicUrl": "https://mmbiz.qpic.cn/sandbox.png", "MediaId": "sandbox-media"}
    else:
        fields |= {"Title": "登记注册身份验证", "AppId": current_app.config["WECHAT_APPID"],
                   "PagePath": text_of(body, "page") or "pages/index/index",
                   "ThumbUrl": "", "ThumbMediaId": "sandbox-media"}  # fmt: skip
    return fields


def _note(openid: str, fields: dict[str, Any], answer: str, at: float) -> None:
    text = json.dumps(fields, ensure_ascii=False)
    memory().written.append(openid, Written(openid, text, answer, at))


def _written(entry: Written) -> dict[str, Any]:
    fields = json.loads(entry.fields)
    return {
        "side": "user",
        "msgtype": fields["MsgType"],
        "text": fields.get("Content") or fields.get("Event") or f"[{fields['MsgType']}]",
        "answer": entry.answer,
        "at": instant(entry.at),
    }
