"""Another phone for a person at the window: level 4 first, then a second person."""

import pytest

from miniprogram_api.counter import phone_changes
from miniprogram_api.counter.phone_changes import AskedPhone, NewPhone
from miniprogram_api.ledger import comparison
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person import deciding
from miniprogram_api.windows import verifications as window_desk
from miniprogram_api.windows.verifications import OnSite
from models.accounts.accounts import Account
from models.outbox import Notice
from models.second_person import SecondPersonRequest
from tests.support.admin.on_site import on_site
from tests.support.admin.staff import member_of
from tests.support.people.accounts import account_of, fresh
from tests.support.people.persons import make_phone, person
from tests.support.service.ledger import lines_about
from tests.support.service.rules import Rules

SOMEONE = person(number=21)
SEEN = on_site(["id_card"], "手机丢失或停用")
NEW = make_phone(71)


def ask(rules: Rules, phone: str = NEW, seen: OnSite = SEEN) -> AskedPhone:
    clerk = member_of("clerk")
    return phone_changes.ask(rules.services, clerk, SOMEONE.id_number, NewPhone(phone), seen)


def refusal(rules: Rules, phone: str = NEW, seen: OnSite = SEEN) -> Reason:
    with pytest.raises(Refused) as refused:
        ask(rules, phone, seen)
    return refused.value.reason


def test_phone_changes_after_the_second_person_and_the_old_one_is_told_first(rules: Rules) -> None:
    account = account_of(SOMEONE, level=4)
    asked = ask(rules)
    assert fresh(account).phone == SOMEONE.phone
    assert [(one.kind, one.phone) for one in Notice.select()] == [
        ("phone_change_asked", SOMEONE.phone)
    ]
    assert refusal(rules) is Reason.APPROVAL_PENDING
    deciding.decide(rules.services, member_of("centre"), asked.request_id, agrees=True, reason="")
    changed = fresh(account)
    assert (changed.phone, changed.phone_verified_by) == (NEW, "manual")
    told = {one.phone for one in Notice.select().where(Notice.kind == "phone_changed")}
    assert told == {SOMEONE.phone, NEW}
    assert [line.action for line in lines_about(SOMEONE.id_number)] == [
        "phone_corrected",
        "approval_requested",
    ]
    assert [one.what for one in comparison.compare() if one.table != "account"] == []


def test_clerks_do_not_decide_and_nothing_changes_after_a_no(rules: Rules) -> None:
    account = account_of(SOMEONE, level=4)
    asked = ask(rules)
    with pytest.raises(Refused) as refused:
        deciding.decide(
            rules.services, member_of("clerk"), asked.request_id, agrees=True, reason=""
        )
    assert refused.value.reason is Reason.FORBIDDEN
    deciding.decide(
        rules.services, member_of("centre"), asked.request_id, agrees=False, reason="请再核对"
    )
    assert fresh(account).phone == SOMEONE.phone


def test_person_below_level_4_is_verified_first(rules: Rules) -> None:
    account = account_of(SOMEONE)
    assert refusal(rules) is Reason.LEVEL_TOO_LOW
    assert SecondPersonRequest.select().count() == 0
    window_desk.verify_on_site(member_of("clerk"), SOMEONE.id_number, SEEN)
    asked = ask(rules)
    # A verification that was revoked meanwhile carries no phone either.
    Account.update(level=3).where(Account.id == account.id).execute()
    with pytest.raises(Refused) as refused:
        deciding.decide(
            rules.services, member_of("centre"), asked.request_id, agrees=True, reason=""
        )
    assert refused.value.reason is Reason.NOT_APPLICABLE
    assert fresh(account).phone == SOMEONE.phone


def test_papers_and_phone_are_judged(rules: Rules) -> None:
    account_of(SOMEONE, level=4)
    assert refusal(rules, "12") is Reason.INVALID_INPUT
    assert refusal(rules, seen=on_site([], "手机丢失")) is Reason.INVALID_INPUT
    assert SecondPersonRequest.select().count() == 0
