"""A registration system's webhook endpoint: it stores events.

``POST /sandbox/registrar/hook`` receives an event, ``GET /sandbox/registrar/events`` lists them
with their headers, oldest first. Faults have the target ``registrar``.
"""

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


@blueprint.get("/events")
def events() -> Response:
    """List the received events, oldest first."""
    kept = reversed(memory().hook_events.newest())
    return json_response({"events": [{**e._asdict(), "at": instant(e.at)} for e in kept]})
