"""The OpenAPI document: valid, complete, and equal to what the service validates and refuses."""

import json
import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from handlers import registrar
from handlers.api.endpoint import MINI_PROGRAM, Operation
from handlers.auth import Auth
from handlers.openapi import document, reasons_of
from handlers.pages.reference import sections
from miniprogram_api import clock, texts
from miniprogram_api.reasons import Reason
from tests.support.api import declared
from tests.support.api.operations import name_of, operations
from tests.support.service.rules import Rules
from tests.support.service.service import Service

PROBLEM = {"$ref": "#/components/schemas/Problem"}
METHODS = {"get", "put", "post", "delete", "patch"}
SECURITY = {
    Auth.NONE: [],
    Auth.OPTIONAL: [{}, {"bearer": []}],
    Auth.WECHAT: [{"bearer": []}],
    Auth.ACCOUNT: [{"bearer": []}],
    Auth.STAFF: [{"bearer": []}],
}


@pytest.fixture(scope="module")
def spec() -> dict[str, Any]:
    return document()


@pytest.fixture
def app(rules: Rules) -> Flask:
    from handlers.app import create

    return create(rules.services)


def declared_in(spec: dict[str, Any]) -> set[tuple[str, str]]:
    return {
        (method.upper(), path)
        for path, item in spec["paths"].items()
        for method in item.keys() & METHODS
    }


def operation_in(spec: dict[str, Any], operation: Operation) -> dict[str, Any]:
    path = MINI_PROGRAM.base + re.sub("<(.+?)>", r"{\1}", operation.path)
    found: dict[str, Any] = spec["paths"][path][operation.method.lower()]
    return found


