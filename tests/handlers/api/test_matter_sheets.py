"""Sheets over HTTP: for the system that made the matter, the person, and a window."""

from typing import Any

import pytest
import requests

from miniprogram_api.matter_lines import finding
from miniprogram_api.services import Services
from models.desks.audit import AuditEntry
from models.desks.ledger import LedgerDetail, LedgerLine
from models.matters.matters import Matter
from tests.support.admin.staff import member_of, token_of, window_of
from tests.support.matters.matters import PEOPLE, confirm, verified
from tests.support.matters.systems import System, matter_body, person_body, system_of
from tests.support.people.accounts import sign_in, tables_of
from tests.support.service.service import Service, data_of, error_of

ZHANG, LI, WANG = PEOPLE


@pytest.fixture
def system(service: Service) -> System:
    return system_of(service)


def made(
    service: Service, system: System, *, confirmed: bool = True, office: int | None = None
) -> str:
    """Create a matter of two people, of whom the first confirms."""
    with tables_of(service):
        zhang, _ = verified(ZHANG), verified(LI)
    body = matter_body(person_body(ZHANG), person_body(LI), office=office)
    answer = system.call("POST", "/matters", body)
    matter_id = str(data_of(answer)["matter_id"])
    if confirmed:
        with tables_of(service):
            services = Services(service.settings, None)  # type: ignore[arg-type]
            confirm(services, finding.matter(matter_id), zhang)
    return matter_id


def is_pdf(answer: requests.Response) -> bool:
    return (
        answer.status_code == 200
        and answer.headers["Content-Type"] == "application/pdf"
        and answer.headers["Cache-Control"] == "no-store"
        and answer.content.startswith(b"%PDF-")
    )


def test_system_fetches_the_sheets_of_its_own_matters(service: Service, system: System) -> None:
    matter_id = made(service, system)
    assert is_pdf(system.call("GET", f"/matters/{matter_id}/sheets"))
    with tables_of(service):
        assert Matter.get().sheet_fetched_at is not None
        entry = AuditEntry.get(AuditEntry.tag == "matter:sheets:fetched")
        assert entry.actor == f"registrar:{system.key.key_id}"
    other = system_of(service, name="另一个系统")
    error_of(other.call("GET", f"/matters/{matter_id}/sheets"), 404, "NOT_FOUND")


def test_person_fetches_the_own_sheet_alone(service: Service, system: System) -> None:
    matter_id = made(service, system)
    path = f"/matters/{matter_id}/sheet"
    assert is_pdf(service.get(path, token=sign_in(service, ZHANG)))
    with tables_of(service):
        # The registration file was not made by it.
        assert Matter.get().sheet_fetched_at is None
        assert AuditEntry.select().where(AuditEntry.tag == "api:sheet:fetched").count() == 1
        verified(WANG)
    error_of(service.get(path, token=sign_in(service, WANG)), 404, "NOT_FOUND")
    said: Any = error_of(service.get(path, token=sign_in(service, LI)), 409, "NOT_APPLICABLE")
    assert "确认之后才有信息表" in str(said)


def test_window_prints_with_a_reason_in_the_ledger(service: Service, system: System) -> None:
    with tables_of(service):
        office = window_of("受理县窗口").id
    matter_id = made(service, system, office=office)
    path = f"/window/matters/{matter_id}/sheets"
    with tables_of(service):
        clerk = token_of(member_of("clerk", window=office))
        own = token_of(member_of("clerk", name=LI.name))
        auditor = token_of(member_of("auditor"))
    body = {"reason": "归档"}
    assert is_pdf(service.post(path, json=body, token=clerk))
    with tables_of(service):
        lines = LedgerLine.select().where(LedgerLine.action == "matter_sheet_printed")
        said = [LedgerDetail.get_by_id(line.number) for line in lines]
        assert {one.id_number for one in said} == {ZHANG.id_number, LI.id_number}
        assert all("归档" in one.content or "\\u5f52" in one.content for one in said)
        assert Matter.get().sheet_fetched_at is not None
    error_of(service.post(path, json={}, token=clerk), 422, "INVALID_INPUT")
    error_of(service.post(path, json=body, token=own), 403, "OWN_MATTER")
    error_of(service.post(path, json=body, token=auditor), 403, "FORBIDDEN")
    error_of(service.post("/window/matters/x/sheets", json=body, token=clerk), 404, "NOT_FOUND")
