"""The list of what waits for a second person: its filters, and the addresses of before."""

import pytest

from miniprogram_api.windows import verifications as window_desk
from tests.support.admin.centre_forms import asked_for, filed
from tests.support.admin.desk import Desk
from tests.support.admin.on_site import on_site
from tests.support.admin.staff import member_of, token_of
from tests.support.people.accounts import account_of
from tests.support.people.persons import make_phone, person
from tests.support.service.service import Service

SOMEONE, ELSE = person("王秀英", number=9401), person("李大山", number=53)


@pytest.mark.parametrize("role", ["clerk", "centre"])
def test_filters_show_what_the_member_may_read(desk_service: Service, role: str) -> None:
    account_of(SOMEONE)
    account_of(ELSE)
    verified = window_desk.verify_on_site(
        member_of("clerk"), ELSE.id_number, on_site(["id_card"], "核对原件一致")
    )
    first = Desk(desk_service, token_of(member_of("centre")))
    _, number = filed(
        desk_service, "phone_change", id_number=SOMEONE.id_number, phone=make_phone(9406)
    )
    asked = asked_for(first, number, "correct_phone")
    desk = Desk(desk_service, token_of(member_of(role)))
    review, request = (f"/admin/second-person/{row}" for row in (verified.verification_id, asked))

    shown = desk.get("/second-person").text
    assert review in shown
    assert "李**" in shown
    assert ELSE.name not in shown
    assert (request in shown) == ("信息中心提请" in shown) == (role == "centre")
    of_group = desk.get("/second-person?group=centre_acts").text
    # A clerk's list has no such group.
    assert (review in of_group, request in of_group) == (role == "clerk", role == "centre")
    assert request not in desk.get("/second-person?group=verifications&which=nothing").text
    assert "没有记录" in desk.get("/second-person?which=decided").text
    assert desk.get(f"/second-person/{asked}").status_code == (200 if role == "centre" else 403)
    assert desk.get("/second-person/999999").status_code == 404


def test_former_addresses_lead_to_the_list_and_the_request(desk_service: Service) -> None:
    desk = Desk(desk_service, token_of(member_of("centre")))
    for former, now in (
        ("/window/reviews", "/second-person?group=verifications"),
        ("/window/matter-reviews", "/second-person?group=confirmations"),
        ("/centre/approvals?which=stale", "/second-person?group=centre_acts&which=late"),
        ("/window/reviews/7", "/second-person/7"),
        ("/centre/approvals/7", "/second-person/7"),
    ):
        moved = desk.get(former)
        assert (moved.status_code, moved.headers["Location"]) == (302, f"/admin{now}"), former
    assert desk.get("/centre/approvals/x").status_code == 404
