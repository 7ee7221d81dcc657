"""A registration system: its webhook endpoint stores events, and it signs requests.

``POST /sandbox/registrar/hook`` receives an event, ``GET /sandbox/registrar/events`` lists them
with their headers, oldest first. Faults have the target ``registrar``. ``POST
/sandbox/registrar/sign`` signs ``{key_id, secret, method, path, body}``, to compare with own code.
"""

import base64
import hashlib
import hmac
import secrets
import time

from flask import Blueprint, Response, request

from sandbox.calls import json_body, json_response, memory, receive
from sandbox.memory import HookEvent, Mode, instant

blueprint = Blueprint("registrar", __name__, url_prefix="/sandbox/registrar")

_KEPT_HEADERS = ("X-Key-Id", "X-Timestamp", "X-Nonce", "X-Event-Id", "X-Signature")


@blueprint.post("/hook")
def take_event() -> Response:
    """Store one event."""
    body = json_body()
    text = request.get_data(as_text=True)
    headers = {name: request.headers.get(name, "") for name in _KEPT_HEADERS}

    def play(mode: Mode) -> Response:
        if mode == "busy":
            return json_response({"error": "busy"}, 503)
        if mode == "limit":
            return json_response({"error": "limit"}, 429)
        memory().hook_events.append("", HookEvent(headers, text, time.time()))
        return json_response({"received": True})

    return receive("registrar", "registrar/hook", body, play)


def signed_headers(
    key_id: str, secret: str, method: str, path: str, body: bytes
) -> tuple[str, dict[str, str]]:
    """Return the five lines that are signed, and the headers; ``secret`` is base64."""
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
    digest = hashlib.sha256(body).hexdigest()
    text = "\n".join((method, path, timestamp, nonce, digest))
    signature = hmac.new(base64.b64decode(secret), text.encode(), hashlib.sha256).hexdigest()
    return text, {
        "X-Key-Id": key_id,
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Signature": signature,
    }


@blueprint.post("/sign")
def sign_request() -> Response:
    """Sign a request that is not sent."""
    asked = json_body() or {}
    try:
        key_id, secret, method, path = (
            str(asked[name]) for name in ("key_id", "secret", "method", "path")
        )
        body = str(asked.get("body", "")).encode()
        text, headers = signed_headers(key_id, secret, method, path, body)
    except (KeyError, ValueError):
        return json_response({"error": "key_id, secret (base64), method and path"}, 422)
    return json_response({"signed": text, "headers": headers})


@blueprint.get("/events")
def events() -> Response:
    """List the received events, oldest first."""
    kept = reversed(memory().hook_events.newest())
    return json_response({"events": [{**e._asdict(), "at": instant(e.at)} for e in kept]})
