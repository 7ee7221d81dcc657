"""Activation of a synced account: three repeatable steps."""

from datetime import timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.access import passwords, sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import consents
from miniprogram_api.enrolment import activation
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import ACTIVE, CANCELLED, FROZEN, UNACTIVATED, Account
from models.accounts.activations import Activation
from models.accounts.sms_codes import SmsCode
from models.accounts.verifications import IdentityCheck
from models.desks.audit import AuditEntry
from tests.support.people.accounts import account_of
from tests.support.people.activations import ADDRESS, finish, prove, proved, start
from tests.support.people.persons import person
from tests.support.people.registrations import (
    PASSWORD,
    issued_proof,
    requested_code,
    sent_code,
    synced_account,
    wechat_session,
)
from tests.support.service.rules import Rules

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


@both_databases
def test_account_is_activated_in_three_steps(rules: Rules) -> None:
    someone, opened = person(number=1), sessions.start("o-zhang", None)
    session = SessionInfo(opened.token_hash, "o-zhang", None)
    synced = synced_account(someone, username="old_name", username_index="old_name")
    started = activation.start(rules.services, someone.id_number, session=session, address=ADDRESS)
    assert started.expires_in == 1800
    assert started.phone_hint == someone.phone[-2:]
    code = requested_code(rules, session, someone.phone, "activate", started.activation_token)
    step = prove(rules, started.activation_token, session, f"+86 {someone.phone}", code)
    assert not step.needs_dates
    assert 1700 < step.expires_in <= 1800
    done = finish(rules, started.activation_token, session)
    account = Account.get_by_id(synced.id)
    assert (account.status, account.level, account.username) == (ACTIVE, 3, "old_name")
    assert account.phone_verified_by == "sms"
    assert passwords.verify(account.password_hash, PASSWORD)
    assert (done.account.status, done.account.level, done.account.bound) == (
        "registered",
        3,
        False,
    )
    assert sessions.find(opened.token) is None
    found = sessions.find(done.session.token)
    assert found is not None
    assert (found.account_id, found.openid) == (account.id, "o-zhang")
    assert [c.key for c in consents.latest(account.id)] == ["general", "identity"]
    check = IdentityCheck.get()
    assert (check.purpose, check.account_id, check.outcome) == ("activate", account.id, "match")
    assert [row.tag for row in AuditEntry.select()] == ["api:account:activated"]
    assert Activation.select().count() == 0
    assert SmsCode.get().used_at is not None


def test_optional_consents_are_stored(rules: Rules) -> None:
    someone, opened = person(number=1), sessions.start("o-zhang", None)
    session = SessionInfo(opened.token_hash, "o-zhang", None)
    account = synced_account(someone)
    token = proved(rules, someone, session)
    finish(rules, token, session, separate_consents=["identity", "face"])
    assert [c.key for c in consents.latest(account.id)] == ["general", "identity", "face"]


# Step 1


@pytest.mark.parametrize("text", ["", "11010119900307", "110101900307990", "x" * 18])
def test_step_1_refuses_a_malformed_number(rules: Rules, text: str) -> None:
    with pytest.raises(Refused) as caught:
        activation.start(rules.services, text, session=wechat_session(), address=ADDRESS)
    assert caught.value.reason is Reason.INVALID_INPUT
    assert caught.value.details["fields"][0]["field"] == "id_number"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (ACTIVE, Reason.ALREADY_ACTIVE),
        # It has no password to sign in with.
        (FROZEN, Reason.ACCOUNT_FROZEN),
        (CANCELLED, Reason.USER_NOT_FOUND),
    ],
)
def test_step_1_refuses_other_account_states(rules: Rules, status: str, reason: Reason) -> None:
    someone = person(number=2)
    gone = {"identity_index": None} if status == CANCELLED else {}
    synced_account(someone, status=status, **gone)
    with pytest.raises(Refused) as caught:
        start(rules, someone, wechat_session())
    assert caught.value.reason is reason


def test_step_1_reports_an_activated_frozen_account_as_active(rules: Rules) -> None:
    someone = person(number=2)
    account_of(someone, status=FROZEN)
    with pytest.raises(Refused) as caught:
        start(rules, someone, wechat_session())
    assert caught.value.reason is Reason.ALREADY_ACTIVE


def test_step_1_reports_an_account_without_a_phone(rules: Rules) -> None:
    someone, session = person(number=3), wechat_session()
    synced_account(someone, phone=None, phone_index=None)
    started = activation.start(rules.services, someone.id_number, session=session, address=ADDRESS)
    assert started.phone_hint is None
    with pytest.raises(Refused) as caught:
        prove(rules, started.activation_token, session, someone.phone)
    assert caught.value.reason is Reason.PHONE_NOT_ON_RECORD
    assert caught.value.details == {
        "phone_hint": None,
        "ticket": "activation_phone",
        "by_face": "activate",
    }


