"""How every call to a vendor's part is received: recorded, met by a fault or played."""

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

# Values of a request that are not kept; a longer value than this is kept as length and hash.
_SECRETS = frozenset({"secret", "access_token"})
_LONGEST_KEPT_VALUE = 4_000


def memory() -> Memory:
    """The memory of the sandbox that serves the present request."""
    kept: Memory = current_app.extensions["sandbox.memory"]
    return kept


def json_response(body: dict[str, Any], status: int = 200) -> Response:
    """JSON in UTF-8. The type has no parameter: Tencent's SDK compares it as a whole string."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    # A lone surrogate that came in as an escape goes out as one: UTF-8 cannot hold it.
    return Response(text.encode("utf-8", "backslashreplace"), status, mimetype="application/json")


def json_body() -> dict[str, Any] | None:
    """The request's JSON object, or None when there is none."""
    try:
        body = json.loads(request.get_data())
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def receive(
    target: str, action: str, sent: dict[str, Any] | None, play: Callable[[Mode], Response]
) -> Response:
    """Record a call, let a waiting fault happen to it, else answer as ``play`` does.

    ``play`` gets the mode; it answers ``busy`` and ``limit`` in the vendor's own words and
    everything else as usual. A slow call does what it is asked for at once, only its answer waits:
    that is what a caller's time-out looks like from the vendor's side.
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


def random_id() -> str:
    """32 random hexadecimal digits."""
    return secrets.token_hex(16)


def text_of(body: dict[str, Any], name: str) -> str:
    """The text under this name, or "" when there is none."""
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
    """Close the TCP connection of this request with a reset and without an answer."""
    connection: socket.socket = request.environ["gunicorn.socket"]
    # With a linger time of zero the kernel sends RST instead of FIN. The descriptor is replaced and
    # not closed, because the server still holds its number and will close it itself; what the
    # server writes meanwhile ends in a pair of sockets whose other end is closed.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    near, far = socket.socketpair()
    with near, far:
        far.close()
        os.dup2(near.fileno(), connection.fileno())
