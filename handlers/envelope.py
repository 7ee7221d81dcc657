"""The form of every JSON answer: code, message, data, help and the request's id."""

import re
import secrets
from typing import Any

from flask import Response, g, request
from pydantic_core import to_json

from handlers.errors import error_content
from miniprogram_api.reasons import Refused
from miniprogram_api.texts import text

JSON = "application/json; charset=utf-8"
SUCCESS = text("api.success")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_SEPARATORS = re.compile("[._-]")
# A mobile number, or an ID number of 18 characters or of 15 digits; a longer row of digits is none.
_PERSONAL = re.compile(
    r"(?<![0-9])(?:(?:0{0,2}86)?1[3-9][0-9]{9}|[1-9][0-9]{16}[0-9Xx]|[1-9][0-9]{14})(?![0-9])"
)


def request_id() -> str:
    """Return the caller's X-Request-ID when it is well-formed, else a random one.

    One that looks like a phone or an ID number is not: it is logged.
    """
    if "request_id" not in g:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if _is_request_id(given) else secrets.token_hex(12)
    identifier: str = g.request_id
    return identifier


def _is_request_id(text: str) -> bool:
    joined = _SEPARATORS.sub("", text)
    is_personal = _PERSONAL.search(text) or _PERSONAL.search(joined)
    return _REQUEST_ID.fullmatch(text) is not None and is_personal is None


def dumps(content: Any) -> str:
    """Serialise values, models and dates to compact JSON."""
    return to_json(content, by_alias=False).decode()


def uncached(body: str | bytes, status: int, content_type: str) -> Response:
    """Build a response that caches must not store."""
    response = Response(body, status, content_type=content_type)
    response.headers["Cache-Control"] = "no-store"
    return response


def respond(status: int, content: dict[str, Any]) -> Response:
    """Build a JSON response that carries the request's id."""
    content["request_id"] = request_id()
    return uncached(to_json(content, by_alias=False), status, JSON)


def success(status: int, data: Any, message: str = SUCCESS) -> Response:
    """Build the response to a successful call."""
    return respond(status, {"code": "OK", "message": message, "data": data})


def refusal(refused: Refused) -> Response:
    """Build the response to a refusal, with Retry-After where the refusal has one."""
    g.refused = refused
    response = respond(refused.reason.status, error_content(refused))
    retry_after = refused.details.get("retry_after")
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response
