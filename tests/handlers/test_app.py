"""The Flask application: headers, body limits and error answers."""

import io
import json
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from handlers import app as application
from models.storage.database import database
from tests.support.service.rules import Rules

API = "/api/v1"
CHECKS = f"{API}/identity-checks"
JSON = "application/json"


@pytest.fixture
def app(rules: Rules) -> Iterator[Flask]:
    yield application.create(rules.services)
    if not database.is_closed():
        database.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def code_of(answer: TestResponse) -> str:
    assert answer.json is not None
    code: str = answer.json["code"]
    return code


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"", {}, 400, "MALFORMED_JSON"),
        (b"{", {}, 400, "MALFORMED_JSON"),
        (b'{"name": "\xff"}', {}, 400, "MALFORMED_JSON"),
        (b"[1]", {}, 422, "INVALID_INPUT"),
        (b'{"name": 1}', {}, 422, "INVALID_INPUT"),
        (b"{}", {"Idempotency-Key": "k" * 7}, 422, "INVALID_INPUT"),
        (b"{}", {"Content-Type": "application/json; charset=utf-8"}, 422, "INVALID_INPUT"),
        (b"a=b", {"Content-Type": "text/plain"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b" " * 65_536, {}, 400, "MALFORMED_JSON"),
        (b" " * 65_537, {}, 413, "BODY_TOO_LARGE"),
    ],
)
def test_invalid_body_is_refused(
    client: FlaskClient, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    answer = client.post(CHECKS, data=body, headers={"Content-Type": JSON, **headers})
    assert (answer.status_code, code_of(answer)) == (status, code)


@pytest.mark.parametrize(
    ("length", "status"), [("3", 400), ("70000", 413), ("-2", 422), ("x", 422), ("2", 422)]
)
def test_content_length_must_match_the_body(client: FlaskClient, length: str, status: int) -> None:
    environ = {"CONTENT_LENGTH": length, "wsgi.input_terminated": True}
    answer = client.post(
        CHECKS, input_stream=io.BytesIO(b"{}"), content_type=JSON, environ_overrides=environ
    )
    assert answer.status_code == status


@pytest.mark.parametrize(("size", "status"), [(65_536, 400), (65_537, 413)])
def test_chunked_body_has_the_same_limit(client: FlaskClient, size: int, status: int) -> None:
    environ = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    answer = client.post(
        CHECKS,
        input_stream=io.BytesIO(b"x" * size),
        content_type=JSON,
        environ_overrides=environ,
    )
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("DELETE", f"{API}/account", 405),
        ("OPTIONS", f"{API}/account", 200),
        ("HEAD", f"{API}/consent", 200),
        ("GET", f"{API}/account/", 404),
        ("GET", f"{API}//account", 404),
        ("GET", f"{API}/accounts", 404),
    ],
)
def test_unknown_paths_and_methods_are_refused(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    answer = client.open(path, method=method, headers={"X-Request-ID": "a-request-of-mine"})
    assert answer.status_code == status
    assert answer.headers["X-Request-ID"] == "a-request-of-mine"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    if status == 405:
        assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_malformed_request_id_is_replaced(client: FlaskClient) -> None:
    answer = client.get(f"{API}/consent", headers={"X-Request-ID": "a b"})
    assert answer.json is not None
    assert answer.json["request_id"] == answer.headers["X-Request-ID"] != "a b"


@pytest.mark.parametrize("host", ["a:b", "a b", "127.0.0.1:99999999", "[::1", ""])
def test_malformed_host_is_not_a_500(client: FlaskClient, host: str) -> None:
    environ = {"HTTP_HOST": host, "SERVER_PORT": "b"}
    for path in (f"{API}/consent", "/admin", "/docs"):
        assert client.get(path, environ_overrides=environ).status_code < 500


def test_unexpected_error_is_answered_and_releases_the_connection(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = []
    app.teardown_request_funcs[None].append(lambda _: released.append(True))

    def fail() -> None:
        raise LookupError("a secret sentence")

    monkeypatch.setitem(app.view_functions, "operations.alive", fail)
    answer = app.test_client().get("/healthz", headers={"X-Request-ID": "the-request"})
    assert (answer.status_code, code_of(answer)) == (500, "INTERNAL_ERROR")
    assert answer.headers["X-Request-ID"] == "the-request"
    assert "sentence" not in answer.text
    assert released == [True]


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [
        ("0b6f6ed2-5ef5-4b6c-9a7d-13800138aaaa", True),
        ("trace-1764236640123", True),
        ("7386413800138000123", True),
        ("13800138000", False),
        ("tel-13800138000", False),
        ("138-0013-8000", False),
        ("8613800138000", False),
        ("0086.138.0013.8000", False),
        ("110101199003079915", False),
        ("11010119900307991X", False),
        ("id_110101-19900307-991x.a", False),
        ("110101900307991", False),
        ("13800138000-1", False),
    ],
)
def test_request_id_that_looks_like_a_person_is_replaced(
    app: Flask, capsys: pytest.CaptureFixture[str], given: str, is_kept: bool
) -> None:
    answer = app.test_client().get("/healthz", headers={"X-Request-ID": given})
    assert (answer.headers["X-Request-ID"] == given) is is_kept
    assert is_kept or given not in capsys.readouterr().err


@pytest.mark.parametrize("name", ["handlers.errors.help_of", "handlers.metrics.observe"])
def test_error_during_an_error_answer_is_answered(
    client: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    module, _, function = name.rpartition(".")
    real = getattr(import_module(module), function)
    failures = iter([OSError("a secret sentence")])

    def fail_once(*given: Any) -> Any:
        for error in failures:
            raise error
        return real(*given)

    monkeypatch.setattr(name, fail_once)
    answer = client.post(f"{API}/activations/secret-token/phone", data=b"{}", content_type=JSON)
    assert (answer.status_code, code_of(answer)) == (500, "INTERNAL_ERROR")
    assert "sentence" not in answer.text
    # Flask would log the path.
    assert "secret-token" not in caplog.text


def test_admin_paths_are_refused_as_pages(client: FlaskClient) -> None:
    answer = client.get("/admin/none", headers={"X-Request-ID": "seen-by-staff"})
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "没有找到这条内容" in answer.text
    assert answer.headers["X-Request-ID"] == "seen-by-staff"
    assert client.put("/admin/").mimetype == "text/html"
    assert json.loads(client.get("/administration").data)["code"] == "NOT_FOUND"


def test_redirect_names_no_host(client: FlaskClient) -> None:
    assert client.get("/admin?a=b").headers["Location"] == "/admin/"
