"""WeChat's server API for mini programs: sign-in, access token, phone number, messages, content.

Errors have HTTP status 200 and the form ``{"errcode", "errmsg"}``. The face check is in
``face.py``.
"""

import base64
import hmac
import json
import re
import secrets
import time
from collections.abc import Callable
from threading import Lock
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request, url_for

from sandbox.calls import (
    WeChatError,
    json_body,
    json_response,
    memory,
    planted_refusal,
    random_id,
    receive,
    text_of,
)
from sandbox.control import PAGE_POLICY
from sandbox.memory import ChatMessage, Mode

blueprint = Blueprint("wechat", __name__)

_BUSY = WeChatError(-1, "system error")
_API_LIMIT = WeChatError(45009, "reach max api daily quota limit")
_SIGN_IN_LIMIT = WeChatError(45011, "api minute-quota reach limit, please retry next minute")
_INVALID_OPENID = WeChatError(40003, "invalid openid")
_INVALID_CODE = WeChatError(40029, "invalid code")
_USED_CODE = WeChatError(40163, "code been used")
_BLOCKED_USER = WeChatError(40226, "code blocked")
_BAD_DATA = WeChatError(47001, "data format error")
_NOT_ALLOWED = {
    "too late": WeChatError(45015, "response out of time limit or subscription is canceled"),
    "too many": WeChatError(45047, "out of response count limit"),
}
_NO_ACCEPT = WeChatError(43101, "user refuse to accept the msg")

# A suffix after "~" makes another code for the same user or number, because a code works once.
_SIGN_IN_CODE = re.compile(r"wx-(?P<name>[^~]{1,120})(~.{0,40})?", re.DOTALL)
# With a country code the number is a foreign one: phone-+852-91234567.
_PHONE_CODE = re.compile(
    r"phone-(\+(?P<country>\d{1,4})-(?P<foreign>\d{5,14})|(?P<phone>1\d{10}))(~.{0,40})?",
    re.ASCII | re.DOTALL,
)
# The user whom WeChat blocks.
_BLOCKED_NAME = "blocked"

# A stable token is renewed when it has fewer seconds left.
_RENEWAL_SECONDS = 300

_LONGEST_TEXT_BYTES = 2048
_TYPING_SECONDS = 15
_LONGEST_CHECKED_TEXT = 2500
# word → (suggest, label), labels as msg_sec_check documents them.
_RISKY_WORDS = {
    "违禁词": ("risky", 21000),
    "赌博": ("risky", 20006),
    "诈骗": ("risky", 20008),
    "加微信": ("review", 10001),
}
# The keys of subscription messages whose length is limited.
_SUBSCRIPTION_LIMITS = {"thing": 20, "phrase": 5, "name": 10}

# 85401: the time limit is between 1 minute and 30 days.
_SHORTEST_SECONDS, _LONGEST_SECONDS = 60, 30 * 24 * 3600
_LONGEST_QUERY = 1024

Handler = Callable[[dict[str, Any]], dict[str, Any]]


