"""The form of every JSON answer: code, message, data, help and the request's id."""

from typing import Any

from flask import Response
from pydantic_core import to_json
from werkzeug.datastructures import Headers

from handlers.errors import error_content
from handlers.exchange import JsonResponse, present_request
from miniprogram_api.reasons import Refused

JSON = "application/json; charset=utf-8"


def request_id() -> str:
    """The caller's X-Request-ID when it is well-formed, else one of our own."""
    return present_request().identifier


def mark(headers: Headers, identifier: str) -> None:
    """Add what every answer carries, whatever its form."""
    for name, value in _marks(identifier):
        headers.add(name, value)


def headers_of(content_type: str, identifier: str) -> list[tuple[str, str]]:
    """The headers of an answer that nobody may keep."""
    kept = ("Cache-Control", "no-store")
    return [("Content-Type", content_type), kept, *_marks(identifier)]


def _marks(identifier: str) -> tuple[tuple[str, str], ...]:
    return ("X-Request-ID", identifier), ("X-Content-Type-Options", "nosniff")


def dumps(content: Any) -> str:
    """Compact JSON in UTF-8, Chinese as it is; models and dates have their usual forms."""
    return to_json(content, by_alias=False).decode()


def respond(status: int, content: dict[str, Any]) -> Response:
    """A response with the request's id, which every answer also gets as a header."""
    identifier = request_id()
    content["request_id"] = identifier
    body = to_json(content, by_alias=False)
    return JsonResponse(body, status, headers_of(JSON, identifier))


def success(status: int, data: Any, message: str = "成功") -> Response:
    return respond(status, {"code": "OK", "message": message, "data": data})


def refusal(refused: Refused) -> Response:
    """The response for a rule's no; limits carry Retry-After."""
    present_request().refused = refused
    response = respond(refused.reason.status, error_content(refused))
    retry_after = refused.details.get("retry_after")
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response
