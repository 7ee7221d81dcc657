"""The common handling of vendor calls: record, apply a fault, or answer; refusals of vendors."""

import hashlib
import json
import os
import secrets
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

from flask import Response, current_app, request

from sandbox.memory import Memory, Mode

# Fields that are not recorded; longer values are recorded as length and hash.
_SECRETS = frozenset({"secret", "access_token"})
_LONGEST_KEPT_VALUE = 4_000


class TencentError(Exception):
    """An error of Tencent Cloud's API 3.0, for example code ``AuthFailure.SignatureFailure``."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(code)


class WeChatError(Exception):
    """An error of WeChat's API: a number and its short text."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        self.errcode = errcode
        self.errmsg = errmsg
        super().__init__(errmsg)


def memory() -> Memory:
    """Return the state of the sandbox that serves the current request."""
    kept: Memory = current_app.extensions["sandbox.memory"]
    return kept


def json_response(body: dict[str, Any], status: int = 200) -> Response:
    """Build a JSON response; no charset in the type, because Tencent's SDK compares the string."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    # A lone surrogate is sent as an escape: UTF-8 cannot encode it.
    return Response(text.encode("utf-8", "backslashreplace"), status, mimetype="application/json")


def json_body() -> dict[str, Any] | None:
    """Return the request's JSON object, or None."""
    try:
        body = json.loads(request.get_data())
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def receive(
    target: str, action: str, sent: dict[str, Any] | None, play: Callable[[Mode], Response]
) -> Response:
    """Record a call; apply a pending fault, or answer with ``play(mode)``.

    ``play`` answers ``busy`` and ``limit`` in the vendor's own form, other modes normally. A slow
    call takes effect at once and delays only its answer, like a call that times out at the caller.
    """
    fault = memory().faults.take(target, action)
    mode: Mode = fault.mode if fault else "ok"
    memory().record_call(target, action, request.path, _kept(sent), fault.mode if fault else None)
    if mode == "reset":
        _reset_connection()
        return Response(status=500)
    if mode == "error":
        return Response("Internal Server Error\n", 500, mimetype="text/plain")
    response = play(mode)
    if mode == "slow" and fault:
        time.sleep(fault.seconds)
    return response


def planted_refusal(action: str) -> Any:
    """Return the vendor's code with which every call of this action is refused, or None."""
    return (memory().account.get("refuse") or {}).get(action)


def random_id() -> str:
    """Return 32 random hexadecimal digits."""
    return secrets.token_hex(16)


def text_of(body: dict[str, Any], name: str) -> str:
    """Return the text under this name, or ""."""
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _kept(sent: dict[str, Any] | None) -> str:
    if sent is None:
        return "null"
    return json.dumps(
        {name: _shortened(value) for name, value in sent.items() if name not in _SECRETS},
        ensure_ascii=False,
    )


def _shortened(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONGEST_KEPT_VALUE:
        digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
        return {"characters": len(value), "sha256": digest}
    return value


def _reset_connection() -> None:
    """Reset the TCP connection of this request without an answer."""
    connection: socket.socket = request.environ["gunicorn.socket"]
    # With a linger time of zero the kernel sends RST instead of FIN. The descriptor is replaced by
    # a closed socket pair, because the server still writes to its number and closes it.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    near, far = socket.socketpair()
    with near, far:
        far.close()
        os.dup2(near.fileno(), connection.fileno())
