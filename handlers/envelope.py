"""The form of every JSON answer: code, message, data, help and the request's id."""

from typing import Any, cast

from flask import Response
from flask.globals import request_ctx
from pydantic_core import to_json
from werkzeug.datastructures import Headers

from handlers.errors import STATUS, error_content
from handlers.exchange import JsonResponse, ServiceRequest
from miniprogram_api.reasons import Refused

JSON = "application/json; charset=utf-8"


def request_id() -> str:
    """The caller's X-Request-ID when it is well-formed, else one of our own."""
    return cast(ServiceRequest, request_ctx.request).identifier


def mark(headers: Headers, identifier: str) -> None:
    """Add what every answer carries, whatever its form."""
    headers.add("X-Request-ID", identifier)
    headers.add("X-Content-Type-Options", "nosniff")


def dumps(content: Any) -> str:
    """Compact JSON in UTF-8, Chinese as it is; models and dates have their usual forms."""
    return to_json(content, by_alias=False).decode()


def respond(status: int, content: dict[str, Any]) -> Response:
    """A response with the request's id, which every answer also gets as a header."""
    identifier = request_id()
    content["request_id"] = identifier
    headers = Headers()
    headers.add("Content-Type", JSON)
    headers.add("Cache-Control", "no-store")
    mark(headers, identifier)
    return JsonResponse(to_json(content, by_alias=False), status, headers)


def success(status: int, data: Any, message: str = "成功") -> Response:
    return respond(status, {"code": "OK", "message": message, "data": data})


def refusal(refused: Refused) -> Response:
    """The response for a rule's no; limits carry Retry-After."""
    cast(ServiceRequest, request_ctx.request).refused = refused
    response = respond(STATUS[refused.reason], error_content(refused))
    retry_after = refused.details.get("retry_after")
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response
