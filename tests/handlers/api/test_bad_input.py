"""Bad input in every declared field of every endpoint: always a 4xx with a code, never a 500."""

import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from handlers.api.endpoint import Operation
from handlers.auth import Auth
from miniprogram_api.access import sessions
from miniprogram_api.staff.members import ROLES
from models.accounts.accounts import Account
from tests.support.admin.staff import member_of
from tests.support.admin.staff import token_of as staff_token
from tests.support.api.bad_values import (
    BODIES,
    BROKEN,
    CONTENT_TYPES,
    DEEP_LIST,
    DEEP_OBJECT,
    HEADERS,
    KEYS,
    OTHER_TYPES,
    PATH_VALUES,
    STRINGS,
    TOKENS,
)
from tests.support.api.operations import (
    SOMEONE,
    body_of,
    name_of,
    needs_token,
    operations,
    path_of,
    path_parameters,
)
from tests.support.api.raw_http import RawConnection, Reply, faults
from tests.support.people.accounts import account_of, tables_of
from tests.support.service.postgres import PostgresServer
from tests.support.service.service import Service, database_for_service

OPERATIONS = operations()
WITH_BODY = [operation for operation in OPERATIONS if operation.body is not None]
WITH_QUERY = [operation for operation in OPERATIONS if operation.query is not None]
WITH_PATH = [operation for operation in OPERATIONS if path_parameters(operation)]


class Caller:
    """Call with the token of an endpoint and collect wrong answers."""

    def __init__(self, service: Service, wire: RawConnection) -> None:
        self._service = service
        self._wire = wire
        self._is_clear = False
        self._bad: list[str] = []
        self._addresses = itertools.cycle(f"198.51.{n // 250}.{n % 250}" for n in range(50_000))

    def begin(self) -> None:
        """Restore the service and its one account, if a call has changed something."""
        self._bad.clear()
        if not self._is_clear:
            self._service.clear()
            self._token = self._sign_in()
            with tables_of(self._service):
                self._staff_token = staff_token(member_of(*ROLES))
            self._is_clear = True

    def send(
        self,
        operation: Operation,
        note: str,
        body: bytes | None = None,
        *,
        path: str | None = None,
        method: str | None = None,
        headers: dict[str, str] | None = None,
        may_succeed: bool = False,
    ) -> Reply:
        """Send one call from its own address, so that no limit refuses it first."""
        sent = {"X-Forwarded-For": next(self._addresses), **(headers or {})}
        reply = self._wire.call(
            method or operation.method,
            path or path_of(operation),
            body,
            token=self._token_for(operation),
            headers=sent,
        )
        found = faults(reply, may_succeed=may_succeed)
        if found is not None:
            self._bad.append(f"{note}: {found}")
        if reply.status < 300 and operation.method != "GET":
            self._is_clear = False
            if operation.method == "DELETE":
                # It may have ended the session.
                self._token = self._sign_in()
        return reply

    def _token_for(self, operation: Operation) -> str | None:
        if operation.auth is Auth.STAFF:
            return self._staff_token
        return self._token if needs_token(operation) else None

    def _sign_in(self) -> str:
        """Return a token of the only account."""
        with tables_of(self._service):
            account = Account.select().first() or account_of(SOMEONE)
            return sessions.start("o-zhang", account.id).token

    def expect(self, reply: Reply, status: int, code: str, note: str) -> None:
        """Record an answer that is not this refusal."""
        if (reply.status, reply.content["code"]) != (status, code):
            self._bad.append(f"{note}: not {code}: {reply.status} {reply.body.decode()[:300]}")

    def check(self) -> None:
        assert not self._bad, "\n".join(self._bad[:20])


@pytest.fixture(scope="module")
def _caller(_service: Service) -> Iterator[Caller]:
    with RawConnection(_service) as wire:
        yield Caller(_service, wire)


@pytest.fixture
def caller(_caller: Caller) -> Caller:
    _caller.begin()
    return _caller


def every(some: list[Operation]) -> Callable[[Any], Any]:
    return pytest.mark.parametrize("operation", some, ids=name_of)


def some_of(table: Iterable[Any], *few: Any) -> Callable[[Any], Any]:
    """Parametrize `values` by a few of a table; by the whole table in the slow tests."""
    whole = pytest.param([*table], id="all", marks=pytest.mark.slow)
    return pytest.mark.parametrize("values", [pytest.param([*few], id="few"), whole])


def with_value(operation: Operation, field: str, value: bytes) -> bytes:
    """Return the correct body with these bytes as the value of one field."""
    content = {**body_of(operation), field: "\x01here\x01"}
    return json.dumps(content).encode().replace(rb'"\u0001here\u0001"', value)


def as_json(text: str) -> bytes:
    return json.dumps(text).encode()


