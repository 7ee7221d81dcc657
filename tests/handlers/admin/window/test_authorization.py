"""The end of a sitting and the switch 是否办理工商登记注册 over HTTP; activation on the pages."""

import pytest

from miniprogram_api import clock
from miniprogram_api.registrars import systems as registrar_systems
from models.accounts.accounts import Account
from models.desks.ledger import LedgerLine
from tests.handlers.admin.window.test_desk import (
    SEEN,
    SOMEONE,
    done_after,
    once_of,
    opened,
    path_of,
    registration,
)
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.people.accounts import account_of
from tests.support.people.captures import FILES
from tests.support.people.persons import person
from tests.support.people.registrations import synced_account
from tests.support.service.service import Service


@pytest.fixture
def clerk(desk_service: Service) -> Desk:
    return Desk(desk_service, token_of(member_of("clerk")))


def test_switch_of_a_registered_person_is_recorded_at_the_window(
    desk_service: Service, clerk: Desk
) -> None:
    account_of(SOMEONE, level=4, verified_by="face")
    path = opened(clerk, SOMEONE.id_number)
    page = clerk.get(path).text
    assert "未开启，现在还不能办理业务" in page
    assert 'data-act="authorise"' in page
    form = f"{path}/authorization"
    day = clock.today().isoformat()
    for wrong, said in (
        ({"answer": "yes", "until": "2020-01-01"}, "请勾选核对过的证件原件"),
        ({"answer": "yes", "until": "2020-01-01"}, "选的日期已过"),
        ({"evidence_seen": "id_card"}, "请选择本人的回答"),
        ({"evidence_seen": "id_card", "answer": "yes"}, "请选择有效期到哪一天"),
    ):
        refused = clerk.post(form, wrong)
        assert refused.status_code == 422
        assert said in refused.text
    yes = {"evidence_seen": "id_card", "answer": "yes", "until": day, **once_of(clerk, form)}
    for _ in range(2):
        assert path_of(clerk.post_bare(form, yes)) == path
    assert "（含当天），现在就可以办理业务" in clerk.get(path).text
    assert path_of(clerk.post(form, {"evidence_seen": "id_card", "answer": "no"})) == path
    assert "未开启" in clerk.get(path).text
    assert [line.action for line in LedgerLine.select().order_by(LedgerLine.number)] == [
        "person_opened",
        "authorization_enabled",
        "authorization_declined",
    ]


def test_card_seen_opens_the_switch_after_a_reset(desk_service: Service, clerk: Desk) -> None:
    account_of(SOMEONE, level=4, verified_by="face", authorization_closed_at=clock.now())
    path = opened(clerk, SOMEONE.id_number)
    page = clerk.get(path).text
    assert "重置密码或换手机号后已关闭；要办理的，请核对证件原件" in page
    assert 'data-act="authorise"' in page
    form, day = f"{path}/authorization", clock.today().isoformat()
    answer = {"evidence_seen": "id_card", "answer": "yes", "until": day}
    assert path_of(clerk.post(form, answer)) == path
    assert "（含当天），现在就可以办理业务" in clerk.get(path).text
    assert Account.get().authorization_closed_at is None


def test_documents_of_a_sitting_serve_one_answer(desk_service: Service, clerk: Desk) -> None:
    account_of(SOMEONE)
    path = opened(clerk, SOMEONE.id_number)
    asked = path_of(clerk.post(f"{path}/verification", {**SEEN, "place": "入户服务"}, files=FILES))
    assert "核对了哪些原件" not in clerk.get(asked).text
    done = path_of(clerk.post(asked, {"answer": "no"}))
    shown = clerk.get(done).text
    assert "未开启，现在还不能办理业务" in shown
    assert "现在就可以办理业务" not in shown
    assert LedgerLine.select().order_by(LedgerLine.number.desc()).get().action == (
        "authorization_declined"
    )
    assert "核对了哪些原件" in clerk.get(asked).text
    assert clerk.post(asked, {"answer": "no"}).status_code == 422


def test_sitting_does_not_ask_when_no_system_uses_the_switch(
    desk_service: Service, clerk: Desk
) -> None:
    settings = desk_service.settings
    # The one that the sandbox plays asks for it.
    for system in registrar_systems.all_systems():
        registrar_systems.revoke(system.key_id, actor="test")
    registrar_systems.issue(settings, name="新系统", daily_quota=5, uses_switch=False, actor="test")
    last = registration(clerk, person(number=17))
    assert "办理授权" not in clerk.get(last).text
    done = path_of(clerk.post(last, SEEN, files=FILES))
    assert done.endswith("/done")
    ready = 'alert-success mt-3 mb-0" role="status" data-switch='
    shown = clerk.get(done).text
    assert "不用开启，登记系统不看这一项，现在就可以办理业务" in shown
    assert ready in shown
    Account.update(status="frozen").execute()
    frozen = clerk.get(done).text
    assert "账号已冻结，不能办理业务" in frozen
    assert ready not in frozen


def test_synced_person_is_activated_on_the_registrations_pages(
    desk_service: Service, clerk: Desk
) -> None:
    someone = person(number=18)
    synced_account(someone)
    path = opened(clerk, someone.id_number)
    assert 'data-act="activate"' in clerk.get(path).text
    identity = path.replace("/persons/", "/registrations/") + "/identity"
    assert "旧系统同步，还没有激活" in clerk.get(identity).text
    assert f'value="{someone.id_number}"' in clerk.get(identity).text
    contact = path_of(clerk.post(identity, someone.four_elements))
    last = path_of(clerk.post(contact, {"whose": "none", "consent_signed": "1"}))
    assert "没有手机" in clerk.get(last).text
    assert "已激活并核验" in clerk.get(done_after(clerk.post(last, SEEN, files=FILES))).text
    assert Account.get().phone is None
