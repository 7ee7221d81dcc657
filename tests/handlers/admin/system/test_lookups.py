"""Look-ups over HTTP: their reasons, the limit, and the auditor's page."""

import csv
import json
import re

from miniprogram_api import clock
from models.desks.audit import AuditEntry
from models.desks.ledger import LedgerLine
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.people.accounts import account_of
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of, error_of

SOMEONE = person(number=51)
TAG = "staff:person:looked_up"


def reasons() -> list[str]:
    """Return the reasons of the look-ups, oldest first."""
    rows = AuditEntry.select().where(AuditEntry.tag == TAG).order_by(AuditEntry.id)
    return [json.loads(row.details)["reason"] for row in rows]


def test_every_page_that_searches_leaves_a_line(desk_service: Service) -> None:
    account_of(SOMEONE)
    clerk = Desk(desk_service, token_of(member_of("clerk")))
    centre = Desk(desk_service, token_of(member_of("centre")))
    form = {"id_number": SOMEONE.id_number}
    clerk.post("/window", {**form, "reason": "enquiry"})
    assert clerk.post("/window", {**form, "reason": "curious"}).status_code == 422
    assert clerk.post("/window", {**form, "reason": "other"}).status_code == 422
    clerk.post("/window", {**form, "reason": "other", "note": "社区代问"})
    centre.post("/centre/search", form)
    centre.post("/ledger/person", form, page="/ledger")
    begun = clerk.post("/window/registrations", person(number=52).four_elements)
    clerk.get(begun.headers["Location"].removeprefix("/admin"))
    assert reasons() == ["enquiry", "other", "follow_up", "review", "registration"]


def test_reason_of_the_search_opens_the_person(desk_service: Service) -> None:
    account_of(SOMEONE)
    clerk = Desk(desk_service, token_of(member_of("clerk")))
    found = clerk.post("/window", {"id_number": SOMEONE.id_number, "reason": "enquiry"})
    path = found.headers["Location"].removeprefix("/admin")
    assert "查询原因：来电咨询核实" in clerk.get(path).text
    assert clerk.post(f"{path}/open", page=path).status_code == 302
    assert 'data-person="opened"' in clerk.get(path).text
    assert LedgerLine.select().where(LedgerLine.action == "person_opened").count() == 1
    # Opening and coming back are no further look-ups.
    assert reasons() == ["enquiry"]


def test_clerk_who_searched_60_people_is_told_the_limit(desk_service: Service) -> None:
    member = member_of("clerk")
    clerk, token = Desk(desk_service, token_of(member)), token_of(member)
    proof = clerk.csrf("/window")
    form = {"csrf": proof, "id_number": SOMEONE.id_number}
    statuses = [clerk.post_bare("/window", form).status_code for _ in range(61)]
    assert statuses == [302] * 60 + [429]
    assert "每人每小时最多查询60次" in clerk.post_bare("/window", form).text
    body = {"id_number": SOMEONE.id_number}
    for reason in ({}, {"reason": "at_window"}):
        answer = desk_service.post("/window/persons", json={**body, **reason}, token=token)
        assert error_of(answer, 429, "LOOKUP_LIMIT")["data"]["retry_after"] > 3_500
        assert int(answer.headers["Retry-After"]) > 3_500
    checked = desk_service.post("/window/identity-checks", json=SOMEONE.four_elements, token=token)
    error_of(checked, 429, "LOOKUP_LIMIT")
    assert len(reasons()) == 60


def test_auditor_sees_who_looked_at_whom(desk_service: Service) -> None:
    account = account_of(SOMEONE)
    clerk = member_of("clerk", name="李查询")
    token = token_of(clerk)
    for n in range(51):
        number = SOMEONE.id_number if n == 50 else person(number=n).id_number
        data_of(desk_service.post("/window/persons", json={"id_number": number}, token=token))
    auditor = Desk(desk_service, token_of(member_of("auditor")))
    page = auditor.get("/lookups?kind=unfounded").text
    assert re.search(r"李查询</a></td><td>51</td><td>51</td>", page)
    assert f"账号{account.id}" in page
    assert SOMEONE.id_number not in page
    older = re.search(r'href="/admin(/lookups\?[^"]*before=[^"]*)"', page)
    assert older is not None
    assert auditor.get(older[1].replace("&amp;", "&")).text.count("没有账号") == 1

    answer = auditor.get("/lookups.csv?actor=李查询")
    rows = list(csv.reader(answer.content.decode("utf-8-sig").splitlines()))
    assert (len(rows), rows[0][2], rows[1][2]) == (52, "查询人", "李查询")
    assert rows[1][5] == "接口未写原因"
    assert AuditEntry.select().where(AuditEntry.tag == "admin:lookups:exported").count() == 1
    log = auditor.get(f"/audit?tag={TAG}").text
    for text in ("按身份证号码查询人员", "理由：接口未写原因", "有账号：是"):
        assert text in log


def test_period_and_reader_are_limited(desk_service: Service) -> None:
    auditor = Desk(desk_service, token_of(member_of("auditor")))
    assert auditor.get("/lookups").status_code == 200
    today = clock.today().isoformat()
    long = auditor.get(f"/lookups?first_day=2026-01-01&last_day={today}")
    assert (long.status_code, "一次最多看31天" in long.text) == (422, True)
    assert auditor.get("/lookups.csv?kind=x").status_code == 422
    clerk = Desk(desk_service, token_of(member_of("clerk")))
    assert clerk.get("/lookups").status_code == 403
