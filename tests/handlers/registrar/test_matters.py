"""Matters over HTTP: creation, versions, acceptance, withdrawal, receipts and their document."""

from typing import Any

import pytest
import requests
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from handlers.api.endpoint import REGISTRAR
from handlers.openapi import reasons_of
from miniprogram_api import texts
from miniprogram_api.matter_lines import finding
from models.matters.decisions import Decision
from tests.support.matters.matters import PEOPLE, confirm, verified
from tests.support.matters.systems import System, matter_body, person_body, system_of
from tests.support.people.accounts import tables_of
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of

ZHANG, LI, WANG = PEOPLE


@pytest.fixture
def system(service: Service) -> System:
    return system_of(service)


def problem(answer: Any) -> dict[str, Any]:
    assert answer.status_code >= 400
    found: dict[str, Any] = answer.json()
    return found


def fields(answer: Any) -> list[tuple[str, str]]:
    error = problem(answer)
    assert error["code"] == "INVALID_INPUT"
    return [(entry["field"], entry["code"]) for entry in error["data"]["fields"]]


def confirm_as(service: Service, matter_id: str, *accounts: Any) -> None:
    with tables_of(service):
        for account in accounts:
            confirm(_services(service), finding.matter(matter_id), account)


def _services(service: Service) -> Any:
    from miniprogram_api.services import Services

    return Services(service.settings, None)  # type: ignore[arg-type]


def test_matter_is_created_confirmed_and_accepted(service: Service, system: System) -> None:
    with tables_of(service):
        zhang, li = verified(ZHANG), verified(LI)
    body = matter_body(person_body(ZHANG), person_body(ZHANG, "经理"), person_body(LI))
    first = system.call("POST", "/matters", body)
    assert first.status_code == 201
    made = data_of(first)
    again = system.call("POST", "/matters", body)
    assert (again.status_code, data_of(again)) == (200, made)
    assert (made["version"], made["state"], made["number"]) == (1, "waiting", "2026-000123")
    assert [(line["role"], line["state"], line["reason"]) for line in made["lines"]] == [
        ("股东", "pending", "ok"),
        ("经理", "pending", "ok"),
        ("股东", "pending", "ok"),
    ]
    other = system.call("POST", "/matters", {**body, "kind": "change"})
    assert problem(other)["code"] == "MATTER_NUMBER_TAKEN"

    path = f"/matters/{made['matter_id']}"
    confirm_as(service, made["matter_id"], zhang)
    not_ready = problem(system.call("POST", f"{path}/acceptance", {"version": 1}))
    assert (not_ready["code"], not_ready["data"]["count"]) == ("MATTER_NOT_READY", 1)
    assert [line["reason"] for line in not_ready["data"]["lines"]] == ["pending"]
    confirm_as(service, made["matter_id"], li)
    shown = data_of(system.call("GET", path))
    assert (shown["state"], shown["lines"][0]["confirmed_by"]) == ("confirmed", "face")
    accepted = data_of(system.call("POST", f"{path}/acceptance", {"version": 1}))
    assert accepted == data_of(system.call("POST", f"{path}/acceptance", {"version": 1}))
    receipts = {one["line_id"]: one["receipt"] for one in accepted["receipts"]}
    assert receipts == {line["line_id"]: line["receipt"] for line in shown["lines"]}
    for call in (("PUT", path, {**body, "version": 1}), ("POST", f"{path}/withdrawal", {})):
        closed = problem(system.call(*call))
        assert (closed["code"], closed["data"]["state"]) == ("MATTER_CLOSED", "accepted")

    found = data_of(system.call("GET", f"/receipts/{shown['lines'][1]['receipt']}"))
    assert (found["matter_id"], found["role"], found["verified"]) == (
        made["matter_id"],
        "经理",
        True,
    )
    assert ZHANG.name not in str(found)


