"""The page of holidays, and what its changes do to the limit of an authorisation over HTTP."""

from datetime import date, timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.operations import holiday_calendar
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.people.accounts import account_of, phone_proof, sign_in
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of, error_of

SOMEONE = person("王小明", number=7)


@pytest.fixture
def operator(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("operator")))


def test_entered_holidays_move_the_last_day_of_an_authorisation(
    desk_service: Service, operator: Desk
) -> None:
    account_of(SOMEONE, level=4, verified_by="face")
    token = sign_in(desk_service, SOMEONE)
    path = "/account/authorization"
    before = date.fromisoformat(data_of(desk_service.get(path, token=token))["latest_until"])

    # The last working day becomes a holiday; the Saturday after it is worked.
    saturday = before + timedelta(days=(5 - before.weekday()) % 7 or 7)
    for day in (before + timedelta(days=n) for n in range((saturday - before).days)):
        form = {"day": day.isoformat(), "kind": "holiday", "name": "放假"}
        assert operator.post("/calendar", form).status_code == 302
    form = {"day": saturday.isoformat(), "kind": "workday", "name": ""}
    assert operator.post("/calendar", form).status_code == 302

    # Several requests, as several processes answer.
    for _ in range(8):
        answer = data_of(desk_service.get(path, token=token))
        assert answer["latest_until"] == saturday.isoformat()
    proof = phone_proof(desk_service, token, SOMEONE.phone)
    content = {"enabled": True, "phone_proof": proof}
    late = {**content, "until": (saturday + timedelta(days=1)).isoformat()}
    refused = error_of(desk_service.put(path, json=late, token=token), 422, "INVALID_INPUT")
    (field,) = refused["data"]["fields"]
    assert (field["code"], field["suggestion"]) == ("too_late", saturday.isoformat())
    until = {**content, "until": saturday.isoformat()}
    assert data_of(desk_service.put(path, json=until, token=token))["until"] == until["until"]

    assert (
        operator.post(f"/calendar/{saturday.isoformat()}/remove", page="/calendar").status_code
        == 302
    )
    answer = data_of(desk_service.get(path, token=token))
    assert answer["latest_until"] > saturday.isoformat()


def test_year_is_imported_by_a_file(desk_service: Service, operator: Desk) -> None:
    year = clock.today().year + 2
    address = f"/calendar?year={year}"
    file = f"日期,类型,名称\n{year}-01-01,放假,元旦\n{year}-01-09,上班,元旦调休\n".encode("gb18030")
    bad = operator.post("/calendar/import", page="/calendar", files={"file": ("a.csv", b"x,y\n")})
    assert (bad.status_code, "第一行应当是列名" in bad.text) == (422, True)
    done = operator.post("/calendar/import", page="/calendar", files={"file": ("a.csv", file)})
    assert done.status_code == 302
    page = operator.get(address).text
    assert "元旦调休" in page
    assert len(holiday_calendar.list_days(year)) == 2
    assert "导入放假安排" in Desk(desk_service, token_of(member_of("auditor"))).get("/audit").text


def test_auditor_reads_and_changes_nothing(desk_service: Service) -> None:
    auditor = Desk(desk_service, token_of(member_of("auditor")))
    assert auditor.get("/calendar").text.count("<form") == 1
    day = clock.today().isoformat()
    for path in ("/calendar", "/calendar/import", f"/calendar/{day}/remove"):
        answer = auditor.post(path, {"day": day, "kind": "holiday"}, page="/")
        assert answer.status_code == 403
    assert holiday_calendar.list_days(clock.today().year) == []


def test_missing_year_is_shown_until_it_is_entered(desk_service: Service, operator: Desk) -> None:
    missing = "放假安排还未收录或没有录全"
    next_year = date(clock.today().year + 1, 10, 1)
    is_due = clock.today().month >= 11
    for path in ("/calendar", "/dashboard"):
        assert (missing in operator.get(path).text) == is_due
    holiday_calendar.set_day(next_year, "holiday", "国庆节", actor="command")
    for path in ("/calendar", "/dashboard"):
        assert missing not in operator.get(path).text
