"""The centre's queue over HTTP: sorting, views, acts on several, finished ones; signs of fraud."""

import re
from datetime import timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.windows import verifications as window_desk
from models.accounts.accounts import Account
from models.desks.audit import AuditEntry
from models.desks.tickets import Ticket
from tests.handlers.admin.centre.test_desk import many
from tests.support.admin.desk import Desk
from tests.support.admin.on_site import on_site
from tests.support.admin.staff import member_of, token_of
from tests.support.people.accounts import account_of
from tests.support.people.persons import person
from tests.support.service.service import Service

ROW = re.compile(r'href="/admin/centre/tickets/(\w+)">[^<#]+#')
CHOSEN = "请带身份证原件到任一窗口办理"


@pytest.fixture
def centre(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("centre", name="李工")))


def numbers(desk: Desk, query: str = "") -> list[str]:
    return list(dict.fromkeys(ROW.findall(desk.get(f"/centre{query}").text)))


def test_queue_is_sorted_filtered_and_turned(centre: Desk) -> None:
    many(53)
    by_due = numbers(centre)
    assert len(by_due) == 50
    newest = numbers(centre, "?sort=newest")
    assert newest == [row.number for row in Ticket.select().order_by(Ticket.id.desc()).limit(50)]
    rest = numbers(centre, f"?sort=newest&after={newest[-1]}")
    assert len({*newest, *rest}) == 53
    assert numbers(centre, "?late=overdue") == []
    first = Ticket.get(Ticket.number == by_due[0])
    Ticket.update(due_at=clock.now() - timedelta(hours=1)).where(Ticket.id == first.id).execute()
    assert numbers(centre, "?late=overdue") == [first.number]
    assert first.number in numbers(centre, "?late=today&whose=free")
    assert "请帮忙" in centre.get("/centre").text


def test_several_are_claimed_and_answered_at_once(centre: Desk, desk_service: Service) -> None:
    many(3)
    found = numbers(centre)
    other = Desk(desk_service, token_of(member_of("centre", name="钱工")))
    other.post(f"/centre/tickets/{found[2]}/claim", page=f"/centre/tickets/{found[2]}")
    page = centre.post("/centre/bulk", {"act": "claim", "tickets": found}, page="/centre").text
    assert "2张工单已办" in page
    assert "1张没有办成" in page
    assert f"/admin/centre/tickets/{found[2]}" in page
    nothing = centre.post("/centre/bulk", {"act": "answer", "tickets": found}, page="/centre")
    assert nothing.status_code == 422
    answer = {"act": "answer", "tickets": found[:2], "reason": CHOSEN}
    assert "2张工单已办" in centre.post("/centre/bulk", answer, page="/centre").text
    ended = Ticket.select().where(Ticket.number.in_(found[:2]))
    assert {(row.state, row.reason) for row in ended} == {("resolved", CHOSEN)}
    finished = centre.get("/centre/finished").text
    assert {*ROW.findall(finished)} == {*found[:2]}
    assert ROW.findall(other.get("/centre/finished").text) == []
    assert len({*ROW.findall(other.get("/centre/finished?whose=all").text)}) == 2
    assert re.search(r"李工（我）</td><td>0</td><td>0</td><td>2<", centre.get("/centre").text)


def test_nothing_ticked_is_told(centre: Desk) -> None:
    many(1)
    answer = centre.post("/centre/bulk", {"act": "claim"}, page="/centre")
    assert answer.status_code == 422
    assert "请先勾选工单" in answer.text


def test_signs_of_fraud_lead_to_their_records(centre: Desk) -> None:
    clerk, phone = member_of("clerk", name="赵办事"), person(number=31).phone
    for number in range(31, 43):
        account_of(person(number=number), phone=phone, phone_index=phone)
        seen = on_site(["id_card"], "核对原件")
        window_desk.verify_on_site(clerk, person(number=number).id_number, seen)
    for number in (51, 52, 53):
        account_of(person(number=number))
        quiet = member_of("clerk")
        window_desk.verify_on_site(quiet, person(number=number).id_number, seen)
    again = person(number=31)
    Account.update(level=3).where(Account.id == 1).execute()
    window_desk.verify_on_site(member_of("clerk"), again.id_number, seen)
    page = centre.get("/centre/irregularities").text
    parts = dict(re.findall(r'data-part="(\w+)">(.*?)</section>', page, re.DOTALL))
    assert "/admin/ledger?person=" in parts["repeated"]
    assert "<td>12</td>" in parts["phones"]
    assert "赵办事" in parts["clerks"]
    assert "没有。" in parts["lookups"]
    for hidden in (again.name, again.id_number, phone):
        assert hidden not in page
    assert AuditEntry.select().where(AuditEntry.tag == "centre:irregularities:shown").count() == 1


def test_clerks_do_not_see_the_signs(desk_service: Service) -> None:
    clerk = Desk(desk_service, token_of(member_of("clerk")))
    assert clerk.get("/centre/irregularities").status_code == 403
