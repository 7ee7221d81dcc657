"""The code that a person shows to the clerk's scanner."""

from datetime import timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.accounts import desk_codes
from miniprogram_api.reasons import Refused
from models.accounts.own_data import DeskCode
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.people.accounts import Time, account_of, sign_in, tables_of
from tests.support.people.persons import person
from tests.support.service.rules import Rules
from tests.support.service.service import Service, data_of, error_of

SOMEONE = person(number=43)


def test_code_names_a_person_to_one_desk_once(service: Service) -> None:
    with tables_of(service):
        account_of(SOMEONE)
        clerk = token_of(member_of("clerk"))
    token = sign_in(service, SOMEONE)

    def code() -> str:
        return str(data_of(service.post("/account/desk-codes", token=token), 201)["code"])

    issued = data_of(service.post("/account/desk-codes", token=token), 201)
    assert issued["expires_in"] == 180
    assert issued["qr"].startswith("data:image/svg+xml")
    assert SOMEONE.id_number not in issued["code"]
    scanned = {"desk_code": issued["code"], "reason": "curious"}
    # A refused look-up does not use the code up.
    error_of(service.post("/window/persons", json=scanned, token=clerk), 422, "INVALID_INPUT")
    scanned["reason"] = "at_window"
    found = data_of(service.post("/window/persons", json=scanned, token=clerk))
    assert (found["opened"], found["id_number"]) == (True, SOMEONE.id_number)
    again = service.post("/window/persons", json=scanned, token=clerk)
    error_of(again, 422, "DESK_CODE_INVALID")
    found = service.post("/window/matters/find", json={"desk_code": code()}, token=clerk)
    assert data_of(found)["matters"] == []
    # The newest code alone is valid.
    former, newest = code(), code()
    old = service.post("/window/persons", json={"desk_code": former}, token=clerk)
    error_of(old, 422, "DESK_CODE_INVALID")
    # The desk's page reads it from the field of the ID number, as a scanner types it.
    page = Desk(service, clerk).post(
        "/window", {"id_number": newest.lower(), "reason": "at_window"}
    )
    assert page.status_code == 302
    assert "/persons/" in page.headers["Location"]
    page = Desk(service, clerk).post("/window", {"id_number": newest, "reason": "at_window"})
    assert page.status_code == 422
    assert "这个二维码已用过或已过期" in page.text
    # So does the page of the matters, whose field the scanner fills on opening.
    desk, shown = Desk(service, clerk), code()
    assert "autofocus" in desk.get("/window/matters").text
    page = desk.post("/window/matters", {"document": shown})
    assert page.status_code == 302
    page = desk.get(page.headers["Location"].partition("/admin")[2])
    assert page.status_code == 200
    assert SOMEONE.id_number not in page.text
    assert "这个二维码已用过或已过期" in desk.post("/window/matters", {"document": shown}).text
    error_of(service.post("/account/desk-codes"), 401, "UNAUTHENTICATED")


def test_code_expires_after_three_minutes(rules: Rules) -> None:
    account, clerk = account_of(SOMEONE), member_of("clerk")
    code = desk_codes.issue(account.id).code
    with (
        Time(clock.now() + timedelta(seconds=179)).running(),
        desk_codes.reading(code, clerk) as number,
    ):
        assert number == SOMEONE.id_number
    code = desk_codes.issue(account.id).code
    with Time(clock.now() + timedelta(seconds=181)).running():
        with pytest.raises(Refused, match="DESK_CODE_INVALID"), desk_codes.reading(code, clerk):
            pass
        assert desk_codes.remove_expired() == 1
    assert DeskCode.select().count() == 0


def test_auditor_uses_up_no_code(rules: Rules) -> None:
    account, clerk = account_of(SOMEONE), member_of("clerk")
    code = desk_codes.issue(account.id).code
    for member in (member_of("auditor"), clerk):
        with desk_codes.reading(code, member) as number:
            assert number == SOMEONE.id_number
    with pytest.raises(Refused, match="DESK_CODE_INVALID"), desk_codes.reading(code, clerk):
        pass
