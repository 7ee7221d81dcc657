"""The short way past Flask answers what Flask's own way answers, byte by byte."""

import io
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

import pytest
from flask import Blueprint, Flask, Response
from werkzeug.test import EnvironBuilder

from handlers import app as application
from handlers.api.endpoint import JSON_LIMIT, JSON_TYPE, VIEWS
from handlers.exchange import Service, ServiceRequest, present_request
from miniprogram_api import sessions
from models.database import database
from tests.support.accounts import account_of
from tests.support.people import person
from tests.support.rules import Rules

API = "/api/v1"
Answered = tuple[str, list[tuple[str, str]], bytes]


@pytest.fixture
def app(rules: Rules) -> Iterator[Service]:
    made = application.create(rules.services)
    assert isinstance(made, Service)
    yield made
    if not database.is_closed():
        database.close()


def answered(way: Any, environ: dict[str, Any]) -> Answered:
    """What a WSGI application answers; headers in an order of their own."""
    told: list[tuple[str, list[tuple[str, str]]]] = []
    body = b"".join(way(environ, lambda status, headers, *_: told.append((status, headers))))
    status, headers = told[0]
    return status, sorted(headers), body


def environment(
    method: str,
    path: str,
    body: bytes = b"",
    *,
    media_type: str | None = JSON_TYPE,
    **more: Any,
) -> dict[str, Any]:
    environ = EnvironBuilder(path, method=method, content_type=media_type).get_environ()
    environ |= {
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_X_REQUEST_ID": "the-same-for-both",
    }
    return environ | more


