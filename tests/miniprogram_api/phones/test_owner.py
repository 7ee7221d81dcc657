"""A phone in another person's name is warned of, never refused (case 6)."""

import pytest

from miniprogram_api.accounts import privacy
from miniprogram_api.clients.identity import PhoneOwner
from miniprogram_api.phones import owner
from miniprogram_api.phones.proofs import NamedPerson
from tests.support.people.persons import person
from tests.support.people.registration_calls import registered
from tests.support.service.rules import Rules

MAN = person(number=8110)
NAMED = NamedPerson(MAN.name, MAN.id_number)
OWN, OTHERS, UNKNOWN = "13800137001", "13800130007", "13800130006"


def calls(rules: Rules) -> int:
    return len(rules.sandbox.calls("PhoneVerification"))


def test_nothing_is_asked_unless_the_setting_says_so(rules: Rules) -> None:
    assert owner.warning(rules.services, NAMED, OTHERS) is None
    assert calls(rules) == 0


def test_phone_of_another_person_is_warned_of(rules: Rules) -> None:
    services = rules.with_settings(phone_owner_check="warn")
    said = owner.warning(services, NAMED, OTHERS)
    assert said is not None
    assert "不影响办理" in said
    assert owner.warning(services, NAMED, OWN) is None
    assert owner.warning(services, NAMED, UNKNOWN) is None
    assert calls(rules) == 3


@pytest.mark.parametrize("fault", ["busy", "limit", "error", "reset"])
def test_source_without_an_answer_warns_of_nothing(rules: Rules, fault: str) -> None:
    services = rules.with_settings(phone_owner_check="warn")
    rules.sandbox.fault("identity", fault)
    assert services.clients.identity.phone_owner("张三", MAN.id_number, OTHERS) is (
        PhoneOwner.UNKNOWN
    )
    assert calls(rules) == 1


def test_registration_with_the_phone_of_another_succeeds(rules: Rules) -> None:
    changed = Rules(rules.with_settings(phone_owner_check="warn"), rules.sandbox, rules.overrides)
    someone = person(number=8111, phone=OTHERS)
    account = registered(changed, someone).account
    assert account.level == 3
    assert "更换手机号" in (account.phone_warning or "")


def test_notice_names_the_phone_only_where_it_is_given_away(rules: Rules) -> None:
    def given(**changes: object) -> str:
        settings = rules.services.settings.model_copy(update=changes)
        receivers = privacy.notice(settings).receivers
        return next(one.what for one in receivers if one.key == "identity_source")

    assert "手机号码" not in given()
    assert "手机号码" in given(phone_owner_check="warn")