def test_document_is_valid(spec: dict[str, Any]) -> None:
    assert spec["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(spec).iter_errors()) == []


def test_service_publishes_the_document(service: Service, spec: dict[str, Any]) -> None:
    answer = service.get("/openapi.json", base="")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.json() == spec


def test_document_does_not_depend_on_the_time(spec: dict[str, Any]) -> None:
    later = clock.now() + timedelta(hours=7, minutes=31)
    with clock.replaced(lambda: later):
        assert document() == spec
    assert (
        "{时刻}后可再登录"
        in operation_in(spec, of("open_session"))["responses"]["423"]["description"]
    )


def test_document_is_compressed_on_request(service: Service, spec: dict[str, Any]) -> None:
    with requests.get(f"{service.url}/openapi.json", stream=True, timeout=10) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert len(answer.raw.read()) < 64_000
    plain = requests.get(
        f"{service.url}/openapi.json", headers={"Accept-Encoding": "identity"}, timeout=10
    )
    assert "Content-Encoding" not in plain.headers
    assert plain.json() == spec


def test_schema_names_are_class_names(spec: dict[str, Any]) -> None:
    for name in spec["components"]["schemas"]:
        assert re.fullmatch(r"[A-Z][A-Za-z0-9]+", name), name


def test_every_operation_and_resource_has_a_chinese_title(spec: dict[str, Any]) -> None:
    assert set(texts.words("api.operations")) == {o.handler.__name__ for o in operations()}
    assert set(texts.words("api.tags")) == {o.tag for o in operations()}


def test_every_field_on_the_page_has_a_chinese_note() -> None:
    shown = [f for s in sections() for e in s.endpoints for f in (*e.fields, *e.answers)]
    named = {field.name for field in shown}
    assert {field.name for field in shown if field.note == field.name} == set()
    assert named == set(texts.words("api.fields"))


def test_openapi_python_client_generates_every_operation(
    spec: dict[str, Any], tmp_path: Path
) -> None:
    source, client = tmp_path / "openapi.json", tmp_path / "client"
    source.write_text(json.dumps(spec))
    tools = Path(sys.executable).parent
    run = subprocess.run(
        [tools / "openapi-python-client", "generate", "--path", source, "--output-path", client],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"},
    )
    assert run.returncode == 0, run.stdout + run.stderr
    # The generator omits answers that are pictures.
    assert set(re.findall("WARNING parsing (.+) within", run.stdout)) <= {
        "GET /api/v1/faq/images/{name}"
    }
    assert "Unable to p" not in run.stdout
    modules = {path.stem for path in client.glob("*/api/*/*.py")} - {"__init__"}
    assert modules == {operation_in(spec, o)["operationId"] for o in operations()}


def of(handler: str) -> Operation:
    return next(operation for operation in operations() if operation.handler.__name__ == handler)


def test_check_without_an_account_may_answer_nothing(spec: dict[str, Any]) -> None:
    answer = spec["paths"]["/api/v1/face-verifications"]["post"]["responses"]["200"]
    data = answer["content"]["application/json"]["schema"]["properties"]["data"]
    summary = {"$ref": "#/components/schemas/AccountSummary"}
    assert data == {"anyOf": [summary, {"type": "object", "maxProperties": 0}]}


def test_every_route_of_the_api_is_documented(app: Flask, spec: dict[str, Any]) -> None:
    routed = {
        (method, re.sub("<(.+?)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(MINI_PROGRAM.base)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert len(routed) >= 30
    assert routed == declared_in(spec)
    assert len(operations()) == len(routed)


def test_every_blueprint_of_the_api_is_made_of_endpoints(app: Flask) -> None:
    """A plain Flask route would have no authentication."""
    declared_rules = {(o.tag, MINI_PROGRAM.base + o.path, o.method) for o in operations()}
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(MINI_PROGRAM.base):
            blueprint = rule.endpoint.partition(".")[0]
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                assert (blueprint, rule.rule, method) in declared_rules


def test_addresses_outside_the_api_are_listed(app: Flask) -> None:
    """A new page or operational address must be added here with its protection."""
    # Those for staff and registration systems are checked in tests/handlers/admin and registrar.
    rules = {r.rule for r in app.url_map.iter_rules()}
    outside = {
        rule for rule in rules if not rule.startswith((MINI_PROGRAM.base, "/admin/", "/registrar/"))
    }
    assert outside == {
        "/", "/docs", "/assets/<path:filename>", "/openapi.json", "/healthz", "/livez", "/readyz",
        "/status", "/metrics",
        # Limited by address; no full name.
        "/verify", "/verify/<code>",
        # Files of the mini program, which signs in itself.
        "/m/", "/m/<path:name>",
        # A secret path; reports count by serial number and phone.
        "/sms/receipts/<path>",
        # Signed by WeChat.
        "/wechat/push",
    }  # fmt: skip


@pytest.mark.parametrize("operation", operations(), ids=name_of)
def test_operation_is_fully_described(spec: dict[str, Any], operation: Operation) -> None:
    found = operation_in(spec, operation)
    assert found["security"] == SECURITY[operation.auth]
    assert found["operationId"]
    assert found["summary"]
    assert found["description"].endswith(".")
    assert str(operation.status) in found["responses"]
    for reason in reasons_of(operation):
        response = found["responses"][str(reason.status)]
        assert response["content"]["application/json"]["schema"] == PROBLEM
        assert reason.name in response["x-codes"]
        assert f"`{reason.name}`: " in response["description"]
        if reason.status in (423, 429):
            assert "Retry-After" in response["headers"]
    named = {p["name"] for p in found["parameters"] if p["in"] == "path"}
    assert named == set(re.findall("<(.+?)>", operation.path))
    has_key = any(p["name"] == "Idempotency-Key" for p in found["parameters"])
    assert has_key == operation.idempotent
    # A stolen key gives no session; sheets and what a card says are not kept; names change nothing.
    not_kept = (
        *("/wechat/login", "/staff/sessions", "/window/matters/<matter_id>/sheets"),
        *("/identity-card-images", "/names/check", "/names/parts", "/names/slips"),
    )
    is_kept = operation.path not in not_kept
    assert operation.idempotent == (operation.method in ("POST", "PUT") and is_kept)
    if operation.parts:
        assert "multipart/form-data" in found["requestBody"]["content"]


@pytest.mark.parametrize(
    ("model", "field", "values"),
    [
        ("AccountSummary", "status", "registered verified unactivated frozen cancelled"),
        ("AccountSummary", "verified_by", "face ctid manual"),
        ("AccountSummary", "phone_verified_by", "sms wechat manual"),
        (
            "Authorisation",
            "reason",
            "ok off ended level_too_low card_expired frozen cancelled",
        ),
        (
            "AuthorisationState",
            "reason",
            "ok off ended level_too_low card_expired frozen cancelled",
        ),
    ],
)
def test_enumerations_equal_the_contract(
    spec: dict[str, Any], model: str, field: str, values: str
) -> None:
    schema = spec["components"]["schemas"][model]["properties"][field]
    listed = next(part for part in (schema, *schema.get("anyOf", ())) if "enum" in part)
    assert listed["enum"] == values.split()


def test_help_and_data_of_refusals_are_described(spec: dict[str, Any]) -> None:
    schemas = spec["components"]["schemas"]
    problem = schemas["Problem"]["properties"]
    assert set(problem["code"]["enum"]) == {reason.name for reason in Reason}
    assert problem["data"] == {"$ref": "#/components/schemas/ProblemData"}
    assert schemas["Help"]["properties"]["actions"]["items"] == {
        "$ref": "#/components/schemas/ActionAnswer"
    }
    targets = {"page", "ticket", "retry", "call", "copy"}
    assert schemas["ActionAnswer"]["properties"].keys() == targets | {"type", "label", "windows"}
    assert schemas["ProblemData"]["properties"]["fields"]["items"] == {
        "$ref": "#/components/schemas/FieldProblem"
    }


def test_every_success_says_what_its_data_is(spec: dict[str, Any]) -> None:
    for operation in operations():
        form = operation_in(spec, operation)["responses"][str(operation.status)]["content"]
        if "application/json" in form:
            data = form["application/json"]["schema"]["properties"]["data"]
            assert data != {"type": "object"}, operation.path


def test_text_parts_keep_the_form_of_the_fields(spec: dict[str, Any]) -> None:
    content = operation_in(spec, of("confirm_lines"))["requestBody"]["content"]
    parts = content["multipart/form-data"]["schema"]["properties"]
    assert parts["digest"]["pattern"]
    # A list is a text separated by commas.
    assert parts["line_ids"]["type"] == "string"


def test_headers_of_every_call_are_described(spec: dict[str, Any]) -> None:
    for header in ("X-Client-Version", "X-Request-ID"):
        assert f"`{header}`" in spec["info"]["description"]


def test_no_two_operations_have_the_same_id(spec: dict[str, Any]) -> None:
    ids = [operation_in(spec, operation)["operationId"] for operation in operations()]
    assert len(set(ids)) == len(ids)


def test_first_steps_link_to_later_ones(spec: dict[str, Any]) -> None:
    for path, parameter, steps in (
        (
            "/activations",
            "activation_token",
            {"prove_recorded_phone", "prove_new_phone", "finish_activation"},
        ),
        ("/password-resets", "token", {"finish_reset"}),
    ):
        links = spec["paths"][MINI_PROGRAM.base + path]["post"]["responses"]["200"]["links"]
        assert {link["operationId"] for link in links.values()} == steps
        for link in links.values():
            assert link["parameters"] == {"token": f"$response.body#/data/{parameter}"}


def test_every_reason_is_declared_or_internal() -> None:
    signed = registrar.matters.resource.api.operations
    named = {reason for o in (*operations(), *signed) for reason in reasons_of(o)}
    assert set(Reason) - named == {
        # Before an endpoint is found, or by an unexpected error.
        Reason.METHOD_NOT_ALLOWED,
        Reason.REQUEST_TIMEOUT,
        Reason.INTERNAL_ERROR,
        # Of the pages for staff and the command line.
        Reason.ADMINISTRATORS_NEEDED,
        Reason.ANOTHER_PERSON_REQUIRED,
        Reason.DRAFT_CONFLICT,
        Reason.NOTHING_TO_PUBLISH,
        Reason.PASSKEY_REFUSED,
        Reason.PUBLICATION_LOSES_QUESTIONS,
        Reason.PUBLICATION_OUTDATED,
        Reason.REVIEW_REQUIRED,
        # Of WeChat's pushes, which get WeChat's answers.
        Reason.PUSH_UNREADABLE,
    }


def test_undeclared_answers_fail_the_tests() -> None:
    declared.check("GET", "/consent?a=b", 200, {"code": "OK"})
    declared.check("GET", "/nothing", 404, {"code": "NOT_FOUND"})
    with pytest.raises(AssertionError, match="declares 200, not 201"):
        declared.check("GET", "/consent", 201, {"code": "OK"})
    with pytest.raises(AssertionError, match="does not declare SMS_RATE_LIMITED"):
        declared.check("GET", "/consent", 429, {"code": "SMS_RATE_LIMITED"})
    outage = {"code": "SERVICE_UNAVAILABLE", "data": {"surprise": 1}}
    with pytest.raises(AssertionError, match="has undeclared data"):
        declared.check("GET", "/consent", 503, outage)
    with pytest.raises(AssertionError, match="does not declare INTERNAL_ERROR"):
        declared.check("DELETE", "/account/consents/face", 500, {"code": "INTERNAL_ERROR"})
