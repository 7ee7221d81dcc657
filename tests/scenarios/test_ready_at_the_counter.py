"""Persons without a phone leave the counter verified, with the switch on, and systems learn it."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from miniprogram_api import clock
from miniprogram_api.registrars import systems as registrar_systems
from miniprogram_api.registrars.systems import Issued
from models.accounts.accounts import Account
from models.desks.ledger import LedgerDetail
from tests.handlers.registrar.test_persons import ask, asked
from tests.support.admin.browser import Visit, visit_in
from tests.support.admin.clerks import ClerkInBrowser
from tests.support.admin.staff import member_of
from tests.support.people.accounts import tables_of
from tests.support.people.cases import assert_ledger, explained
from tests.support.people.persons import Person, make_phone, person
from tests.support.people.registrations import PASSWORD, synced_account
from tests.support.service.service import Service
from tests.support.service.waiting import eventually

TABLET = (820, 1180)
# Every field that the clerk fills in, over all pages of the sitting.
COUNT = """
document.addEventListener("change", (event) => {
  const inputs = JSON.parse(sessionStorage.inputs || "[]");
  sessionStorage.inputs = JSON.stringify([...inputs, event.target.name]);
}, true);
"""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def system(service: Service) -> Issued:
    """Issue a key to a registration system with a webhook, which asks for the switch."""
    hook = f"{service.sandbox.url}/sandbox/registrar/hook"
    with tables_of(service):
        return registrar_systems.issue(
            service.settings, name="企业登记系统", daily_quota=20, webhook_url=hook, actor="test"
        )


@pytest.fixture
def clerk(browser: Browser, visits: list[Visit], service: Service) -> ClerkInBrowser:
    visits.append(visit_in(browser, TABLET))
    visits[-1].page.add_init_script(COUNT)
    working = ClerkInBrowser(visits[-1].page, service)
    with tables_of(service):
        working.sign_in(member_of("clerk"))
    return working


def assert_inputs(clerk: ClerkInBrowser, *expected: str) -> None:
    """Check that the clerk filled in exactly these fields, in this order."""
    assert json.loads(clerk.page.evaluate("sessionStorage.inputs")) == list(expected)
    assert len(expected) == len(set(expected))


def assert_ready(
    service: Service, system: Issued, clerk: ClerkInBrowser, someone: Person, until: date
) -> None:
    """Check that clerk and registration system see a person who is ready."""
    day = f"{until.month}月{until.day}日"
    said = f"已开启，到{day}止（含当天），现在就可以办理业务"
    expect(clerk.page.locator("[data-switch=ok]")).to_contain_text(said)
    assert clerk.page.evaluate(TOO_WIDE) <= 0
    clerk.page.get_by_role("link", name="查看此人").click()
    expect(clerk.page.locator("[data-person]")).to_contain_text(said)
    (answer,) = ask(service, system, asked(someone))
    answer.pop("receipt")
    assert answer == {
        "verified": True,
        "verified_by": "manual",
        "level": 4,
        "authorized_until": until.isoformat(),
        "reason": "ok",
    }
    assert eventually(lambda: told(service))
    assert told(service) == [("person.ready", "ok")]


def told(service: Service) -> Sequence[tuple[str, str]]:
    bodies: list[dict[str, Any]] = [json.loads(e["body"]) for e in service.sandbox.hook_events()]
    return [(body["type"], body["person"]["reason"]) for body in bodies]


def test_elderly_person_with_a_relatives_phone_leaves_ready(
    service: Service, system: Issued, clerk: ClerkInBrowser
) -> None:
    someone, relatives = person("王秀英", number=9701), make_phone(9702)
    assert ask(service, system, asked(someone))[0]["reason"] == "not_found"
    clerk.authorised_until = clock.today() + timedelta(days=7)

    clerk.find(someone.id_number)
    clerk.page.get_by_role("link", name="代为注册并核验").click()
    clerk.fill_identity(someone)
    clerk.fill_contact(relatives, code=True)
    clerk.see_papers("本人没有智能手机，到窗口办理")

    assert_ready(service, system, clerk, someone, clerk.authorised_until)
    assert_inputs(
        clerk,
        *("id_number", "name", "valid_from", "valid_until"),
        *("phone", "whose", "proved_by", "sms_code", "consent_signed"),
        *("seen_id_card", "photo", "reason", "answer", "until"),
    )
    assert_ledger(service, someone, "person_registered", "authorization_enabled")


def test_synced_person_without_a_phone_leaves_ready(
    service: Service, system: Issued, clerk: ClerkInBrowser
) -> None:
    someone = person("王秀英", number=9703)
    with tables_of(service):
        synced_account(someone, name="王秀", valid_from=date(2004, 6, 3), phone=make_phone(9704))
    assert ask(service, system, asked(someone))[0]["reason"] == "not_found"
    clerk.authorised_until = clock.today()

    clerk.find(someone.id_number)
    clerk.page.get_by_role("link", name="代为激活并核验").click()
    clerk.fill_identity(someone)
    clerk.fill_contact(None)
    clerk.see_papers("本人没有智能手机，到窗口办理")

    assert_ready(service, system, clerk, someone, clock.today())
    assert_inputs(
        clerk,
        *("id_number", "name", "valid_from", "valid_until"),
        *("whose", "consent_signed", "seen_id_card", "photo", "reason", "answer", "until"),
    )
    assert_ledger(service, someone, "person_activated", "authorization_enabled")
    with tables_of(service):
        account = Account.get()
        assert (account.status, account.phone, account.phone_verified_by) == ("active", None, None)
        content = json.loads(LedgerDetail.get(LedgerDetail.number == 1).content)
    assert content["before"] == {
        "status": "unactivated",
        "level": 3,
        "verified_by": None,
        "name": "王秀",
        "valid_from": "2004-06-03",
        "phone": make_phone(9704),
    }
    # The account is no longer to be activated; its first password is set as after a registration.
    token, body = service.wechat_login(), {"id_number": someone.id_number}
    explained(service.post("/activations", json=body, token=token), 409, "ALREADY_ACTIVE", None)
    login = {"login": someone.id_number, "password": PASSWORD}
    explained(service.post("/sessions", json=login), 401, "WRONG_PASSWORD", 8)
