"""Approval by two persons on pages: request, withdrawal, refusal, expiry and disputes."""

from datetime import timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.ledger import integrity as ledger_check
from miniprogram_api.windows import verifications as window_desk
from models.accounts.accounts import Account
from models.second_person import SecondPersonRequest
from tests.support.admin.centre_forms import act, acts_of, asked_for, dates_of, decide, done, filed
from tests.support.admin.desk import Desk
from tests.support.admin.on_site import on_site
from tests.support.admin.staff import member_of, token_of
from tests.support.people.accounts import account_of
from tests.support.people.persons import make_phone, person
from tests.support.service.service import Service, error_of

SOMEONE = person("王秀英", number=9401)


@pytest.fixture
def centre(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("centre", name="李工")))


@pytest.fixture
def second(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("centre", name="钱工")))


def test_withdrawn_or_refused_request_returns_the_ticket(
    desk_service: Service, centre: Desk, second: Desk
) -> None:
    account_of(SOMEONE)
    _, number = filed(
        desk_service, "phone_change", id_number=SOMEONE.id_number, phone=make_phone(9406)
    )
    approval = asked_for(centre, number, "correct_phone")
    listed = second.get("/second-person").text
    assert "更正登记的手机号" in listed
    shown = second.get(f"/second-person/{approval}").text
    assert make_phone(9406) not in shown
    assert "138****" in shown
    assert decide(second, approval, "perhaps").status_code == 422
    assert decide(second, approval, "withdraw", "不是我提的").status_code == 403
    assert decide(second, approval, "deny", "").status_code == 422
    assert act(centre, number, "answer", reason="x").status_code == 409
    done(decide(centre, approval, "withdraw", "号码填错了"), "withdrawn")
    again = act(centre, number, "correct_phone", reason="核对户籍", phone=make_phone(9407))
    done(again, "asked")
    done(decide(second, approval + 1, "deny", "没有停机证明"), "refused")
    assert "没有停机证明" in centre.get(f"/second-person/{approval + 1}").text
    assert Account.get().phone == SOMEONE.phone
    assert acts_of(number)[-2:] == ["approval_requested", "approval_refused"]
    decided = second.get("/second-person?group=centre_acts&which=decided").text
    assert decided.count("/admin/second-person/") >= 2


def test_stale_request_is_shown_and_refused(
    desk_service: Service, centre: Desk, second: Desk
) -> None:
    account_of(SOMEONE)
    _, number = filed(desk_service, "re_registration", id_number=SOMEONE.id_number)
    approval = asked_for(centre, number, "cancel_account")
    SecondPersonRequest.update(due_at=clock.now() - timedelta(minutes=1)).execute()

    assert "没有等待决定的事项" in second.get("/second-person").text
    assert "注销账号" in second.get("/second-person?which=late").text
    assert "这项提请失效" in second.get(f"/second-person/{approval}").text
    late = decide(second, approval, "agree")
    assert late.status_code == 409
    assert "超过两个工作日" in late.text
    assert Account.get().status == "active"
    done(act(centre, number, "cancel_account", reason="重新核对过"), "asked")
    done(decide(second, approval + 1, "agree"), "approved")


def test_approval_is_refused_when_the_account_changed(
    desk_service: Service, centre: Desk, second: Desk
) -> None:
    account_of(SOMEONE)
    _, number = filed(
        desk_service, "phone_change", id_number=SOMEONE.id_number, phone=make_phone(9408)
    )
    approval = asked_for(centre, number, "correct_phone")
    own = make_phone(9409)
    Account.update(phone=own, phone_index=own).execute()
    assert decide(second, approval, "agree").status_code == 409
    assert Account.get().phone == own


def test_ticket_of_a_frozen_account_cannot_be_closed_without_an_act(
    desk_service: Service, centre: Desk
) -> None:
    account_of(SOMEONE)
    claim = {"name": SOMEONE.name, "id_number": SOMEONE.id_number}
    token, number = filed(desk_service, "identity_dispute", "victim", **claim)
    act(centre, number, "claim")
    assert act(centre, number, "freeze", reason="x").status_code == 409
    assert act(centre, number, "cancel_account", reason="x").status_code == 409
    window_desk.card_seen(member_of("clerk"), number, on_site(["id_card"], "看过原件"))
    assert act(centre, number, "reject", reason="不是冒名").status_code == 409
    withdrawn = desk_service.delete(f"/tickets/{number}", token=token)
    error_of(withdrawn, 409, "NOT_APPLICABLE")
    assert act(centre, number, "freeze", reason="已经冻结了").status_code == 409
    Account.update(status="active").execute()
    done(act(centre, number, "freeze", reason="又在使用"), "frozen")
    assert Account.get().status == "frozen"


def test_ledger_is_valid_after_all_acts(desk_service: Service, centre: Desk, second: Desk) -> None:
    _, number = filed(desk_service, "identity_review", **SOMEONE.four_elements)
    approval = asked_for(centre, number, "clear_identity", **dates_of(SOMEONE))
    done(decide(second, approval, "agree"), "approved")
    verdict = ledger_check.verify(desk_service.settings)
    assert (verdict.faults, verdict.lines) == ((), 3)