CALLS = {
    "no token": ("GET", "/account", b"", {}),
    "a dead token": ("GET", "/account", b"", {"HTTP_AUTHORIZATION": f"Bearer {'x' * 40}"}),
    "a query": ("GET", "/windows?district=%E5%9F%8E", b"", {}),
    "a query that is wrong": ("GET", "/windows?district=" + "x" * 4000, b"", {}),
    "no body": ("POST", "/identity-checks", b"", {}),
    "no object": ("POST", "/identity-checks", b"[1]", {}),
    "no JSON": ("POST", "/identity-checks", b"{", {}),
    "wrong fields": ("POST", "/identity-checks", b'{"name": 1}', {}),
    "not UTF-8": ("POST", "/identity-checks", b'{"name": "\xff"}', {}),
    "too long": ("POST", "/identity-checks", b" " * (JSON_LIMIT + 1), {}),
    "as long as may be": ("POST", "/identity-checks", b" " * JSON_LIMIT, {}),
    "cut off": ("POST", "/identity-checks", b"{}", {"CONTENT_LENGTH": "3"}),
    "length of no number": ("POST", "/identity-checks", b"{}", {"CONTENT_LENGTH": "-2"}),
    "a form": ("POST", "/identity-checks", b"a=b", {"CONTENT_TYPE": "text/plain"}),
    "a parameter": ("POST", "/faq/ask", b"{}", {"CONTENT_TYPE": "application/json; charset=utf-8"}),
    "a key": ("POST", "/identity-checks", b"{}", {"HTTP_IDEMPOTENCY_KEY": "k" * 7}),
    "another method": ("DELETE", "/account", b"", {}),
    "HEAD": ("HEAD", "/consent", b"", {}),
    "OPTIONS": ("OPTIONS", "/account", b"", {}),
    "a slash too many": ("GET", "/account/", b"", {}),
    "two slashes": ("GET", "//account", b"", {}),
    "an unknown path": ("GET", "/accounts", b"", {}),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_both_ways_answer_the_same(app: Service, call: tuple[str, str, bytes, Any]) -> None:
    method, path, body, more = call
    short = answered(app.wsgi_app, environment(method, API + path, body, **more))
    # The dictionary of short ways aside, the application is Flask's.
    app._straight.clear()
    long = answered(app.wsgi_app, environment(method, API + path, body, **more))
    assert short == long


def test_who_is_signed_in_is_answered_the_same_both_ways(app: Service, rules: Rules) -> None:
    account = account_of(person(number=3))
    token = sessions.start(None, account.id).token
    sent = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    short = answered(app.wsgi_app, environment("GET", f"{API}/account", **sent))
    assert ("GET", f"{API}/account") in app._straight
    app._straight.clear()
    assert short == answered(app.wsgi_app, environment("GET", f"{API}/account", **sent))
    assert short[0] == "200 OK"
    assert json.loads(short[2])["data"]["level"] == account.level


def test_a_chunked_body_is_read_to_the_limit(app: Service) -> None:
    more = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    for size, status in ((JSON_LIMIT, "400"), (JSON_LIMIT + 1, "413")):
        environ = environment("POST", f"{API}/identity-checks", b"x" * size, **more)
        del environ["CONTENT_LENGTH"]
        assert answered(app.wsgi_app, environ)[0].startswith(status)


def test_no_request_is_present_outside_of_one(app: Service) -> None:
    for path in (f"{API}/consent", "/healthz"):
        answered(app.wsgi_app, environment("GET", path))
        with pytest.raises(RuntimeError):
            present_request()


def test_what_nobody_foresaw_is_answered_and_everything_given_back(
    app: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = []
    app.teardown_request_funcs[None].append(lambda _: released.append(True))
    straight = app._straight["GET", f"{API}/consent"]

    def fail(_request: ServiceRequest) -> Response:
        raise LookupError("a sentence that nobody may read")

    monkeypatch.setitem(app._straight, ("GET", f"{API}/consent"), straight._replace(view=fail))
    status, headers, body = answered(app.wsgi_app, environment("GET", f"{API}/consent"))
    assert status.startswith("500")
    assert ("X-Request-ID", "the-same-for-both") in headers
    assert b"sentence" not in body
    assert released == [True]


@pytest.mark.parametrize("name", ["handlers.errors.help_of", "handlers.logs.log_request"])
def test_an_error_while_an_error_is_answered_is_answered_the_same_both_ways(
    app: Service, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    module, _, function = name.rpartition(".")
    real = getattr(import_module(module), function)
    body = b'{"login": "nobody_has_it", "password": "12345678"}'

    def answer() -> Answered:
        failures = iter([OSError("a sentence that nobody may read")])

        def fail_once(*given: Any) -> Any:
            for error in failures:
                raise error
            return real(*given)

        monkeypatch.setattr(name, fail_once)
        return answered(app.wsgi_app, environment("POST", f"{API}/sessions", body))

    short = answer()
    app._straight.clear()
    assert short == answer()
    assert short[0].startswith("500")
    assert json.loads(short[2])["code"] == "INTERNAL_ERROR"


def test_the_port_may_be_no_number(app: Service) -> None:
    # Behind a Unix socket it is what the caller wrote into Host.
    sent = environment("GET", f"{API}/consent", SERVER_PORT="b", HTTP_HOST="a:b")
    assert answered(app.wsgi_app, sent)[0] == "200 OK"


def test_no_blueprint_may_answer_errors_of_its_own() -> None:
    app = Service("other", static_folder=None)
    blueprint = Blueprint("account", __name__)
    blueprint.add_url_rule("/account", "show_account", lambda: "", methods=["GET"])
    blueprint.register_error_handler(LookupError, lambda _: "")
    app.register_blueprint(blueprint)
    with pytest.raises(TypeError):
        app.let_pass({"account.show_account": lambda _request: Response()})


def test_nothing_may_run_around_one_blueprint(rules: Rules) -> None:
    app = Service("other", static_folder=None)
    blueprint = Blueprint("account", __name__)
    blueprint.add_url_rule("/account", "show_account", lambda: "", methods=["GET"])
    blueprint.before_request(lambda: None)
    app.register_blueprint(blueprint)

    def view(_request: ServiceRequest) -> Response:
        raise AssertionError

    with pytest.raises(TypeError):
        app.let_pass({"account.show_account": view})


def test_every_path_without_a_variable_part_is_short(app: Flask) -> None:
    assert isinstance(app, Service)
    fixed = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint in VIEWS and not rule.arguments
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert fixed == app._straight.keys()
    assert ("POST", f"{API}/faq/ask") in fixed


def test_a_mounted_application_is_built_once_for_the_first_call() -> None:
    app, built = Service("outer", static_folder=None), []
    app.add_url_rule("/", "home", lambda: "outer")

    def build() -> Flask:
        built.append(1)
        inner = Flask("inner", static_folder=None)
        inner.add_url_rule("/inside/page", "page", lambda: "inner")
        time.sleep(0.05)
        return inner

    app.mount("/inside", build)
    assert app.test_client().get("/").text == "outer"
    assert app.test_client().get("/insideout").status_code == 404
    assert not built
    with ThreadPoolExecutor(8) as callers:
        found = callers.map(lambda _: app.test_client().get("/inside/page").text, range(8))
        assert set(found) == {"inner"}
    app.load_mounted()
    assert built == [1]
    assert app.test_client().get("/inside").status_code == 404


def test_the_pages_for_staff_answer_by_the_same_rules(app: Service) -> None:
    answer = app.test_client().get("/admin/none", headers={"X-Request-ID": "seen-by-staff"})
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "没有找到这条内容" in answer.text
    assert answer.headers["X-Request-ID"] == "seen-by-staff"
    assert app.test_client().get("/admin").headers["Location"] == "/admin/"


def test_a_mounted_application_that_cannot_be_built_is_an_error_like_others(app: Service) -> None:
    def build() -> Flask:
        raise MemoryError

    app.mount("/admin", build)
    answer = app.test_client().get("/admin/", headers={"X-Request-ID": "asked-by-staff"})
    assert answer.status_code == 500
    assert answer.json is not None
    assert answer.json["code"] == "INTERNAL_ERROR"
    assert answer.headers["X-Request-ID"] == "asked-by-staff"
    with pytest.raises(RuntimeError):
        present_request()
