"""Pages of registration systems: issue, change, revoke, events and resending."""

import re
from datetime import timedelta

from miniprogram_api import clock
from miniprogram_api.matters.creation import Maker
from miniprogram_api.registrars.systems import Issued
from miniprogram_api.services import Services
from models.accounts.accounts import Account
from models.matters.events import MatterEvent
from models.registrars import RegistrarEvent
from models.storage.database import transaction
from tests.handlers.registrar.test_persons import ask, asked
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.matters.matters import confirm, matter_of, named
from tests.support.people.accounts import account_of, sign_in
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of
from tests.support.service.waiting import eventually

SOMEONE = person(number=84)


def test_system_is_issued_notified_and_revoked(desk_service: Service) -> None:
    operator = Desk(desk_service, token_of(member_of("operator")))
    hook = f"{desk_service.sandbox.url}/sandbox/registrar/hook"
    form = {"name": "企业登记系统", "daily_quota": "50", "networks": "", "webhook_url": hook}
    wrong = {
        "name": "",
        "daily_quota": "viel",
        "networks": "10.0.0.1/8",
        "webhook_url": "http://10.0.0.1/",
    }
    refused = operator.post("/registrars/new", wrong)
    assert refused.status_code == 422
    assert refused.text.count("invalid-feedback") == 4
    issued = operator.post("/registrars/new", form)
    key_id, secret = re.findall(r'data-copy="([^"]+)"', issued.text)
    assert "只在这里显示一次" in issued.text
    assert secret not in operator.get(f"/registrars/{key_id}").text

    with transaction():
        account_of(
            SOMEONE,
            level=4,
            verified_by="face",
            authorization_enabled=True,
            authorization_until=clock.today() + timedelta(days=3),
        )
    (verdict,) = ask(desk_service, Issued(key_id, secret), asked(SOMEONE))
    assert verdict["reason"] == "ok"
    desk_service.sandbox.fault("registrar", "error", 1)
    token = sign_in(desk_service, SOMEONE)
    data_of(desk_service.put("/account/authorization", token=token, json={"enabled": False}))
    wait_for_text(operator, f"/registrars/{key_id}", "已送达")
    assert "不再可以办理" in operator.get(f"/registrars/{key_id}").text
    (event,) = desk_service.sandbox.hook_events()
    assert event["headers"]["X-Key-Id"] == key_id

    RegistrarEvent.update(done_at=None, due_at=None, failed_at=clock.now(), code=0).execute()
    page = operator.get(f"/registrars/{key_id}").text
    assert "对方没有应答" in page
    assert "1条未送达" in operator.get("/registrars").text
    again = re.search(r'action="/admin(/registrars/\w+/deliveries/\d+)"', page)
    assert again is not None
    assert operator.post(again[1], page=f"/registrars/{key_id}").status_code == 302
    wait_for_text(operator, f"/registrars/{key_id}", "已送达")

    services = Services(desk_service.settings, clients=None)  # type: ignore[arg-type]
    matter = matter_of(services, [named(SOMEONE)], maker=Maker(key_id=key_id))
    confirm(services, matter, Account.get())
    wait_for_text(operator, f"/registrars/{key_id}", "全部确认")
    MatterEvent.update(done_at=None, due_at=None, failed_at=clock.now(), code=0).execute()
    assert "2条未送达" in operator.get("/registrars").text
    page = operator.get(f"/registrars/{key_id}").text
    again = re.search(r'action="/admin(/registrars/\w+/matter-events/\d+)"', page)
    assert again is not None
    assert operator.post(again[1], page=f"/registrars/{key_id}").status_code == 302
    assert "1条未送达" in operator.get("/registrars").text

    changed = {**form, "name": "企业开办系统", "networks": "10.1.0.0/16、10.2.0.0/16"}
    assert operator.post(f"/registrars/{key_id}", changed).status_code == 302
    page = operator.get(f"/registrars/{key_id}").text
    assert "10.1.0.0/16、10.2.0.0/16" in page
    assert 'name="uses_switch" value="1">' in page
    asks = {**changed, "uses_switch": "1"}
    assert operator.post(f"/registrars/{key_id}", asks).status_code == 302
    assert 'name="uses_switch" value="1" checked>' in operator.get(f"/registrars/{key_id}").text
    revoked = operator.post(f"/registrars/{key_id}/revoke", page=f"/registrars/{key_id}")
    assert revoked.status_code == 302
    assert "已停用" in operator.get("/registrars").text
    assert operator.post(f"/registrars/{key_id}/revoke", page="/registrars").status_code == 404
    assert operator.get("/registrars/r0").status_code == 404


def test_administrator_issues_and_auditor_reads(desk_service: Service) -> None:
    administrator = Desk(desk_service, token_of(member_of("administrator")))
    form = {"name": "年报系统", "daily_quota": "50"}
    key_id = re.findall(r'data-copy="([^"]+)"', administrator.post("/registrars/new", form).text)[0]
    auditor = Desk(desk_service, token_of(member_of("auditor")))
    assert "年报系统" in auditor.get("/registrars").text
    page = auditor.get(f"/registrars/{key_id}")
    assert (page.status_code, page.text.count("<form")) == (200, 1)
    assert auditor.post("/registrars/new", form, page="/").status_code == 403


def wait_for_text(desk: Desk, path: str, word: str) -> None:
    assert eventually(lambda: word in desk.get(path).text, seconds=30)
