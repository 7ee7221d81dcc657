"""The form of every JSON answer: code, message, data, help and the request's id."""

import re
import secrets
from typing import Any

from flask import Response, current_app, g, request
from pydantic_core import to_json

from handlers.errors import STATUS, error_content
from miniprogram_api.reasons import Refused

JSON = "application/json; charset=utf-8"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def request_id() -> str:
    """The caller's X-Request-ID when it is well-formed, else one of our own."""
    found: str | None = g.get("request_id")
    if found is None:
        given = request.headers.get("X-Request-ID", "")
        found = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(12)
        g.request_id = found
    return found


def dumps(content: Any) -> str:
    """Compact JSON in UTF-8, Chinese as it is; models and dates have their usual forms."""
    return to_json(content, by_alias=False).decode()


def respond(status: int, content: dict[str, Any]) -> Response:
    """A response with the request's id, which every answer also gets as a header."""
    content["request_id"] = request_id()
    response = current_app.response_class(dumps(content), status=status, content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    return response


def success(status: int, data: Any, message: str = "成功") -> Response:
    return respond(status, {"code": "OK", "message": message, "data": data})


def refusal(refused: Refused) -> Response:
    """The response for a rule's no; limits carry Retry-After."""
    g.refused = refused
    response = respond(STATUS[refused.reason], error_content(refused))
    retry_after = refused.details.get("retry_after")
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response
