"""What the handler of an endpoint returns, and how it is rendered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response

from handlers import envelope
from handlers.api.endpoint.schemas import Answer
from miniprogram_api.access.sessions import OpenedSession


@dataclass(frozen=True)
class Opened:
    """An answer whose field ``token`` is that of a new session."""

    answer: Answer
    session: OpenedSession


@dataclass(frozen=True)
class Repeated:
    """The answer of a repeated call, which is 200."""

    answer: Any


@dataclass(frozen=True)
class File:
    """A file as the answer; caches may keep it for ever, unless it is personal."""

    content: bytes
    media_type: str
    is_personal: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        """Return the HTTP response."""
        response = Response(self.content, mimetype=self.media_type)
        response.headers.update(self.headers)
        kept = "no-store" if self.is_personal else "public, max-age=31536000, immutable"
        response.headers["Cache-Control"] = kept
        return response


def rendered(status: int, result: Any) -> Response:
    """Return the response for a handler's result; ``status`` is the declared one."""
    if isinstance(result, File):
        return result.response()
    return envelope.success(200 if isinstance(result, Repeated) else status, data_of(result))


def data_of(result: Any) -> Any:
    """Return the ``data`` of a result; an endpoint without an answer has an empty object."""
    data = result.answer if isinstance(result, Opened | Repeated) else result
    return {} if data is None else data