def test_other_systems_and_replays_see_nothing(service: Service, system: System) -> None:
    made = data_of(system.call("POST", "/matters", matter_body(person_body(ZHANG))))
    other, path = system_of(service), f"/matters/{made['matter_id']}"
    for method, place, content in (
        ("GET", path, None),
        ("PUT", path, {**matter_body(person_body(LI)), "version": 1}),
        ("POST", f"{path}/acceptance", {"version": 1}),
        ("POST", f"{path}/withdrawal", {}),
    ):
        assert problem(other.call(method, place, content))["code"] == "NOT_FOUND"
    # Its number is free to another system.
    assert other.call("POST", "/matters", matter_body(person_body(ZHANG))).status_code == 201
    altered = system.call("POST", f"{path}/acceptance", {"version": 1}, body=b'{"version": 2}')
    assert problem(altered)["code"] == "SIGNATURE_INVALID"
    nonce = "n" * 20
    assert system.call("GET", path, nonce=nonce).status_code == 200
    assert problem(system.call("GET", path, nonce=nonce))["code"] == "REPLAYED"
    query = {
        "matter": "M-9",
        "persons": [{"name": ZHANG.name, "id_number": ZHANG.id_number, "role": "股东"}],
    }
    answer = data_of(system.call("POST", "/persons/query", query))["persons"][0]
    receipt = f"/receipts/{answer['receipt']}"
    assert data_of(system.call("GET", receipt))["reason"] == "not_found"
    assert problem(other.call("GET", receipt))["code"] == "NOT_FOUND"
    query["persons"][0]["role"] = "董" * 33
    assert fields(system.call("POST", "/persons/query", query)) == [("persons.0.role", "too_long")]


def test_wrong_fields_are_named_all_at_once(system: System) -> None:
    body = matter_body(
        person_body(ZHANG),
        person_body(ZHANG),
        person_body(LI, "董" * 33, phone="12345"),
        {**person_body(LI), "document": {"type": "passport", "number": "?"}},
        {**person_body(LI), "document": {"type": "residence_permit", "number": LI.id_number}},
        {**person_body(LI), "document": {"type": "id_card", "number": "110101199001011234"}},
        # No source is asked for these.
        {**person_body(LI), "document": {"type": "passport", "number": LI.id_number}},
        {**person_body(LI), "document": {"type": "taiwan_permit", "number": LI.id_number}},
        details=[
            {"label": "法定代表人", "value": f"张三 {ZHANG.id_number[:6]} {ZHANG.id_number[6:]}"}
        ],
        office=4711,
    )
    assert set(fields(system.call("POST", "/matters", body))) == {
        ("details.0.value", "personal"),
        ("persons.1", "twice"),
        ("persons.2.role", "too_long"),
        ("persons.2.phone", "wrong_form"),
        ("persons.3.document.number", "wrong_form"),
        ("persons.4.document.type", "other_document"),
        ("persons.5.document.number", "wrong_form"),
        ("persons.6.document.type", "other_document"),
        ("persons.7.document.type", "other_document"),
        ("office", "not_allowed"),
    }
    assert fields(system.call("POST", "/matters", matter_body()))[0][0] == "persons"


def test_next_version_begins_changed_lines_anew(service: Service, system: System) -> None:
    with tables_of(service):
        zhang, li = verified(ZHANG), verified(LI)
    body = matter_body(person_body(ZHANG), person_body(LI))
    made = data_of(system.call("POST", "/matters", body))
    path = f"/matters/{made['matter_id']}"
    confirm_as(service, made["matter_id"], zhang, li)

    changed = {**body, "persons": [person_body(ZHANG), person_body(WANG)], "version": 1}
    second = data_of(system.call("PUT", path, changed))
    assert (second["version"], second["state"]) == (2, "waiting")
    assert [(line["state"], line["reason"]) for line in second["lines"]] == [
        ("confirmed", "ok"),
        ("pending", "not_found"),
    ]
    assert second["lines"][0]["line_id"] == made["lines"][0]["line_id"]
    stale = problem(system.call("PUT", path, changed))
    assert (stale["code"], stale["data"]["version"]) == ("MATTER_CHANGED", 2)
    stale = problem(system.call("POST", f"{path}/acceptance", {"version": 1}))
    assert stale["data"]["version"] == 2

    other = {**changed, "details": [{"label": "注册资本", "value": "500万元"}], "version": 2}
    third = data_of(system.call("PUT", path, other))
    assert [line["state"] for line in third["lines"]] == ["pending", "pending"]
    assert third["lines"][0]["receipt"] is None
    withdrawn = data_of(system.call("POST", f"{path}/withdrawal", {"reason": "不办了"}))
    assert withdrawn["state"] == "withdrawn"
    again = data_of(system.call("POST", f"{path}/withdrawal", {}))
    # The worker may store an invitation meanwhile.
    for line in (*withdrawn["lines"], *again["lines"]):
        del line["invitation"]
    assert again == withdrawn


