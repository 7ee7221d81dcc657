"""CTID, the national network identity (网证): one call that checks a person's token.

The real interface is available under contract only, so this form is our own:
``POST /ctid/verifications`` with ``{"token", "name", "id_number"}`` answers
``{"verified": true|false, "reason", "message", "serial"}``. ``reason`` is ``ok``,
``token_invalid``, ``person_mismatch`` or ``unknown_person``. Errors are 400 for a malformed call,
429 at the daily limit and 503 when busy, each with ``{"error", "message"}``.
"""

from typing import Any

from flask import Blueprint, Response

from sandbox.calls import json_body, json_response, planted_refusal, random_id, receive, text_of
from sandbox.memory import Mode
from sandbox.people import NOT_KNOWN, PASSED, is_id_number, look_up

blueprint = Blueprint("ctid", __name__)

_TOKEN_BEGINNING = "ctid-ok-"  # noqa: S105 - prefix of test tokens, no secret

_MESSAGES = {
    "ok": "核验通过",
    "token_invalid": "网证凭据无效或已过期",
    "person_mismatch": "网证与所报身份不一致",
    "unknown_person": "查无此人",
}


@blueprint.post("/ctid/verifications")
def verify() -> Response:
    """Answer whether the token belongs to the person with this name and number."""
    body = json_body()

    def play(mode: Mode) -> Response:
        if code := planted_refusal("ctid/verifications"):
            return _error(code, "planted", 401 if code == "unauthorized" else 403)
        if mode == "busy":
            return _error("busy", "系统繁忙，请稍后再试", 503)
        if mode == "limit":
            return _error("limit", "当日核验次数已达上限", 429)
        if body is None or not all(text_of(body, n) for n in ("token", "name", "id_number")):
            return _error("malformed", "token、name、id_number 均不能为空", 400)
        reason = _judge(body)
        return json_response(
            {
                "verified": reason == "ok",
                "reason": reason,
                "message": _MESSAGES[reason],
                "serial": random_id(),
            }
        )

    return receive("ctid", "ctid/verifications", body, play)


def _judge(body: dict[str, Any]) -> str:
    id_number = text_of(body, "id_number")
    token = text_of(body, "token")
    proven = token.removeprefix(_TOKEN_BEGINNING)
    if proven == token or not is_id_number(proven):
        return "token_invalid"
    if proven != id_number:
        return "person_mismatch"
    answer = look_up(text_of(body, "name"), id_number)
    if answer is NOT_KNOWN:
        return "unknown_person"
    # Markers for faces alone do not matter: CTID replaces the face check.
    return "ok" if answer.identity == PASSED.identity else "person_mismatch"


def _error(error: str, message: str, status: int) -> Response:
    return json_response({"error": error, "message": message}, status)
