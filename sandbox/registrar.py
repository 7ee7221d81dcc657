"""A registration system: its webhook endpoint stores events, and it signs requests.

``POST /sandbox/registrar/hook`` receives an event, ``GET /sandbox/registrar/events`` lists them
with their headers, oldest first. Faults have the target ``registrar``. ``POST
/sandbox/registrar/sign`` signs ``{key_id, secret, method, path, body}``, to compare with own code.

The page creates matters with signed calls and shows their lines and the events. The key is given
at the start or entered once, and kept in memory; ``SERVICE_URL`` is the service's address.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from sandbox.calls import json_body, json_response, memory, receive
from sandbox.control import PAGE_POLICY
from sandbox.memory import HookEvent, Mode, instant

blueprint = Blueprint("registrar", __name__, url_prefix="/sandbox/registrar")
pages = Blueprint("matters", __name__, url_prefix="/sandbox/registrar/matters")

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


BASE = "/registrar/v1"
_TIMEOUT_SECONDS = 10.0
# Each shown matter is a call to the service.
_MATTERS, _EVENTS = 5, 50
_ACTS = ("reminders", "acceptance", "withdrawal")
_EXAMPLE = "张三 110101199003079913 股东 13800138011\n李四 110101199203079923 监事 13800138012"
_KINDS = ("establishment", "change", "filing", "deregistration")


SERVICE_URL = "SERVICE_URL"
_KEY_ID, _SECRET = "key_id", "secret"
KEY = {_KEY_ID: "REGISTRAR_KEY_ID", _SECRET: "REGISTRAR_SECRET"}
"""The key that is there from the start, by its names in the environment."""


class System(NamedTuple):
    """The service's address, and the key of the sandbox's registration system."""

    url: str
    key_id: str
    secret: str

    def call(self, method: str, path: str, content: Any = None) -> tuple[int, dict[str, Any]]:
        """Send a signed call; return status and answer. Status 0: no answer."""
        body = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
        _, headers = signed_headers(self.key_id, self.secret, method, BASE + path, body)
        sent = Request(  # noqa: S310 - an address of the operator
            self.url + BASE + path,
            data=body or None,
            headers={**headers, "Content-Type": "application/json"},
            method=method,
        )
        try:
            with build_opener(ProxyHandler({})).open(sent, timeout=_TIMEOUT_SECONDS) as answer:
                return answer.status, json.loads(answer.read())
        except HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")
        except (URLError, OSError, HTTPException, ValueError) as error:
            return 0, {"message": type(error).__name__}


@pages.get("/")
def page() -> Response:
    """Show the created matters with their lines, and the received events."""
    return _page()


@pages.post("/")
def create() -> WerkzeugResponse:
    """Create a matter from the form."""
    persons = [_person(line) for line in request.form.get("persons", "").splitlines() if line]
    status, answer = _system().call(
        "POST",
        "/matters",
        {
            "number": f"SX-{time.time_ns() // 1_000_000}",
            "kind": request.form.get("kind", ""),
            "subject": {"name": request.form.get("subject", ""), "type": "有限责任公司"},
            "details": [{"label": "注册资本", "value": request.form.get("capital", "")}],
            "persons": persons,
        },
    )
    if status not in (200, 201):
        return _page(answer)
    memory().matters.append("", answer["data"]["matter_id"])
    return redirect(url_for("matters.page"), 303)


@pages.post("/key")
def set_key() -> WerkzeugResponse:
    """Keep the key of the system, until the sandbox ends."""
    for name in (_KEY_ID, _SECRET):
        memory().system.put(name, request.form.get(name, "").strip())
    return redirect(url_for("matters.page"), 303)


@pages.post("/<matter_id>/<act>")
def act(matter_id: str, act: str) -> WerkzeugResponse:
    """Remind the persons of a matter, accept or withdraw it."""
    if act not in _ACTS:
        return _page({"message": act})
    content: dict[str, Any] = {}
    if act == "acceptance":
        content = {"version": request.form.get("version", 1, type=int)}
    status, answer = _system().call("POST", f"/matters/{matter_id}/{act}", content)
    if status not in (200, 202):
        return _page(answer)
    return redirect(url_for("matters.page"), 303)


def _system() -> System:
    kept = memory().system
    url = current_app.config[SERVICE_URL]
    return System(url, kept.get(_KEY_ID) or "", kept.get(_SECRET) or "")


def _page(refused: dict[str, Any] | None = None) -> Response:
    system, shown = _system(), []
    for matter_id in memory().matters.newest(_MATTERS):
        status, answer = system.call("GET", f"/matters/{matter_id}")
        if status == 200:
            shown.append(answer["data"])
    text = render_template(
        "matters.html",
        key_id=system.key_id,
        hook=url_for("registrar.take_event", _external=True),
        refused=refused,
        typed=request.form,
        kinds=_KINDS,
        example=_EXAMPLE,
        matters=shown,
        events=[_event(event) for event in memory().hook_events.newest(_EVENTS)],
    )
    return Response(
        text.encode("utf-8", "replace"),
        200 if refused is None else 422,
        mimetype="text/html",
        headers={"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"},
    )


def _person(line: str) -> dict[str, Any]:
    name, number, role, phone = (*line.split(), "", "", "", "")[:4]
    person: dict[str, Any] = {
        "name": name,
        "document": {"type": "id_card", "number": number},
        "role": role,
    }
    return {**person, "phone": phone} if phone else person


def _event(event: HookEvent) -> dict[str, Any]:
    content = json.loads(event.body)
    matter = content.get("matter")
    return {
        "id": event.headers["X-Event-Id"],
        "at": instant(event.at),
        "kind": content.get("type", ""),
        "sequence": content.get("sequence", ""),
        "matter": matter if isinstance(matter, dict) else {},
        "lines": content.get("lines") or [],
    }
