"""Activating a synced account: three steps that can be repeated and that tell little."""

from datetime import date, timedelta
from typing import Any

import pytest

from miniprogram_api import (
    activation,
    clock,
    consents,
    passwords,
    registration,
    sessions,
    verification,
)
from miniprogram_api.activation import Activated, PasswordForm
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.sessions import SessionInfo
from models.accounts import ACTIVE, CANCELLED, FROZEN, UNACTIVATED, Account
from models.activations import Activation
from models.audit import AuditEntry
from models.sms_codes import SmsCode
from models.verifications import IdentityCheck
from tests.support.people import Person, person
from tests.support.registrations import (
    CODE,
    PASSWORD,
    form,
    issued_proof,
    requested_code,
    sent_code,
    synced_account,
    wechat_session,
)
from tests.support.rules import Rules, at_once

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
ADDRESS = "192.0.2.7"


def start(rules: Rules, someone: Person, session: SessionInfo) -> str:
    return activation.start(
        rules.services, someone.id_number, session=session, address=ADDRESS
    ).token


def prove(
    rules: Rules, token: str, session: SessionInfo, phone: str, code: str = CODE, **changes: Any
) -> activation.PhoneStep:
    values = {"phone_text": phone, "sms_code": code, "phone_proof": None, **changes}
    return activation.prove_phone(rules.services, token, session=session, address=ADDRESS, **values)


def finish(rules: Rules, token: str, session: SessionInfo, **changes: Any) -> Activated:
    values = {
        "password": PASSWORD,
        "username": None,
        "consent_version": consents.in_force().version,
        "separate_consents": ["identity"],
        **changes,
    }
    return activation.finish(
        rules.services, token, PasswordForm(**values), session=session, address=ADDRESS
    )


def proved(rules: Rules, someone: Person, session: SessionInfo) -> str:
    """A token that has passed step 2."""
    token = start(rules, someone, session)
    sent_code(someone.phone, "activate")
    prove(rules, token, session, someone.phone)
    return token


@both_databases
def test_the_three_steps(rules: Rules) -> None:
    someone, opened = person(number=1), sessions.start("o-zhang", None)
    session = SessionInfo(opened.token_hash, "o-zhang", None)
    synced = synced_account(someone, username="old_name", username_key="old_name")
    started = activation.start(rules.services, someone.id_number, session=session, address=ADDRESS)
    assert started.expires_in == 1800
    assert started.phone_hint == someone.phone[-2:]
    code = requested_code(rules, session, someone.phone, "activate", started.token)
    step = prove(rules, started.token, session, f"+86 {someone.phone}", code)
    assert not step.needs_dates
    assert 1700 < step.expires_in <= 1800
    done = finish(rules, started.token, session)
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


# Step 1


@pytest.mark.parametrize("text", ["", "11010119900307", "110101900307990", "x" * 18])
def test_step_1_wants_a_well_formed_number(rules: Rules, text: str) -> None:
    with pytest.raises(Refused) as caught:
        activation.start(rules.services, text, session=wechat_session(), address=ADDRESS)
    assert caught.value.reason is Reason.INVALID_INPUT
    assert caught.value.details["fields"][0]["field"] == "id_number"


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (ACTIVE, Reason.ALREADY_ACTIVE),
        (FROZEN, Reason.ALREADY_ACTIVE),
        (CANCELLED, Reason.USER_NOT_FOUND),
    ],
)
def test_step_1_is_for_accounts_that_wait_for_it(rules: Rules, status: str, reason: Reason) -> None:
    someone = person(number=2)
    gone = {"identity_index": None} if status == CANCELLED else {}
    synced_account(someone, status=status, **gone)
    with pytest.raises(Refused) as caught:
        start(rules, someone, wechat_session())
    assert caught.value.reason is reason


def test_step_1_knows_an_account_without_a_phone(rules: Rules) -> None:
    someone, session = person(number=3), wechat_session()
    synced_account(someone, phone=None, phone_index=None)
    started = activation.start(rules.services, someone.id_number, session=session, address=ADDRESS)
    assert started.phone_hint is None
    with pytest.raises(Refused) as caught:
        prove(rules, started.token, session, someone.phone)
    assert caught.value.reason is Reason.PHONE_NOT_ON_RECORD
    assert caught.value.details == {"phone_hint": None, "ticket": "activation_phone"}


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


