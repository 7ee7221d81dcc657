"""The decorators of every endpoint of the JSON API.

    resource = Resource("sms_codes")

    @resource.post("/sms-codes", auth=Auth.WECHAT, body=CodeRequest, answer=CodeAnswer,
                   status=202, reasons=(Reason.SMS_RATE_LIMITED, …))
    def request_code(call: Call, body: CodeRequest) -> CodeAnswer:
        \"\"\"Send a one-time code.\"\"\"
        return CodeAnswer(…rule(call.services, …)…)

The contract fixes the order of refusals: 401, 403, malformed body, fields, then the rule's own. The
OpenAPI document is generated from the same arguments. An ``Idempotency-Key`` is honoured on every
POST and PUT. A handler that opens a session returns ``Opened(answer, session)``.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypedDict, Unpack

import structlog
from flask import Blueprint, Response, current_app, request
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import to_jsonable_python

from config import Settings
from handlers import envelope
from handlers.api.fields import refused_fields
from handlers.api.uploads import Image, read_uploads
from handlers.auth import Auth, authenticate, authenticate_staff, bearer_token, client_address
from handlers.errors import error_content, is_final
from handlers.request_body import read_body
from miniprogram_api.access import idempotency, refusals
from miniprogram_api.access.sessions import OpenedSession, SessionInfo
from miniprogram_api.operations.maintenance import DatabaseUnavailable
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff.members import Permission, StaffMember
from miniprogram_api.texts import invalid

log = structlog.get_logger("http")

BASE = "/api/v1"
JSON_LIMIT = 64 * 1024
JSON_TYPE = "application/json"
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{8,128}")


class Body(BaseModel):
    """Base of every request body; ignores unknown fields, types are strict."""

    may_be_missing: ClassVar[bool] = False
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, hide_input_in_errors=True)


class Answer(BaseModel):
    """Base of every ``data``."""

    model_config = ConfigDict(frozen=True)


@dataclass(frozen=True)
class Call:
    """The caller of an endpoint."""

    services: Services
    session: SessionInfo | None
    address: str
    staff: StaffMember | None = None

    @property
    def member(self) -> StaffMember:
        """Return the member of staff; only for endpoints with a permission."""
        if self.staff is None:
            raise Refused(Reason.UNAUTHENTICATED)
        return self.staff

    @property
    def holder(self) -> SessionInfo:
        """Return the session; only for endpoints that require one."""
        if self.session is None:
            raise Refused(Reason.UNAUTHENTICATED)
        return self.session

    @property
    def account_id(self) -> int:
        """Return the account's id; only for endpoints that require an account."""
        if self.holder.account_id is None:
            raise Refused(Reason.ACCOUNT_REQUIRED)
        return self.holder.account_id


@dataclass(frozen=True)
class Opened:
    """An answer whose field ``token`` is that of a new session."""

    answer: Answer
    session: OpenedSession


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


@dataclass(frozen=True)
class Operation:
    """The declaration of an endpoint."""

    method: str
    path: str
    tag: str
    handler: Callable[..., Any]
    auth: Auth
    permission: Permission | None = None
    body: type[Body] | None = None
    query: type[BaseModel] | None = None
    answer: type[Any] | None = None
    status: int = 200
    reasons: tuple[Reason, ...] = ()
    image: bool = False
    uploads: tuple[str, ...] = ()
    repeatable: bool = True
    files: tuple[str, ...] = ()
    may_be_empty: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the files of a multipart body."""
        return (("image",) if self.image else ()) + self.uploads

    @property
    def idempotent(self) -> bool:
        """Whether the Idempotency-Key is honoured."""
        return self.method in ("POST", "PUT") and self.repeatable


OPERATIONS: list[Operation] = []
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
    """A resource of the API with its blueprint.

    Its decorators register handlers ``(call, body?, query?, **files, **path arguments)``.
    """

    def __init__(self, name: str) -> None:
        """`name` is also the tag in the OpenAPI document."""
        self.blueprint = Blueprint(name, __name__)

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
        if ("auth" in declared) == ("permission" in declared):
            raise TypeError("An endpoint declares its auth, or a permission of the staff.")
        declared.setdefault("auth", Auth.STAFF)

        def decorate(handler: Callable[..., Any]) -> Callable[..., Response]:
            operation = Operation(method, path, self.blueprint.name, handler, **declared)
            OPERATIONS.append(operation)

            def view(**path_arguments: str) -> Response:
                return _serve(operation, path_arguments)

            self.blueprint.add_url_rule(path, handler.__name__, view, methods=[method])
            return view

        return decorate


def _serve(operation: Operation, arguments: dict[str, str]) -> Response:
    services: Services = current_app.extensions["services"]
    _require_version(services.settings)
    token = bearer_token(request)
    key = request.headers.get("Idempotency-Key") if operation.idempotent else None
    address = client_address(request, services.settings)
    session, member = None, None
    try:
        if operation.permission is None:
            session = authenticate(operation.auth, token, request, address)
        else:
            door = f"{operation.method} {operation.path}"
            member = authenticate_staff(services, token, operation.permission, door)
    except Refused as refused:
        # The first call may have ended its own token (as registering does), so look for its stored
        # answer before refusing the retry.
        if key and refused.reason is Reason.UNAUTHENTICATED:
            found = _replay_for_dead_token(operation, token, key)
            if found is not None:
                return found
        raise
    content, images = _read(operation)
    inputs = _inputs(operation, content, images, arguments)
    call = Call(services, session, address, member)
    try:
        if key is None:
            return _render(operation, operation.handler(call, **inputs))
        call_hash = _call_hash(token, key)
        return _serve_once(operation, call, inputs, _digested(content, images), call_hash)
    except Refused as refused:
        refusals.note(session, refused, getattr(inputs.get("body"), "phone", None))
        raise


def _inputs(
    operation: Operation,
    content: bytes | dict[str, str],
    images: dict[str, Image],
    arguments: dict[str, str],
) -> dict[str, Any]:
    """Return the handler's arguments after ``call``. Raises Refused as `_validated` does."""
    inputs: dict[str, Any] = dict(arguments)
    if operation.body is not None:
        inputs["body"] = _validated(operation.body, content)
    if operation.query is not None:
        inputs["query"] = _validated(operation.query, request.args.to_dict())
    return inputs | {name: images.get(name) for name in operation.parts}


