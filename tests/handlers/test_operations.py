"""Operational endpoints: liveness, readiness, metrics."""

import sqlite3
from pathlib import Path

import pytest

from miniprogram_api.ledger import seals as ledger_seals
from tests.support.api.refusals import refused
from tests.support.people.accounts import tables_of
from tests.support.service.service import Service, data_of
from tests.support.service.waiting import eventually

FAR = "203.0.113.9"


def test_liveness(service: Service) -> None:
    for path in ("/healthz", "/livez"):
        assert data_of(service.get(path, base="")) == {"alive": True}


def test_readiness(service: Service) -> None:
    answer = service.get("/readyz", base="")
    assert data_of(answer)["parts"] == {
        "database": "ok",
        "migrations": "ok",
        "redis": "ok",
        "disk": "ok",
        "encoder": "off",
    }
    assert answer.headers["Cache-Control"] == "no-store"


def test_age_of_the_last_seal_is_a_figure(service: Service) -> None:
    with tables_of(service):
        ledger_seals.make(service.settings)
    figures = data_of(service.get("/readyz", base=""))["ledger"]
    assert figures["seal_age_seconds"] in range(60)
    assert figures["trigger_faults"] == 0
    text = service.get("/metrics", base="").text
    assert "\nledger_seal_age_seconds " in text
    assert "\nledger_trigger_faults 0.0" in text


def test_missing_migration_is_named(service: Service) -> None:
    path = Path(service.settings.database_address.removeprefix("sqlite:///"))
    with sqlite3.connect(path) as connection:
        connection.execute(
            "DELETE FROM schema_migration WHERE id = (SELECT max(id) FROM schema_migration)"
        )
    connection.close()

    data = refused(service.get("/readyz", base=""), 503, "SERVICE_UNAVAILABLE")

    assert data["failing"] == ["migrations"]
    assert data["parts"]["migrations"] == "1 missing"
    service.clear()
    data_of(service.get("/readyz", base=""))


@pytest.mark.parametrize(
    "path", ["/livez", "/readyz", "/status", "/metrics", "/openapi.json", "/docs", "/"]
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_only_get_is_allowed(service: Service, path: str, method: str) -> None:
    answer = service.request(method, path, base="", json={})
    refused(answer, 405, "METHOD_NOT_ALLOWED")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_metrics_count_routes_and_codes(service: Service) -> None:
    service.get("/consent")
    service.get("/account")
    service.get("/faq/entries/110101199001019910")
    service.get("/nothing/110101199001019910")
    service.request("BREW", "/consent")

    expected = (
        'http_requests_total{code="OK",method="GET",route="/api/v1/consent",status="200"}',
        'http_requests_total{code="UNAUTHENTICATED",method="GET",route="/api/v1/account",'
        'status="401"}',
        'http_requests_total{code="NOT_FOUND",method="GET",route="/api/v1/faq/entries/<slug>",'
        'status="404"}',
        'http_requests_total{code="NOT_FOUND",method="GET",route="none",status="404"}',
        'http_requests_total{code="METHOD_NOT_ALLOWED",method="other",route="none",status="405"}',
        'http_request_seconds_bucket{le="0.005",route="/api/v1/consent"}',
    )

    def text() -> str:
        return service.get("/metrics", base="").text

    missing = expected

    def is_complete() -> bool:
        nonlocal missing
        told = text()
        missing = tuple(line for line in expected if line not in told)
        return not missing

    # The other worker's counts may be five seconds old.
    assert eventually(is_complete, seconds=30), (missing, text())
    assert "110101199001019910" not in text()
    assert "BREW" not in text()


def test_metrics_need_loopback_or_the_token(service: Service) -> None:
    token = service.settings.metrics_token.get_secret_value()
    assert service.get("/metrics", base="").status_code == 200
    for given in (None, "", "x", token[:-1], token + "x", "é"):
        headers = {} if given is None else {"Authorization": f"Bearer {given}".encode()}
        answer = service.get("/metrics", base="", address=FAR, headers=headers)
        refused(answer, 401, "UNAUTHENTICATED")
    assert service.get("/metrics", base="", address=FAR, token=token).status_code == 200
    # A proxy on this machine forwards requests of other machines.
    answer = service.get("/metrics", base="", address="127.0.0.1")
    refused(answer, 401, "UNAUTHENTICATED")


def test_status_needs_a_token_or_a_member_of_staff(service: Service) -> None:
    found = data_of(service.get("/status", base=""))
    assert found["parts"]["database"] == "ok"
    assert eventually(lambda: data_of(service.get("/status", base=""))["workers"])
    outside = {"X-Forwarded-For": FAR}
    refused(service.get("/status", base="", headers=outside), 401, "UNAUTHENTICATED")
    wrong = outside | {"Authorization": "Bearer wrong"}
    refused(service.get("/status", base="", headers=wrong), 401, "UNAUTHENTICATED")