def test_pending_lines_say_what_keeps_the_person(service: Service, system: System) -> None:
    child = person("小明", birth=_years_ago(10), sequence=991)
    with tables_of(service):
        verified(ZHANG)
        verified(LI, status="unactivated", activated_at=None)
        verified(WANG, status="frozen")
    abroad = {"name": "Anna Schmidt", "document": {"type": "passport", "number": "c01x00t47"}}
    body = matter_body(
        *(person_body(someone) for someone in (ZHANG, LI, WANG, child, person(number=79))),
        {**abroad, "role": "董事"},
    )
    made = data_of(system.call("POST", "/matters", body))
    assert [line["reason"] for line in made["lines"]] == [
        "ok", "unactivated", "frozen", "minor", "not_found", "window_only",
    ]  # fmt: skip


def _years_ago(years: int) -> Any:
    from miniprogram_api import clock

    today = clock.today()
    return today.replace(year=today.year - years, day=1)


def test_document_describes_every_signed_call(service: Service) -> None:
    document = service.get("/openapi.json", base=REGISTRAR.base).json()
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    assert {
        (path.removeprefix(REGISTRAR.base), method.upper())
        for path, calls in document["paths"].items()
        for method in calls
    } == {(o.path.replace("<", "{").replace(">", "}"), o.method) for o in REGISTRAR.operations}
    titles = texts.words("registrar_api.operations")
    assert set(titles) == {operation.handler.__name__ for operation in REGISTRAR.operations}


def test_every_route_is_signed_and_declared() -> None:
    from handlers import registrar

    app = Flask("door")
    registrar.register(app)
    routed = {(rule.rule, rule.endpoint.partition(".")[0]) for rule in app.url_map.iter_rules()}
    signed = {REGISTRAR.base + operation.path for operation in REGISTRAR.operations}
    outside = {rule for rule, _ in routed if rule.startswith(REGISTRAR.base)} - signed
    assert outside == {f"{REGISTRAR.base}/openapi.json"}
    assert all(reasons_of(operation) for operation in REGISTRAR.operations)


def test_system_reminds_once_a_day(service: Service, system: System) -> None:
    made = data_of(system.call("POST", "/matters", matter_body(person_body(ZHANG))))
    path, lines = f"/matters/{made['matter_id']}/reminders", [made["lines"][0]["line_id"]]
    first = system.call("POST", path, {"line_ids": lines})
    assert (first.status_code, data_of(first)) == (202, {"sent": 1, "limit": 0})
    again = system.call("POST", path, {})
    assert (again.status_code, problem(again)["code"]) == (429, "REMINDER_LIMIT")
    assert system_of(service).call("POST", path, {}).status_code == 404


def test_acceptance_loses_the_line_whose_signed_record_is_gone(
    service: Service, system: System
) -> None:
    with tables_of(service):
        zhang, li = verified(ZHANG), verified(LI)
    made = data_of(
        system.call("POST", "/matters", matter_body(person_body(ZHANG), person_body(LI)))
    )
    path = f"/matters/{made['matter_id']}"
    confirm_as(service, made["matter_id"], zhang, li)
    with tables_of(service):
        Decision.delete().where(Decision.account == li.id).execute()

    for _ in range(2):
        refused = problem(system.call("POST", f"{path}/acceptance", {"version": 1}))
        assert refused["code"] == "MATTER_NOT_READY"
        assert refused["data"]["lines"] == [
            {"line_id": made["lines"][1]["line_id"], "reason": "evidence_missing"}
        ]

    shown = data_of(system.call("GET", path))
    assert (shown["state"], [line["state"] for line in shown["lines"]]) == (
        "waiting",
        ["confirmed", "lost"],
    )
    assert shown["lines"][1]["reason"] == "evidence_missing"
    metrics = requests.get(f"{service.url}/metrics", timeout=30).text
    assert "\nmatter_evidence_missing 1.0\n" in metrics
    confirm_as(service, made["matter_id"], li)
    accepted = data_of(system.call("POST", f"{path}/acceptance", {"version": 1}))
    assert accepted["state"] == "accepted"