@pytest.fixture(scope="module")
def on_postgres(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer
) -> Iterator[Service]:
    directory = tmp_path_factory.mktemp("on-postgres")
    with Service(directory, database_url=database_for_service(postgres)) as running:
        yield running


@pytest.fixture(scope="module")
def _caller_on_postgres(on_postgres: Service) -> Iterator[Caller]:
    with RawConnection(on_postgres) as wire:
        yield Caller(on_postgres, wire)


@pytest.fixture
def caller_on_postgres(_caller_on_postgres: Caller) -> Caller:
    _caller_on_postgres.begin()
    return _caller_on_postgres


def send_strings(caller: Caller, operation: Operation, names: Iterable[str]) -> None:
    assert operation.body is not None
    for field in operation.body.model_fields:
        for name in names:
            body = with_value(operation, field, as_json(STRINGS[name]))
            caller.send(operation, f"{field}: {name}", body, may_succeed=True)
    caller.check()


@every(WITH_BODY)
def test_strings_of_every_kind_in_every_field(caller: Caller, operation: Operation) -> None:
    send_strings(caller, operation, STRINGS)


@pytest.mark.slow
@some_of(STRINGS, "NUL", "SQL", "LIKE", "beyond the plane", "no characters", "many digits")
@every(WITH_BODY)
def test_strings_of_every_kind_on_postgresql(
    caller_on_postgres: Caller, operation: Operation, values: list[str]
) -> None:
    send_strings(caller_on_postgres, operation, values)


@some_of(OTHER_TYPES, "1", "1e999", "true", "[]", "{}", "[null]")
@every(WITH_BODY)
def test_values_of_another_type_in_every_field(
    caller: Caller, operation: Operation, values: list[str]
) -> None:
    assert operation.body is not None
    for field, declared in operation.body.model_fields.items():
        is_list, is_bool = "list" in str(declared.annotation), declared.annotation is bool
        is_int = "int" in str(declared.annotation)
        for text in values:
            fits = (is_list and text == "[]") or (is_bool and text == "true")
            if fits or (is_int and text.isdecimal()):
                continue
            note = f"{field}: {text[:20]}"
            reply = caller.send(operation, note, with_value(operation, field, text.encode()))
            if text in (DEEP_LIST, DEEP_OBJECT):
                caller.expect(reply, 400, "MALFORMED_JSON", note)
            else:
                caller.expect(reply, 422, "INVALID_INPUT", note)
                named = [entry["field"] for entry in reply.content["data"]["fields"]]
                if not any(name.split(".")[0] == field for name in named):
                    caller.expect(reply, 422, f"INVALID_INPUT of {field}", note)
    caller.check()


@some_of(BROKEN, "lone surrogate", "broken UTF-8", "raw NUL", "not closed")
@every(WITH_BODY)
def test_invalid_json_in_every_field(
    caller: Caller, operation: Operation, values: list[str]
) -> None:
    assert operation.body is not None
    for field in operation.body.model_fields:
        for name in values:
            body = with_value(operation, field, BROKEN[name])
            reply = caller.send(operation, f"{field}: {name}", body)
            code = (413, "BODY_TOO_LARGE") if name == "one MB" else (400, "MALFORMED_JSON")
            caller.expect(reply, *code, f"{field}: {name}")
    caller.check()


@every(WITH_BODY)
def test_missing_and_null_fields(caller: Caller, operation: Operation) -> None:
    assert operation.body is not None
    for field, declared in operation.body.model_fields.items():
        without = {name: v for name, v in body_of(operation).items() if name != field}
        for note, body in (
            (f"{field} missing", json.dumps(without).encode()),
            (f"{field} null", with_value(operation, field, b"null")),
        ):
            reply = caller.send(operation, note, body, may_succeed=not declared.is_required())
            if declared.is_required():
                caller.expect(reply, 422, "INVALID_INPUT", note)
    caller.check()


@some_of(BODIES, "none", "null", "list", "half", "deep list", "70 KiB", "bytes")
@every(WITH_BODY)
def test_malformed_bodies(caller: Caller, operation: Operation, values: list[str]) -> None:
    assert operation.body is not None
    for name in values:
        # Without required fields an object with other fields is valid.
        headers = {"Content-Type": "application/json"}
        is_left_out = name in ("none", "empty") and operation.body.may_be_missing
        reply = caller.send(operation, name, BODIES[name], headers=headers, may_succeed=is_left_out)
        if is_left_out:
            continue
        if name in ("70 KiB", "11 MB"):
            caller.expect(reply, 413, "BODY_TOO_LARGE", name)
        elif name in ("null", "list", "list of objects", "string", "number", "true"):
            caller.expect(reply, 422, "INVALID_INPUT", name)
        else:
            caller.expect(reply, 400, "MALFORMED_JSON", name)
    caller.check()