def test_the_token_works_only_under_the_bearer_that_got_it(rules: Rules) -> None:
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


def test_the_token_ends_after_half_an_hour(rules: Rules) -> None:
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


def test_a_refusal_of_the_source_leaves_the_steps_as_they_are(rules: Rules) -> None:
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


def test_the_phone_is_compared_before_the_code_is_looked_at(rules: Rules) -> None:
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
    }
    assert SmsCode.get().wrong_tries == 0
    with pytest.raises(Refused) as caught:
        prove(rules, token, session, someone.phone)
    assert caught.value.reason is Reason.SMS_CODE_WRONG


def test_the_phone_on_record_cannot_be_found_out_by_trying(rules: Rules) -> None:
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


def test_a_proof_stands_for_the_code(rules: Rules) -> None:
    someone, session = person(number=12), wechat_session()
    synced_account(someone)
    token = start(rules, someone, session)
    proof = issued_proof(someone.phone, session)
    prove(rules, token, session, someone.phone, sms_code=None, phone_proof=proof)
    assert finish(rules, token, session).account.phone_verified_by == "wechat"


def test_a_phone_that_was_corrected_meanwhile_must_be_proved_again(rules: Rules) -> None:
    someone, session = person(number=13), wechat_session()
    synced = synced_account(someone)
    token = proved(rules, someone, session)
    phone = person(number=14).phone
    Account.update(phone=phone, phone_index=phone).where(Account.id == synced.id).execute()
    with pytest.raises(Refused) as caught:
        finish(rules, token, session)
    assert caught.value.reason is Reason.STEP_ORDER


# Step 3


def test_step_3_before_step_2_tells_nothing_about_the_record(rules: Rules) -> None:
    someone, session = person(number=15), wechat_session()
    synced_account(someone)
    token = start(rules, someone, session)
    with pytest.raises(Refused) as caught:
        # Whether this is the phone on record must not show.
        finish(rules, token, session, password=someone.phone)
    assert caught.value.reason is Reason.STEP_ORDER
    assert caught.value.case == 9


def test_step_3_says_everything_about_the_fields_at_once(rules: Rules) -> None:
    someone, session = person(number=16), wechat_session()
    synced_account(someone, valid_from=None, valid_until=None)
    token = start(rules, someone, session)
    sent_code(someone.phone, "activate")
    assert prove(rules, token, session, someone.phone).needs_dates
    with pytest.raises(Refused) as caught:
        finish(rules, token, session, password=someone.phone, username="1")
    assert [entry["field"] for entry in caught.value.details["fields"]] == [
        "valid_from",
        "valid_until",
        "password",
        "username",
    ]
    done = finish(
        rules,
        token,
        session,
        valid_from="2024年6月3日",
        valid_until=str(someone.valid_until),
        username="new_name",
    )
    account = Account.get()
    assert (account.valid_from, account.username_key) == (date(2024, 6, 3), "new_name")
    assert done.account.username == "new_name"


def test_a_card_on_record_that_expired_needs_new_dates(rules: Rules) -> None:
    someone, session = person(number=17), wechat_session()
    synced_account(someone, valid_from=date(2005, 1, 1), valid_until=date(2025, 1, 1))
    token = start(rules, someone, session)
    sent_code(someone.phone, "activate")
    assert prove(rules, token, session, someone.phone).needs_dates
    with pytest.raises(Refused) as caught:
        finish(rules, token, session)
    [entry] = caught.value.details["fields"]
    assert entry["code"] == "valid_until_expired"
    dates = someone.four_elements
    finish(rules, token, session, valid_from=dates["valid_from"], valid_until=dates["valid_until"])
    assert Account.get().valid_until == someone.valid_until


def test_dates_of_the_form_are_asked_about_and_those_of_the_record_are_not(rules: Rules) -> None:
    someone, session = person(number=18), wechat_session()
    assert someone.valid_until is not None
    odd = someone.valid_until - timedelta(days=400)
    synced = synced_account(someone, valid_until=odd)
    token = proved(rules, someone, session)
    typed = {"valid_from": str(someone.valid_from), "valid_until": str(odd)}
    with pytest.raises(Refused) as caught:
        finish(rules, token, session, **typed)
    assert caught.value.reason is Reason.IDENTITY_NEEDS_CONFIRMATION
    [warning] = caught.value.details["warnings"]
    assert warning["code"] == "valid_until_term_mismatch"
    assert rules.sandbox.calls("CheckIdNameDate") == []
    finish(rules, token, session)
    assert Account.get_by_id(synced.id).valid_until == odd


