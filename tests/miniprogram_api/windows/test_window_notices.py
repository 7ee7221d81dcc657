"""Registration at a window and a revoked verification: told by SMS to the phone on record."""

from typing import Any

import pytest

from handlers import jobs
from miniprogram_api import clock
from miniprogram_api.second_person import deciding
from miniprogram_api.windows import registration as window_registration
from miniprogram_api.windows import verifications as window_desk
from miniprogram_api.windows.registration import WindowForm
from models.accounts.accounts import Account
from models.outbox import Notice
from tests.support.admin.on_site import on_site
from tests.support.admin.staff import member_of
from tests.support.people.accounts import account_of
from tests.support.people.captures import CAPTURED
from tests.support.people.persons import Person, person
from tests.support.service.rules import Rules

SOMEONE = person("王小明", number=51)
SEEN = on_site(["id_card"], "核对原件一致")


def texts_to(rules: Rules, someone: Person) -> list[str]:
    """Send what waits, and return the messages that reached the phone."""
    while jobs.work_once(rules.services, clock.now()):
        pass
    return [message["text"] for message in rules.sandbox.inbox(someone.phone)]


def require_discreet(text: str, news: str = "账号状态有变动") -> None:
    assert news in text
    for hidden in (SOMEONE.name, SOMEONE.id_number, "核验", "撤销", "窗口登记"):
        assert hidden not in text.partition("】")[2]


def register(rules: Rules) -> Any:
    form = WindowForm(
        **SOMEONE.four_elements,
        phone=SOMEONE.phone,
        phone_of_relative=False,
        consent_signed=True,
        on_site=SEEN,
        capture=CAPTURED,
    )
    return window_registration.register(
        rules.services, member_of("clerk"), form, address="192.0.2.1"
    )


def test_registration_at_a_window_is_told_once(rules: Rules) -> None:
    register(rules)
    (text,) = texts_to(rules, SOMEONE)
    require_discreet(text)


@pytest.mark.parametrize("confirm", [True, False])
def test_revocation_is_told_and_a_confirmation_is_not(rules: Rules, confirm: bool) -> None:
    account_of(SOMEONE)
    done = window_desk.verify_on_site(member_of("clerk"), SOMEONE.id_number, SEEN)
    assert texts_to(rules, SOMEONE) == []
    deciding.decide(
        rules.services,
        member_of("clerk"),
        done.verification_id,
        agrees=confirm,
        reason="原件不符",
        cause="" if confirm else "not_same_person",
    )
    messages = texts_to(rules, SOMEONE)
    assert len(messages) == (0 if confirm else 1)
    for text in messages:
        require_discreet(text, "有新的结果")


def test_account_without_a_phone_is_revoked_without_a_message(rules: Rules) -> None:
    account_of(SOMEONE)
    Account.update(phone=None, phone_index=None).execute()
    done = window_desk.verify_on_site(member_of("clerk"), SOMEONE.id_number, SEEN)
    deciding.decide(
        rules.services,
        member_of("centre"),
        done.verification_id,
        agrees=False,
        reason="原件不符",
        cause="not_same_person",
    )
    assert Account.get().level == 3
    assert Notice.select().count() == 0
