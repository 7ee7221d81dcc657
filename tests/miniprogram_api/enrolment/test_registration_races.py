"""Repeated and simultaneous registrations."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from faq.diagnosis.refusal_buttons import SIGN_IN, first_after
from miniprogram_api import clock
from miniprogram_api.enrolment import registration
from miniprogram_api.enrolment.registration import Registered
from miniprogram_api.identity import verification
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts.sentences import sentence
from models.accounts.accounts import ACTIVE, Account
from models.accounts.sms_codes import SmsCode
from models.accounts.verifications import IdentityClaim
from models.storage.database import IntegrityError
from tests.support.people.persons import person
from tests.support.people.registration_calls import cancel, refusal, register, registered
from tests.support.people.registrations import (
    form,
    issued_proof,
    sent_code,
    synced_account,
    wechat_session,
)
from tests.support.service.rules import Rules, at_once

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


# Again, and at the same moment


def test_second_registration_is_refused(rules: Rules) -> None:
    someone = person(number=20)
    registered(rules, someone)
    sent_code(someone.phone)
    refused = refusal(rules, form(someone))
    assert (refused.reason, refused.details) == (
        Reason.ALREADY_REGISTERED,
        {"cause": "just_now"},
    )
    assert len(rules.sandbox.calls("CheckIdNameDate")) == 1


def test_used_code_reveals_registration_for_the_same_phone_only(rules: Rules) -> None:
    someone, session = person(number=21), wechat_session()
    sent_code(someone.phone)
    register(rules, form(someone), session)
    assert refusal(rules, form(someone), session).reason is Reason.ALREADY_REGISTERED
    relative = person(number=22, phone=someone.phone)
    assert refusal(rules, form(relative), session).reason is Reason.SMS_CODE_USED
    # A registration with another phone is not revealed.
    stranger = person(number=51)
    sent_code(stranger.phone)
    register(rules, form(stranger))
    guess = form(stranger, phone=someone.phone)
    assert refusal(rules, guess, session).reason is Reason.SMS_CODE_USED


def test_phone_can_be_shared_with_a_relative(rules: Rules) -> None:
    someone = person(number=23)
    registered(rules, someone)
    assert registered(rules, person(number=24, phone=someone.phone)).account.level == 3


@both_databases
def test_registration_after_cancellation_keeps_the_attempts(rules: Rules) -> None:
    someone = person(number=25)
    first = registered(rules, someone, username="zhangsan")
    cancel(someone.id_number)
    for _ in range(3):
        sent_code(someone.phone)
        refusal(rules, form(someone, name="张不符"))
    second = registered(rules, someone, username="ZhangSan")
    assert second.session.token != first.session.token
    assert Account.select().where(Account.status == ACTIVE).count() == 1
    cancel(someone.id_number)
    refused = refusal(rules, form(someone, name="张不符", sms_code=sent_code(someone.phone)))
    assert refused.details == {"attempts_left": 1, "by_photo": True}


@both_databases
def test_twenty_identical_registrations_give_one_account_and_one_call(rules: Rules) -> None:
    someone, session = person(number=26), wechat_session()
    sent_code(someone.phone)
    rules.sandbox.fault("identity", "slow", seconds=0.4)
    calls: list[Callable[[], Registered]] = [
        lambda: register(rules, form(someone), session) for _ in range(20)
    ]
    results = at_once(calls)
    assert sum(isinstance(r, Registered) for r in results) == 1
    refusals = [r.reason for r in results if isinstance(r, Refused)]
    assert len(refusals) == 19, results
    assert set(refusals) <= {Reason.IDENTITY_CHECK_IN_PROGRESS, Reason.ALREADY_REGISTERED}
    assert len(rules.sandbox.calls("CheckIdNameDate")) == 1
    assert Account.select().count() == 1


@both_databases
def test_the_same_person_from_ten_phones_gives_one_account(rules: Rules) -> None:
    someone = person(number=27)
    phones = [person(number=100 + n).phone for n in range(10)]
    for phone in phones:
        sent_code(phone)
    sessions_ = [wechat_session(f"user{n}") for n in range(10)]
    results = at_once(
        [
            lambda p=phone, s=session: register(rules, form(someone, phone=p), s)
            for phone, session in zip(phones, sessions_, strict=True)
        ]
    )
    assert sum(isinstance(r, Registered) for r in results) == 1, results
    refusals = {r.reason for r in results if isinstance(r, Refused)}
    assert refusals <= {Reason.IDENTITY_CHECK_IN_PROGRESS, Reason.ALREADY_REGISTERED}
    assert len(rules.sandbox.calls("CheckIdNameDate")) == 1


def test_claim_holder_checks_again_before_the_source_call(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone, other_phone = person(number=52), person(number=53).phone
    for phone in (someone.phone, other_phone):
        sent_code(phone)
    claimed = verification.claimed

    def claimed_late(*arguments: Any) -> Any:
        # Between the first look-up and the claim another request registers this person.
        monkeypatch.setattr(verification, "claimed", claimed)
        register(rules, form(someone, phone=other_phone), wechat_session("quick"))
        return claimed(*arguments)

    monkeypatch.setattr(verification, "claimed", claimed_late)
    assert refusal(rules, form(someone)).reason is Reason.ALREADY_REGISTERED
    assert len(rules.sandbox.calls("CheckIdNameDate")) == 1


@both_databases
def test_expired_claim_creates_no_second_account(rules: Rules) -> None:
    someone, start = person(number=29), clock.now()
    sent_code(someone.phone)
    other_phone = person(number=50).phone
    sent_code(other_phone)
    slow, quick = wechat_session("slow"), wechat_session("quick")
    source = rules.services.clients.identity

    class Slow:
        name = source.name

        def check(self, *arguments: Any) -> Any:
            # While this one waits its lease ends and another request takes the claim.
            with clock.replaced(lambda: start + timedelta(seconds=60)):
                register(rules, form(someone, phone=other_phone), quick)
            return source.check(*arguments)

    waiting = replace(rules.services.clients, identity=Slow())
    slow_rules = replace(rules, services=replace(rules.services, clients=waiting))
    refused = refusal(slow_rules, form(someone), slow)
    assert refused.reason is Reason.IDENTITY_CHECK_IN_PROGRESS
    assert Account.select().count() == 1
    # Nothing of the slow one's is used up.
    assert SmsCode.select().where(SmsCode.used_at.is_null()).count() == 1
    assert refusal(rules, form(someone), slow).reason is Reason.ALREADY_REGISTERED


@both_databases
def test_user_name_goes_to_one_of_several_registrations(rules: Rules) -> None:
    people = [person(number=200 + n) for n in range(6)]
    for one in people:
        sent_code(one.phone)
    sessions_ = [wechat_session(f"user{n}") for n in range(6)]
    results = at_once(
        [
            lambda o=one, s=session: register(rules, form(o, username="wanted"), s)
            for one, session in zip(people, sessions_, strict=True)
        ]
    )
    assert sum(isinstance(r, Registered) for r in results) == 1, results
    assert [r.reason for r in results if isinstance(r, Refused)] == [Reason.USERNAME_TAKEN] * 5
    # The loser takes another name with the same code.
    loser = next(n for n, r in enumerate(results) if isinstance(r, Refused))
    done = register(rules, form(people[loser], username="other"), sessions_[loser])
    assert done.username == "other"


@both_databases
def test_simultaneous_registrations_give_a_phone_five_accounts(rules: Rules) -> None:
    phone = person(number=300).phone
    for number in range(301, 305):
        synced_account(person(number=number, phone=phone))
    people = [person(number=310 + n, phone=phone) for n in range(4)]
    sessions_ = [wechat_session(f"user{n}") for n in range(4)]
    proofs = [issued_proof(phone, session) for session in sessions_]
    results = at_once(
        [
            lambda o=one, s=session, p=proof: register(rules, form(o, None, phone_proof=p), s)
            for one, session, proof in zip(people, sessions_, proofs, strict=True)
        ]
    )
    assert [r.account.phone_verified_by for r in results if isinstance(r, Registered)] == ["wechat"]
    assert [r.reason for r in results if isinstance(r, Refused)] == [Reason.PHONE_ACCOUNT_LIMIT] * 3


def test_other_integrity_errors_are_raised(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    someone = person(number=28)
    sent_code(someone.phone)

    def broken(*_arguments: Any) -> Account:
        raise IntegrityError

    monkeypatch.setattr(registration, "_create", broken)
    with pytest.raises(IntegrityError):
        register(rules, form(someone))
    assert IdentityClaim.select().count() == 0


@both_databases
def test_lost_answer_of_the_own_registration_is_recognised(rules: Rules) -> None:
    someone = person(number=31)
    session = wechat_session("own")
    sent_code(someone.phone)
    register(rules, form(someone), session=session)
    # The token ended; the same user comes again, with the used code or another.
    again, stranger = wechat_session("own"), wechat_session("stranger")
    for renew in (False, True):
        if renew:
            sent_code(someone.phone)
        given = form(someone)
        refused = refusal(rules, given, session=again)
        assert refused.reason is Reason.ALREADY_REGISTERED
        assert refused.details == {"cause": "just_now"}
        assert sentence(refused.reason, refused.details).startswith("您刚才已注册成功")
        assert list(first_after(refused)) == [SIGN_IN]
        for bearer, changes in (
            (stranger, {}),
            (again, {"password": "Another-kestrel-17"}),
        ):
            refused = refusal(rules, form(someone, **changes), session=bearer)
            assert refused.reason is Reason.ALREADY_REGISTERED
            assert refused.details == {}
    later = clock.now() + timedelta(hours=1, seconds=1)
    with clock.replaced(lambda: later):
        sent_code(someone.phone)
        assert refusal(rules, form(someone), session=wechat_session("own")).details == {}