def _render(operation: Operation, result: Any) -> Response:
    if isinstance(result, File):
        return result.response()
    answer = result.answer if isinstance(result, Opened) else result
    return envelope.success(operation.status, {} if answer is None else answer)


def _serve_once(
    operation: Operation,
    call: Call,
    inputs: dict[str, Any],
    digested: bytes,
    call_hash: bytes,
) -> Response:
    digests = idempotency.body_digests(digested)
    begun = idempotency.begin(call_hash, digests, call.services.settings.longest_call)
    if isinstance(begun, idempotency.Replay):
        return _replay(begun)
    finished = False
    try:
        try:
            result = operation.handler(call, **inputs)
            response = _render(operation, result)
            opened = result.session if isinstance(result, Opened) else None
            finished = True
            _keep(begun, operation.status, _kept_answer(result), opened)
        except Refused as refused:
            if is_final(refused):
                finished = True
                _keep(begun, refused.reason.status, error_content(refused), None)
            raise
    finally:
        if not finished:
            idempotency.abandon(begun)
    return response


def _call_hash(token: str, key: str) -> bytes:
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        raise invalid("api.idempotency_key.idempotency_key_form", field="Idempotency-Key")
    return idempotency.key_hash(request.method, request.path, token, key)


def _keep(
    begun: idempotency.Begun, status: int, content: dict[str, Any], opened: OpenedSession | None
) -> None:
    session_hash = opened.token_hash if opened else None
    try:
        idempotency.finish(begun, status, envelope.dumps(content), session_hash)
    except DatabaseUnavailable as error:
        # The call succeeded, so the caller gets its answer all the same.
        log.error("answer not kept", error=type(error).__name__)


def _kept_answer(result: Any) -> dict[str, Any]:
    answer = result.answer if isinstance(result, Opened) else result
    data = to_jsonable_python({} if answer is None else answer, by_alias=False)
    if isinstance(result, Opened):
        data = {**data, "token": ""}
    return {"code": "OK", "message": "成功", "data": data}


def _replay(replay: idempotency.Replay) -> Response:
    content = json.loads(replay.body)
    if replay.token is not None:
        content["data"]["token"] = replay.token
    response = envelope.respond(replay.status, content)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _replay_for_dead_token(operation: Operation, token: str, key: str) -> Response | None:
    if not token or not _IDEMPOTENCY_KEY.fullmatch(key):
        return None
    digested = _digested(*_read(operation))
    call_hash = idempotency.key_hash(request.method, request.path, token, key)
    replay = idempotency.replay_of(call_hash, idempotency.body_digests(digested))
    return None if replay is None else _replay(replay)


def _digested(content: bytes | dict[str, str], images: dict[str, Image]) -> bytes:
    if isinstance(content, bytes):
        return content
    # Digest the parts, not the body: a retry of an upload has another multipart boundary.
    parts = envelope.dumps(sorted(content.items())).encode()
    files = (images[name].content for name in sorted(images))
    return parts + b"\0" + b"\0".join(files)


def _read(operation: Operation) -> tuple[bytes | dict[str, str], dict[str, Image]]:
    """Return the body's bytes, or the parts of a multipart body and its files."""
    if operation.parts and request.mimetype == "multipart/form-data":
        return read_uploads(request, operation.parts)
    if operation.method == "GET":
        # The body of a GET has no meaning (RFC 9110, 9.3.1).
        return b"", {}
    raw = read_body(JSON_LIMIT)
    if operation.body is not None:
        if operation.body.may_be_missing and not raw:
            return b"{}", {}
        if request.mimetype != JSON_TYPE:
            raise Refused(Reason.UNSUPPORTED_MEDIA_TYPE)
        if not raw:
            raise Refused(Reason.MALFORMED_JSON)
    return raw, {}


def _validated(model: type[BaseModel], content: bytes | dict[str, str]) -> BaseModel:
    try:
        if isinstance(content, bytes):
            return model.model_validate_json(content)
        return model.model_validate(content)
    except ValidationError as error:
        raise refused_fields(error) from None


def _require_version(settings: Settings) -> None:
    """Refuse a client whose X-Client-Version is below MIN_CLIENT_VERSION."""
    least, given = settings.min_client_version, request.headers.get("X-Client-Version", "")
    if not least or not given:
        return
    is_version = re.fullmatch(r"\d{1,6}(\.\d{1,6}){0,3}", given) is not None
    if not is_version or _numbers(given) < _numbers(least):
        raise Refused(Reason.CLIENT_OUTDATED, min_version=least)


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in version.split(".")]
    return tuple(numbers + [0] * (4 - len(numbers)))