def test_a_record_that_cannot_be_right_leads_to_a_window(rules: Rules) -> None:
    someone, session = person(number=19), wechat_session()
    synced_account(someone, name="张\ue5e53")
    token = proved(rules, someone, session)
    with pytest.raises(Refused) as caught:
        finish(rules, token, session)
    assert caught.value.reason is Reason.DOCUMENT_NEEDS_WINDOW


def test_step_3_needs_the_consent(rules: Rules) -> None:
    someone, session = person(number=30), wechat_session()
    synced_account(someone)
    token = proved(rules, someone, session)
    for changes, reason in (
        ({"consent_version": None}, Reason.CONSENT_REQUIRED),
        ({"separate_consents": []}, Reason.CONSENT_REQUIRED),
        ({"consent_version": "2019-06-01"}, Reason.CONSENT_OUTDATED),
    ):
        with pytest.raises(Refused) as caught:
            finish(rules, token, session, **changes)
        assert caught.value.reason is reason
    assert rules.sandbox.calls("CheckIdNameDate") == []


def test_a_user_name_of_another_account_is_refused_and_ones_own_is_not(rules: Rules) -> None:
    someone, session = person(number=31), wechat_session()
    synced_account(someone, username="mine", username_key="mine")
    synced_account(person(number=32), username="Taken", username_key="taken")
    token = proved(rules, someone, session)
    with pytest.raises(Refused) as caught:
        finish(rules, token, session, username="tAKEN")
    assert caught.value.reason is Reason.USERNAME_TAKEN
    assert finish(rules, token, session, username="Mine").account.username == "Mine"


def test_a_name_is_brought_into_the_form_that_the_source_wants(rules: Rules) -> None:
    someone, session = person("阿卜杜拉•买买提", number=33), wechat_session()
    synced_account(someone)
    finish(rules, proved(rules, someone, session), session, bind=True)
    account = Account.get()
    assert account.name == "阿卜杜拉·买买提"
    assert account.wechat_openid == "o-zhang"


# At the same moment


@both_databases
def test_activated_once_however_often_at_the_same_moment(rules: Rules) -> None:
    someone, session = person(number=34), wechat_session()
    synced_account(someone)
    token = proved(rules, someone, session)
    rules.sandbox.fault("identity", "slow", seconds=0.3)
    results = at_once([lambda: finish(rules, token, session)] * 8)
    assert sum(isinstance(r, Activated) for r in results) == 1, results
    refusals = {r.reason for r in results if isinstance(r, Refused)}
    assert refusals <= {Reason.IDENTITY_CHECK_IN_PROGRESS, Reason.ACTIVATION_EXPIRED}
    assert len(rules.sandbox.calls("CheckIdNameDate")) == 1


def test_who_gets_the_claim_looks_again_before_the_source_is_asked(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    someone, session = person(number=36), wechat_session()
    synced_account(someone)
    token = proved(rules, someone, session)
    claimed = verification.claimed

    def claimed_late(*arguments: Any) -> Any:
        # Between the first look and the claim the same step succeeds.
        monkeypatch.setattr(verification, "claimed", claimed)
        finish(rules, token, session)
        return claimed(*arguments)

    monkeypatch.setattr(verification, "claimed", claimed_late)
    with pytest.raises(Refused) as caught:
        finish(rules, token, session)
    assert caught.value.reason is Reason.ACTIVATION_EXPIRED
    assert len(rules.sandbox.calls("CheckIdNameDate")) == 1


@both_databases
def test_registering_and_activating_at_the_same_moment(rules: Rules) -> None:
    someone, session = person(number=35), wechat_session()
    synced_account(someone)
    token = proved(rules, someone, session)
    sent_code(someone.phone)
    other = wechat_session("li")

    def register() -> Any:
        return registration.register(rules.services, form(someone), session=other, address=ADDRESS)

    activated, refused = at_once([lambda: finish(rules, token, session), register])
    assert isinstance(activated, Activated)
    assert isinstance(refused, Refused)
    assert refused.reason in {Reason.ACTIVATION_REQUIRED, Reason.ALREADY_REGISTERED}
    assert Account.select().count() == 1