@some_of(CONTENT_TYPES, "", "text/plain", "application/x-www-form-urlencoded")
@every(WITH_BODY)
def test_bodies_of_another_type(caller: Caller, operation: Operation, values: list[str]) -> None:
    good = json.dumps(body_of(operation)).encode()
    for kind in values:
        reply = caller.send(operation, kind[:40], good, headers={"Content-Type": kind})
        if not (operation.parts and kind.startswith("multipart/form-data")):
            caller.expect(reply, 415, "UNSUPPORTED_MEDIA_TYPE", kind[:40])
    caller.check()


@every(WITH_QUERY)
def test_bad_queries(caller: Caller, operation: Operation) -> None:
    assert operation.query is not None
    names = [*operation.query.model_fields, "nothing"]
    values = [*PATH_VALUES[:-1], "%00", "&", "a&{}=b", "=", "%5B%5D=1", "x" * 3000]
    for name in names:
        for value in values:
            path = f"{path_of(operation)}?{name}={value.replace(' ', '+')}"
            caller.send(operation, path[:60], path=path, may_succeed=True)
    caller.check()


@every(OPERATIONS)
def test_other_methods_and_other_spellings_of_the_path(
    caller: Caller, operation: Operation
) -> None:
    path = path_of(operation)
    allowed = {o.method for o in OPERATIONS if o.path == operation.path} | {"OPTIONS", "HEAD"}
    for method in {"GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "QUERY"} - allowed:
        reply = caller.send(operation, method, b"{}", method=method)
        caller.expect(reply, 405, "METHOD_NOT_ALLOWED", method)
        assert set(reply.headers["Allow"].split(", ")) >= allowed - {"HEAD"}
    for other in (f"{path}/", f"/{path}", path.upper(), f"{path}%00", f"{path}.json", f"{path};x"):
        may_succeed = other.startswith("//") or bool(path_parameters(operation))
        caller.send(operation, other, b"{}", path=other, may_succeed=may_succeed)
    caller.check()


def send_path_values(caller: Caller, operation: Operation, values: Iterable[str]) -> None:
    body = None if operation.body is None else json.dumps(body_of(operation)).encode()
    for parameter in path_parameters(operation):
        for value in values:
            path = path_of(operation, **{parameter: value.replace(" ", "%20")})
            caller.send(operation, path[:80], body, path=path, may_succeed=False)
    caller.check()


@every(WITH_PATH)
def test_bad_path_segments(caller: Caller, operation: Operation) -> None:
    send_path_values(caller, operation, PATH_VALUES)


@some_of(PATH_VALUES, "%00", "face%00", "%ff", "'%20OR%201=1--", "x" * 2000, "-1", "0")
@every(WITH_PATH)
def test_bad_path_segments_on_postgresql(
    caller_on_postgres: Caller, operation: Operation, values: list[str]
) -> None:
    send_path_values(caller_on_postgres, operation, values)


@some_of(TOKENS, "", "Bearer ", "Basic YTpi", "Bearer " + "x" * 43, "x" * 43)
@every(OPERATIONS)
def test_malformed_tokens(caller: Caller, operation: Operation, values: list[str]) -> None:
    body = None if operation.body is None else json.dumps(body_of(operation)).encode()
    for given in values:
        headers = {"Authorization": given}
        is_public = operation.auth is Auth.NONE
        reply = caller.send(operation, given[:40], body, headers=headers, may_succeed=is_public)
        if not is_public:
            caller.expect(reply, 401, "UNAUTHENTICATED", given[:40])
    caller.check()


@some_of(KEYS, "short", "x" * 129)
@every([operation for operation in WITH_BODY if operation.idempotent])
def test_malformed_idempotency_keys(
    caller: Caller, operation: Operation, values: list[str]
) -> None:
    body = json.dumps(body_of(operation)).encode()
    for key in values:
        reply = caller.send(operation, key[:40], body, headers={"Idempotency-Key": key})
        caller.expect(reply, 422, "INVALID_INPUT", key[:40])
    caller.check()


@some_of(
    HEADERS,
    {"X-Request-ID": "../../etc/passwd"},
    {"X-Client-Version": "-1"},
    {"X-Forwarded-For": "unknown"},
    {"Content-Encoding": "gzip"},
)
@every(OPERATIONS)
def test_bad_values_in_other_headers(
    caller: Caller, operation: Operation, values: list[dict[str, str]]
) -> None:
    """No endpoint reads them, so none may fail."""
    body = None if operation.body is None else json.dumps(body_of(operation)).encode()
    for headers in values:
        note = str(headers)[:60]
        reply = caller.send(operation, note, body, headers=headers, may_succeed=True)
        given = headers.get("X-Request-ID")
        assert re.fullmatch("[A-Za-z0-9._-]{8,64}", reply.headers["X-Request-ID"])
        assert given is None or reply.headers["X-Request-ID"] != given
    caller.check()
