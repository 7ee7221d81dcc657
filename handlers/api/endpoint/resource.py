"""The decorators that declare endpoints."""

from collections.abc import Callable
from typing import Any, TypedDict, Unpack

from flask import Blueprint, Response
from pydantic import BaseModel

from handlers.api.endpoint.operation import MINI_PROGRAM, REGISTRAR, Api, Operation
from handlers.api.endpoint.schemas import Body
from handlers.api.endpoint.serving import serve
from handlers.auth import Auth
from miniprogram_api.reasons import Reason
from miniprogram_api.staff.members import Permission

Decorator = Callable[[Callable[..., Any]], Callable[..., Response]]


class Declared(TypedDict, total=False):
    """What an endpoint declares: `auth`, or the `permission` that a member of staff needs.

    `image` also accepts multipart with a file `image`, `uploads` with files of these names; the
    other parts become `body`.
    `repeatable=False` ignores the Idempotency-Key, for an answer that must not be stored. `files`
    are the media types of a handler that returns a `File`. `may_be_empty`: some answers are empty.
    """

    auth: Auth
    permission: Permission
    body: type[Body]
    query: type[BaseModel]
    answer: type[Any]
    status: int
    reasons: tuple[Reason, ...]
    image: bool
    uploads: tuple[str, ...]
    repeatable: bool
    files: tuple[str, ...]
    may_be_empty: bool


class Resource:
    """A resource of an API with its blueprint.

    Its decorators register handlers ``(call, body?, query?, **files, **path arguments)``.
    """

    def __init__(self, name: str, api: Api = MINI_PROGRAM) -> None:
        """`name` is also the tag in the OpenAPI document."""
        self.name = name
        self.api = api
        # Names of blueprints are unique in the application.
        prefix = "registrar_" if api is REGISTRAR else ""
        self.blueprint = Blueprint(f"{prefix}{name}", __name__, url_prefix=api.base)

    def get(self, path: str, **declared: Unpack[Declared]) -> Decorator:
        """Register the handler of a GET."""
        return self._endpoint("GET", path, **declared)

    def post(self, path: str, **declared: Unpack[Declared]) -> Decorator:
        """Register the handler of a POST."""
        return self._endpoint("POST", path, **declared)

    def put(self, path: str, **declared: Unpack[Declared]) -> Decorator:
        """Register the handler of a PUT."""
        return self._endpoint("PUT", path, **declared)

    def delete(self, path: str, **declared: Unpack[Declared]) -> Decorator:
        """Register the handler of a DELETE."""
        return self._endpoint("DELETE", path, **declared)

    def _endpoint(self, method: str, path: str, **declared: Unpack[Declared]) -> Decorator:
        if self.api is REGISTRAR:
            declared["auth"] = Auth.SIGNED
        elif ("auth" in declared) == ("permission" in declared):
            raise TypeError("An endpoint declares its auth, or a permission of the staff.")
        declared.setdefault("auth", Auth.STAFF)

        def decorate(handler: Callable[..., Any]) -> Callable[..., Response]:
            operation = Operation(self.api, method, path, self.name, handler, **declared)
            self.api.operations.append(operation)

            def view(**path_arguments: str) -> Response:
                return serve(operation, path_arguments)

            self.blueprint.add_url_rule(path, handler.__name__, view, methods=[method])
            return view

        return decorate