class AccessToken:
    """The access token of ``/cgi-bin/stable_token``."""

    def __init__(self, lifetime_seconds: int) -> None:
        self._lifetime_seconds = lifetime_seconds
        self._lock = Lock()
        self._token = ""
        self._ends_at = 0.0

    def fetch(self, *, force_refresh: bool) -> tuple[str, int]:
        """Return the token and its remaining seconds; renew it near its end or when forced."""
        with self._lock:
            now = time.time()
            renewal = min(_RENEWAL_SECONDS, self._lifetime_seconds // 2)
            if force_refresh or self._ends_at - now <= renewal:
                self._token = f"80_{secrets.token_urlsafe(96)}"
                self._ends_at = now + self._lifetime_seconds
            return self._token, int(self._ends_at - now)

    def check(self, token: str) -> None:
        """Raise WeChatError unless this is the valid token."""
        if not token:
            raise WeChatError(41001, "access_token missing")
        with self._lock:
            known = hmac.compare_digest(token.encode(), self._token.encode())
            if not known or self._ends_at <= time.time():
                raise WeChatError(
                    40001,
                    "invalid credential, access_token is invalid or not latest, could get "
                    "access_token by getStableAccessToken",
                )


def call(
    target: str,
    action: str,
    handle: Handler,
    *,
    limit: WeChatError = _API_LIMIT,
    sent: dict[str, Any] | None = None,
) -> Response:
    """Answer a POST that requires an access token, in WeChat's form.

    ``sent`` replaces the JSON body of a call that has none.
    """
    body = json_body() if sent is None else sent

    def play(mode: Mode) -> Response:
        try:
            _raise_fault(action, mode, limit)
            token: AccessToken = current_app.extensions["sandbox.access_token"]
            token.check(request.args.get("access_token", ""))
            if body is None:
                raise _BAD_DATA
            return json_response({"errcode": 0, "errmsg": "ok", **handle(body)})
        except WeChatError as error:
            return error_response(error)

    return receive(target, action, body, play)


def error_response(error: WeChatError) -> Response:
    """Build a response with WeChat's form of an error."""
    trace = "-".join(secrets.token_hex(4) for _ in range(3))
    return json_response({"errcode": error.errcode, "errmsg": f"{error.errmsg} rid: {trace}"})


def check_openid(body: dict[str, Any], name: str = "openid") -> str:
    """Return the openid under this name. Raises WeChatError when it is not one of this app."""
    openid = text_of(body, name)
    if not openid.startswith("o-") or len(openid) > 128:
        raise _INVALID_OPENID
    return openid


@blueprint.get("/sns/jscode2session")
def jscode2session() -> Response:
    """Exchange a code of wx.login for openid and session key."""
    query = request.args.to_dict()

    def play(mode: Mode) -> Response:
        try:
            _raise_fault("jscode2session", mode, _SIGN_IN_LIMIT)
            _check_app(query)
            if query.get("grant_type") != "authorization_code":
                raise WeChatError(40002, "invalid grant_type")
            if not query.get("js_code"):
                raise WeChatError(41008, "missing code")
            match = _use_code(_SIGN_IN_CODE, query["js_code"])
            if match["name"] == _BLOCKED_NAME:
                raise _BLOCKED_USER
            session_key = base64.b64encode(secrets.token_bytes(16)).decode()
            answer = {"session_key": session_key, "openid": f"o-{match['name']}"}
            response = json_response(answer)
        except WeChatError as error:
            response = error_response(error)
        # WeChat sends JSON as text/plain here.
        response.mimetype = "text/plain"
        return response

    return receive("wechat", "jscode2session", query, play)


@blueprint.post("/cgi-bin/stable_token")
def stable_token() -> Response:
    """Answer the access token; renew it near its end or when forced."""
    body = json_body()

    def play(mode: Mode) -> Response:
        try:
            _raise_fault("stable_token", mode, _API_LIMIT)
            if body is None:
                raise _BAD_DATA
            if body.get("grant_type") != "client_credential":
                raise WeChatError(40002, "invalid grant_type")
            _check_app(body)
            token: AccessToken = current_app.extensions["sandbox.access_token"]
            value, seconds = token.fetch(force_refresh=body.get("force_refresh") is True)
            return json_response({"access_token": value, "expires_in": seconds})
        except WeChatError as error:
            return error_response(error)

    return receive("wechat", "stable_token", body, play)


@blueprint.post("/wxa/business/getuserphonenumber")
def getuserphonenumber() -> Response:
    """Exchange a code of getPhoneNumber for the phone number."""

    def handle(body: dict[str, Any]) -> dict[str, Any]:
        match = _use_code(_PHONE_CODE, text_of(body, "code"))
        phone, country = match["phone"] or match["foreign"], match["country"] or "86"
        watermark = {"timestamp": int(time.time()), "appid": current_app.config["WECHAT_APPID"]}
        return {
            "phone_info": {
                "phoneNumber": phone if country == "86" else f"+{country}{phone}",
                "purePhoneNumber": phone,
                "countryCode": country,
                "watermark": watermark,
            }
        }

    return call("wechat", "getuserphonenumber", handle)


@blueprint.post("/cgi-bin/message/custom/send")
def custom_send() -> Response:
    """Send a customer-service message into the chat of one user."""

    def handle(body: dict[str, Any]) -> dict[str, Any]:
        openid = check_openid(body, "touser")
        kind = text_of(body, "msgtype")
        if kind not in ("text", "image", "link", "miniprogrampage"):
            raise WeChatError(40008, "invalid message type")
        content = body.get(kind)
        if not isinstance(content, dict) or not content:
            raise _BAD_DATA
        if kind == "text":
            text = text_of(content, "content")
            if not text:
                raise WeChatError(44004, "empty content")
            if len(text.encode("utf-8", "surrogatepass")) > _LONGEST_TEXT_BYTES:
                raise WeChatError(45002, "content size out of limit")
        refusal = _NOT_ALLOWED.get(memory().allowances.use(openid))
        if refusal is not None:
            raise refusal
        memory().typing.take(openid)
        _keep_message(openid, "custom", body)
        return {}

    return call("wechat", "custom/send", handle)


@blueprint.post("/cgi-bin/message/custom/business/typing")
def custom_typing() -> Response:
    """Show or hide "the other side is typing" in the chat."""

    def handle(body: dict[str, Any]) -> dict[str, Any]:
        openid = check_openid(body, "touser")
        if body.get("command") not in ("Typing", "CancelTyping"):
            raise WeChatError(45080, "invalid command")
        memory().typing.take(openid)
        if body["command"] == "Typing":
            memory().typing.put(openid, time.time() + _TYPING_SECONDS)
        return {}

    return call("wechat", "typing", handle)


@blueprint.post("/cgi-bin/message/subscribe/send")
def subscribe_send() -> Response:
    """Send a subscription message to one user."""

    def handle(body: dict[str, Any]) -> dict[str, Any]:
        openid = check_openid(body, "touser")
        template_id = text_of(body, "template_id")
        if not template_id:
            raise WeChatError(40037, "invalid template_id")
        data = body.get("data")
        if not isinstance(data, dict) or not data:
            raise WeChatError(47003, "argument invalid! data is empty")
        for name, field in data.items():
            value = text_of(field, "value") if isinstance(field, dict) else ""
            longest = _SUBSCRIPTION_LIMITS.get(name.rstrip("0123456789"))
            if not value or (longest and len(value) > longest):
                raise WeChatError(47003, f"argument invalid! data.{name}.value is empty or invalid")
        if not memory().accepts.use(openid, template_id):
            raise _NO_ACCEPT
        _keep_message(openid, "subscribe", body)
        return {"msgid": secrets.randbelow(2**53)}

    return call("wechat", "subscribe/send", handle)


@blueprint.post("/wxa/msg_sec_check")
def msg_sec_check() -> Response:
    """Classify a user's text; some test words are risky."""

    def handle(body: dict[str, Any]) -> dict[str, Any]:
        check_openid(body)
        content = text_of(body, "content")
        if not content or body.get("version") != 2 or body.get("scene") not in (1, 2, 3, 4):
            raise WeChatError(40097, "invalid args")
        if len(content) > _LONGEST_CHECKED_TEXT:
            raise WeChatError(40097, "invalid args: content is too long")
        suggest, label = next(
            (verdict for word, verdict in _RISKY_WORDS.items() if word in content), ("pass", 100)
        )
        result = {"suggest": suggest, "label": label}
        detail = {"strategy": "content_model", "errcode": 0, "prob": 90, **result}
        return {"result": result, "detail": [detail], "trace_id": random_id()}

    return call("wechat", "msg_sec_check", handle)


@blueprint.post("/wxa/generate_urllink")
def generate_urllink() -> Response:
    """Make a link to a page with a query, valid until a time or for some days."""

    def handle(body: dict[str, Any]) -> dict[str, Any]:
        path, query = text_of(body, "path"), text_of(body, "query")
        if not path.startswith("pages/"):
            raise WeChatError(40165, "invalid weapp pagepath")
        if len(query) > _LONGEST_QUERY:
            raise WeChatError(40212, "invalid query")
        ends_at = _end_of(body)
        if not _SHORTEST_SECONDS <= ends_at - time.time() <= _LONGEST_SECONDS:
            raise WeChatError(85401, "time limit between 1min and 1year")
        number = random_id()
        memory().links.put(number, (f"{path}?{query}", ends_at))
        return {"url_link": url_for("wechat.show_link", number=number, _external=True)}

    return call("wechat", "generate_urllink", handle)


@blueprint.get("/urllink/<number>")
def show_link(number: str) -> Response:
    """Show what the link opens in WeChat."""
    target, ends_at = memory().links.get(number) or ("", 0)
    is_open = ends_at > time.time()
    return Response(
        render_template("link.html", target=target if is_open else ""),
        status=200 if is_open else 410,
        headers={"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"},
    )


def _raise_fault(action: str, mode: Mode, limit: WeChatError) -> None:
    if code := planted_refusal(action):
        raise WeChatError(code, "planted")
    if mode == "busy":
        raise _BUSY
    if mode == "limit":
        raise limit


def _check_app(sent: dict[str, Any]) -> None:
    appid, secret = current_app.config["WECHAT_APPID"], current_app.config["WECHAT_SECRET"]
    if not text_of(sent, "appid") or (appid and sent["appid"] != appid):
        raise WeChatError(40013, "invalid appid")
    if not text_of(sent, "secret") or (secret and sent["secret"] != secret):
        raise WeChatError(40125, "invalid appsecret")


def _use_code(pattern: re.Pattern[str], code: str) -> re.Match[str]:
    match = pattern.fullmatch(code)
    if match is None:
        raise _INVALID_CODE
    if not memory().used_codes.add(code, time.time()):
        raise _USED_CODE
    return match


def _keep_message(openid: str, kind: str, body: dict[str, Any]) -> None:
    text = json.dumps(body, ensure_ascii=False)
    memory().chat.append(openid, ChatMessage(openid, kind, text, time.time()))


def _end_of(body: dict[str, Any]) -> float:
    """Return when the link ends, in seconds since 1970."""
    given = body.get("expire_interval" if body.get("expire_type") == 1 else "expire_time")
    if not isinstance(given, int):
        raise WeChatError(40097, "invalid args")
    return time.time() + given * 24 * 3600 if body.get("expire_type") == 1 else given
