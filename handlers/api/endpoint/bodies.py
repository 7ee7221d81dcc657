"""The body of a call: read, digested for the Idempotency-Key, validated."""

from dataclasses import dataclass, field
from typing import Any

from flask import request
from pydantic import BaseModel, ValidationError

from handlers import envelope
from handlers.api.endpoint.operation import Operation
from handlers.api.fields import refused_fields
from handlers.api.uploads import Image, read_uploads
from handlers.request_body import read_body
from miniprogram_api.reasons import Reason, Refused

JSON_TYPE = "application/json"


@dataclass(frozen=True)
class Received:
    """The bytes of a body, or the texts and files of a multipart body."""

    content: bytes | dict[str, str] = b""
    images: dict[str, Image] = field(default_factory=dict)

    def digested(self) -> bytes:
        """Return what distinguishes two bodies under one Idempotency-Key."""
        if isinstance(self.content, bytes):
            return self.content
        # Digest the parts, not the body: a retry of an upload has another multipart boundary.
        parts = envelope.dumps(sorted(self.content.items())).encode()
        files = (self.images[name].content for name in sorted(self.images))
        return parts + b"\0" + b"\0".join(files)


def received(operation: Operation) -> Received:
    """Read the body, as far as the operation has one."""
    if operation.parts and request.mimetype == "multipart/form-data":
        return Received(*read_uploads(request, operation.parts))
    if operation.method == "GET":
        # The body of a GET has no meaning (RFC 9110, 9.3.1).
        return Received()
    raw = read_body(operation.api.body_limit)
    if operation.body is not None:
        if operation.body.may_be_missing and not raw:
            return Received(b"{}")
        if operation.api.needs_media_type and request.mimetype != JSON_TYPE:
            raise Refused(Reason.UNSUPPORTED_MEDIA_TYPE)
        if not raw:
            raise Refused(Reason.MALFORMED_JSON)
    return Received(raw)


def inputs(operation: Operation, body: Received, path: dict[str, str]) -> dict[str, Any]:
    """Return the handler's arguments after ``call``: path, body, query and files."""
    values: dict[str, Any] = dict(path)
    if operation.body is not None:
        values["body"] = _validated(operation.body, body.content)
    if operation.query is not None:
        values["query"] = _validated(operation.query, request.args.to_dict())
    return values | {name: body.images.get(name) for name in operation.parts}


def _validated(model: type[BaseModel], content: bytes | dict[str, str]) -> BaseModel:
    try:
        if isinstance(content, bytes):
            return model.model_validate_json(content)
        return model.model_validate(content)
    except ValidationError as error:
        raise refused_fields(error) from None
