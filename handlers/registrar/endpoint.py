"""The decorators of ``/registrar/v1``, whose calls registration systems sign.

    resource = SignedResource("matters")

    @resource.post("/matters", body=MatterBody, answer=MatterView, status=201, reasons=(…))
    def create_matter(call: SystemCall, body: MatterBody) -> MatterView: …

Signature, replay and quota are checked before the body. ``/registrar/v1/openapi.json`` is generated
from the same arguments.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from flask import Blueprint, Response, current_app, request
from pydantic import ValidationError

from handlers import envelope
from handlers.api.endpoint import File, Operation
from handlers.api.fields import refused_fields
from handlers.auth import Auth, client_address
from handlers.request_body import read_body
from miniprogram_api.reasons import Reason
from miniprogram_api.registrars import signatures
from miniprogram_api.registrars.signatures import SignedRequest
from miniprogram_api.services import Services

BASE = "/registrar/v1"
BODY_LIMIT = 512 * 1024
"""A matter of 200 persons has some 100 KiB."""

OPERATIONS: list[Operation] = []
Decorator = Callable[[Callable[..., Any]], Callable[..., Response]]
COMMON = (
    Reason.SIGNATURE_INVALID,
    Reason.FORBIDDEN,
    Reason.REPLAYED,
    Reason.QUOTA_EXCEEDED,
)


@dataclass(frozen=True)
class SystemCall:
    """The caller of an endpoint."""

    services: Services
    key_id: str

    @property
    def maker(self) -> str:
        """Return the maker of the system's matters."""
        return f"system:{self.key_id}"

    @property
    def actor(self) -> str:
        """Return the actor of audit lines."""
        return f"registrar:{self.key_id}"


@dataclass(frozen=True)
class Repeated:
    """The answer of a repeated call, which is 200."""

    answer: Any


class Declared(TypedDict, total=False):
    """What an endpoint declares."""

    body: type[Any]
    answer: type[Any]
    status: int
    reasons: tuple[Reason, ...]
    files: tuple[str, ...]


class SignedResource:
    """A group of signed endpoints; handlers are ``(call, body?, **path arguments)``."""

    def __init__(self, name: str) -> None:
        """`name` is also the tag in the OpenAPI document."""
        self.name = name
        self.blueprint = Blueprint(f"registrar_{name}", __name__, url_prefix=BASE)

    def get(self, path: str, **declared: Unpack[Declared]) -> Decorator:
        """Register the handler of a GET."""
        return self._endpoint("GET", path, declared)

    def post(self, path: str, **declared: Unpack[Declared]) -> Decorator:
        """Register the handler of a POST."""
        return self._endpoint("POST", path, declared)

    def put(self, path: str, **declared: Unpack[Declared]) -> Decorator:
        """Register the handler of a PUT."""
        return self._endpoint("PUT", path, declared)

    def _endpoint(self, method: str, path: str, declared: Declared) -> Decorator:
        declared["reasons"] = (*declared.get("reasons", ()), *COMMON)

        def decorate(handler: Callable[..., Any]) -> Callable[..., Response]:
            operation = Operation(
                method, path, self.name, handler, Auth.SIGNED, repeatable=False, **declared
            )
            OPERATIONS.append(operation)

            def view(**path_arguments: str) -> Response:
                return _serve(operation, path_arguments)

            self.blueprint.add_url_rule(path, handler.__name__, view, methods=[method])
            return view

        return decorate


def _serve(operation: Operation, arguments: dict[str, str]) -> Response:
    services: Services = current_app.extensions["services"]
    content = read_body(BODY_LIMIT)
    signed = SignedRequest(
        request.headers.get("X-Key-Id", ""),
        request.headers.get("X-Timestamp", ""),
        request.headers.get("X-Nonce", ""),
        request.headers.get("X-Signature", ""),
        request.method,
        request.path,
        content,
    )
    address = client_address(request, services.settings)
    key_id = signatures.authenticate(services, signed, address=address)
    inputs: dict[str, Any] = dict(arguments)
    if operation.body is not None:
        try:
            inputs["body"] = operation.body.model_validate_json(content)
        except ValidationError as error:
            raise refused_fields(error) from None
    result = operation.handler(SystemCall(services, key_id), **inputs)
    if isinstance(result, File):
        return result.response()
    if isinstance(result, Repeated):
        return envelope.success(200, result.answer)
    return envelope.success(operation.status, result)