def test_unknown_ids_are_limited_for_a_user_and_an_address(rules: Rules) -> None:
    services = rules.with_settings(unknown_logins_per_wechat_user=2, unknown_logins_per_address=3)
    limited = Rules(services, rules.sandbox, rules.overrides)
    known = person(number=4)
    synced_account(known)
    for _ in range(5):
        # What leads to an activation is not counted.
        start(limited, known, wechat_session())

    def look_up(number: int, name: str) -> Refused:
        with pytest.raises(Refused) as caught:
            start(limited, person(number=number), wechat_session(name))
        return caught.value

    assert look_up(10, "zhang").reason is Reason.USER_NOT_FOUND
    assert look_up(11, "zhang").reason is Reason.USER_NOT_FOUND
    refused = look_up(12, "zhang")
    assert refused.reason is Reason.TOO_MANY_ATTEMPTS
    assert refused.details["scope"] == "lookups"
    assert 0 < refused.details["retry_after"] <= 60
    assert look_up(12, "li").reason is Reason.USER_NOT_FOUND
    assert look_up(13, "wang").reason is Reason.TOO_MANY_ATTEMPTS


# Resuming


def test_step_1_repeated_gives_a_token_again_and_both_work(rules: Rules) -> None:
    someone, session = person(number=5), wechat_session()
    synced_account(someone)
    first, second = start(rules, someone, session), start(rules, someone, session)
    assert first != second
    sent_code(someone.phone, "activate")
    prove(rules, first, session, someone.phone)
    prove(rules, second, session, someone.phone)
    prove(rules, second, session, someone.phone)
    finish(rules, first, session)
    with pytest.raises(Refused) as caught:
        finish(rules, second, session)
    assert caught.value.reason is Reason.ACTIVATION_EXPIRED


def test_token_works_only_with_its_own_session(rules: Rules) -> None:
    someone, session = person(number=6), wechat_session()
    synced_account(someone)
    token = proved(rules, someone, session)
    other = wechat_session()
    for step in (
        lambda: prove(rules, token, other, someone.phone),
        lambda: finish(rules, token, other),
        lambda: finish(rules, "no-such-token", session),
    ):
        with pytest.raises(Refused) as caught:
            step()
        assert caught.value.reason is Reason.ACTIVATION_EXPIRED


def test_token_expires_after_30_minutes(rules: Rules) -> None:
    someone, session = person(number=7), wechat_session()
    synced_account(someone)
    begun = clock.now()
    token = proved(rules, someone, session)
    with clock.replaced(lambda: begun + timedelta(minutes=31)):
        with pytest.raises(Refused) as caught:
            finish(rules, token, session)
        assert caught.value.reason is Reason.ACTIVATION_EXPIRED
        assert activation.remove_expired() == 1
    assert Activation.select().count() == 0


def test_refusal_by_the_source_keeps_the_steps(rules: Rules) -> None:
    someone, session = person("张不符", number=8), wechat_session()
    synced = synced_account(someone)
    token = proved(rules, someone, session)
    with pytest.raises(Refused) as caught:
        finish(rules, token, session)
    assert caught.value.reason is Reason.FOUR_ELEMENTS_MISMATCH
    assert Account.get_by_id(synced.id).status == UNACTIVATED
    Account.update(name="张三").where(Account.id == synced.id).execute()
    assert finish(rules, token, session).account.status == "registered"


# Step 2


def test_phone_is_compared_before_the_code(rules: Rules) -> None:
    someone, session = person(number=9), wechat_session()
    synced_account(someone)
    token = start(rules, someone, session)
    other = person(number=10).phone
    sent_code(other, "activate")
    with pytest.raises(Refused) as caught:
        prove(rules, token, session, other)
    assert caught.value.reason is Reason.PHONE_NOT_ON_RECORD
    assert caught.value.case == 15
    assert caught.value.details == {
        "phone_hint": someone.phone[-2:],
        "ticket": "activation_phone",
        "by_face": "activate",
    }
    assert SmsCode.get().wrong_tries == 0
    with pytest.raises(Refused) as caught:
        prove(rules, token, session, someone.phone)
    assert caught.value.reason is Reason.SMS_CODE_WRONG


def test_guesses_of_the_phone_on_record_are_limited(rules: Rules) -> None:
    services = rules.with_settings(unknown_logins_per_wechat_user=3)
    limited = Rules(services, rules.sandbox, rules.overrides)
    someone, session = person(number=11), wechat_session()
    synced_account(someone)
    token = start(limited, someone, session)
    reasons = []
    for number in range(20, 24):
        with pytest.raises(Refused) as caught:
            prove(limited, token, session, person(number=number).phone)
        reasons.append(caught.value.reason)
    assert reasons == [Reason.PHONE_NOT_ON_RECORD] * 3 + [Reason.TOO_MANY_ATTEMPTS]


def test_proof_replaces_the_code(rules: Rules) -> None:
    someone, session = person(number=12), wechat_session()
    synced_account(someone)
    token = start(rules, someone, session)
    proof = issued_proof(someone.phone, session)
    prove(rules, token, session, someone.phone, sms_code=None, phone_proof=proof)
    assert finish(rules, token, session).account.phone_verified_by == "wechat"


def test_phone_corrected_during_activation_must_be_proved_again(rules: Rules) -> None:
    someone, session = person(number=13), wechat_session()
    synced = synced_account(someone)
    token = proved(rules, someone, session)
    phone = person(number=14).phone
    Account.update(phone=phone, phone_index=phone).where(Account.id == synced.id).execute()
    with pytest.raises(Refused) as caught:
        finish(rules, token, session)
    assert caught.value.reason is Reason.STEP_ORDER
