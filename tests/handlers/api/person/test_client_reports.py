"""Client reports over HTTP."""

from typing import Any

import pytest

from models.accounts.client_reports import ClientReport
from tests.support.people.accounts import tables_of
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of, error_of

REPORT = {"kind": "network", "step": "activation.phone", "detail": "request:fail timeout"}


def test_report_is_stored(service: Service) -> None:
    phone = person(number=7).phone
    token = service.wechat_login("wang")
    content = {**REPORT, "detail": f"request:fail for {phone}"}
    data_of(service.post("/client-reports", json=content, token=token), status=200)
    data_of(service.post("/client-reports", json={"kind": "sms", "step": "x"}, token=token))
    with tables_of(service):
        first, second = ClientReport.select().order_by(ClientReport.id)
    assert (first.openid, first.kind, first.step) == ("o-wang", "network", "activation.phone")
    assert first.detail == "request:fail for ***"
    assert second.detail == ""


def test_repeated_report_is_stored_once(service: Service) -> None:
    token = service.wechat_login()
    for _ in range(2):
        answer = service.post(
            "/client-reports", json=REPORT, token=token, headers={"Idempotency-Key": "report-01"}
        )
        data_of(answer)
    with tables_of(service):
        assert ClientReport.select().count() == 1


def test_reports_need_a_token(service: Service) -> None:
    error_of(service.post("/client-reports", json=REPORT), 401, "UNAUTHENTICATED")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "weather"}, "kind"),
        ({"step": "x" * 65}, "step"),
        ({"detail": "x" * 501}, "detail"),
    ],
)
def test_malformed_fields_are_named(service: Service, changes: dict[str, Any], field: str) -> None:
    answer = service.post(
        "/client-reports", json={**REPORT, **changes}, token=service.wechat_login()
    )
    entries = error_of(answer, 422, "INVALID_INPUT")["data"]["fields"]
    assert [entry["field"] for entry in entries] == [field]
