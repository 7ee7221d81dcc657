"""Requesting codes: phones per user and the phone on record."""

from datetime import timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.clients.sms.gateway import SmsOutcome
from miniprogram_api.reasons import Reason
from models.accounts.accounts import ACTIVE, Account
from models.accounts.sms_codes import SmsCode
from tests.support.people.persons import person
from tests.support.people.registrations import synced_account, wechat_session
from tests.support.people.sms_codes import (
    FIRST,
    NOON,
    PHONE,
    activation,
    ask,
    refusal,
    with_gateway,
)
from tests.support.service.rules import Rules

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


# Different phones of one WeChat user -------------------------------------------------------------


def test_user_may_name_ten_phones_an_hour(rules: Rules) -> None:
    services = with_gateway(rules.services, lambda: SmsOutcome.ACCEPTED)
    session = wechat_session()
    now = NOON
    with clock.replaced(lambda: now):
        for number in range(10):
            now = NOON + timedelta(minutes=number)
            ask(services, f"138001390{number}1", session=session)
        refused = refusal(services, session=session)
        assert refused.reason is Reason.TOO_MANY_ATTEMPTS
        assert refused.details == {"retry_after": 51 * 60, "scope": "phones"}
        # A phone that he named before needs no place, and another user has places of his own.
        ask(services, "13800139001", session=session)
        ask(services, "13800139081", session=wechat_session("li"))
        now = NOON + timedelta(hours=1)
        # The first phone was named again nine minutes ago, so the second one is to free a place.
        assert refusal(services, session=session).details["retry_after"] == 60
        now = NOON + timedelta(hours=1, minutes=1)
        ask(services, session=session)


def test_refused_eleventh_phone_uses_no_quota(rules: Rules) -> None:
    services = with_gateway(rules.services, lambda: SmsOutcome.ACCEPTED)
    session = wechat_session()
    for number in range(10):
        ask(services, f"138001390{number}1", session=session)
    for _ in range(3):
        assert refusal(services, session=session).reason is Reason.TOO_MANY_ATTEMPTS

    assert ask(services, session=wechat_session("li")) == FIRST


def test_failed_message_does_not_count_as_a_phone(rules: Rules) -> None:
    services = with_gateway(rules.services, lambda: SmsOutcome.FAILED)
    session = wechat_session()
    for number in range(11):
        phone = f"13800139{number:02}1"
        assert refusal(services, phone, session=session).reason is Reason.SMS_UNAVAILABLE


# The phone on record -----------------------------------------------------------------------------


@both_databases
def test_an_activation_code_goes_to_the_phone_on_record(rules: Rules) -> None:
    someone, session = person(phone=PHONE), wechat_session()
    account = synced_account(someone)
    token = activation(account.id, session)

    assert ask(rules.services, session=session, purpose="activate", token=token) == FIRST

    row = SmsCode.get()
    assert (row.purpose, row.account_id) == ("activate", account.id)


def test_another_phone_than_that_on_record_gets_no_message(rules: Rules) -> None:
    session = wechat_session()
    token = activation(synced_account(person(phone=PHONE)).id, session)

    refused = refusal(
        rules.services, "13800138012", session=session, purpose="activate", token=token
    )

    assert (refused.reason, refused.case) == (Reason.PHONE_NOT_ON_RECORD, 15)
    assert refused.details == {
        "phone_hint": "11",
        "ticket": "activation_phone",
        "by_face": "activate",
    }
    assert rules.sandbox.calls("SendSms") == []
    assert ask(rules.services, "13800138012") == FIRST
    assert ask(rules.services, session=session, purpose="activate", token=token) == FIRST


def test_guesses_of_the_phone_on_record_are_limited(rules: Rules) -> None:
    session = wechat_session()
    token = activation(synced_account(person(phone=PHONE)).id, session)
    reasons = [
        refusal(
            rules.services, f"138001390{n:02}", session=session, purpose="activate", token=token
        ).reason
        for n in range(12)
    ]

    assert reasons == [Reason.PHONE_NOT_ON_RECORD] * 10 + [Reason.TOO_MANY_ATTEMPTS] * 2


def test_record_without_a_phone_matches_no_phone(rules: Rules) -> None:
    session = wechat_session()
    account = synced_account(person(), phone=None, phone_index=None)
    token = activation(account.id, session)

    refused = refusal(rules.services, session=session, purpose="activate", token=token)

    assert refused.reason is Reason.PHONE_NOT_ON_RECORD
    assert refused.details["phone_hint"] is None


def test_activation_belongs_to_its_session(rules: Rules) -> None:
    session = wechat_session()
    token = activation(synced_account(person(phone=PHONE)).id, session)

    for options in (
        {"session": wechat_session("li"), "token": token},
        {"session": wechat_session(), "token": token},
        {"session": session, "token": "another-token-of-a-test"},
    ):
        refused = refusal(rules.services, purpose="activate", **options)
        assert refused.reason is Reason.ACTIVATION_EXPIRED


def test_activation_ends_by_expiry_and_success(rules: Rules) -> None:
    session = wechat_session()
    account = synced_account(person(phone=PHONE))
    token = activation(account.id, session)
    later = clock.now() + timedelta(minutes=30)
    with clock.replaced(lambda: later):
        refused = refusal(rules.services, session=session, purpose="activate", token=token)
    assert refused.reason is Reason.ACTIVATION_EXPIRED

    account.status = ACTIVE
    account.save()
    refused = refusal(rules.services, session=session, purpose="activate", token=token)
    assert refused.reason is Reason.ACTIVATION_EXPIRED


@pytest.mark.parametrize("token", [None, ""])
def test_an_activation_code_needs_the_token_of_step_one(rules: Rules, token: str | None) -> None:
    refused = refusal(rules.services, purpose="activate", token=token)

    assert refused.reason is Reason.INVALID_INPUT
    assert refused.details["fields"][0]["field"] == "activation_token"


def test_failing_gateway_during_activation_is_case_11_with_a_report_id(
    rules: Rules,
) -> None:
    session = wechat_session()
    token = activation(synced_account(person(phone=PHONE)).id, session)
    rules.sandbox.fault("sms", "error")

    refused = refusal(
        rules.services, session=session, purpose="activate", token=token, report_number="9f8e7d6c"
    )

    assert (refused.reason, refused.case) == (Reason.SMS_UNAVAILABLE, 11)
    assert refused.details == {
        "side": "gateway",
        "purpose": "activate",
        "report_number": "9f8e7d6c",
    }


def test_a_confirming_code_goes_only_to_the_phone_of_the_account(rules: Rules) -> None:
    account = synced_account(person(phone=PHONE), status=ACTIVE)
    session = SessionInfo(b"t" * 32, "o-zhang", account.id)

    refused = refusal(rules.services, "13800138012", session=session, purpose="confirm")
    assert (refused.reason, refused.case) == (Reason.PHONE_NOT_ON_RECORD, 15)
    assert refused.details == {"phone_hint": "11"}

    assert ask(rules.services, session=session, purpose="confirm") == FIRST
    assert SmsCode.get().account_id == account.id


def test_a_confirming_code_needs_no_phone_typed(rules: Rules) -> None:
    account = synced_account(person(phone=PHONE), status=ACTIVE)
    session = SessionInfo(b"t" * 32, "o-zhang", account.id)

    assert ask(rules.services, None, session=session, purpose="confirm") == FIRST
    assert SmsCode.get().phone == PHONE
    assert refusal(rules.services, None, session=session).reason is Reason.INVALID_INPUT
    Account.update(phone=None).execute()
    refused = refusal(rules.services, None, session=session, purpose="confirm")
    assert refused.reason is Reason.PHONE_NOT_ON_RECORD


def test_a_confirming_code_needs_an_account(rules: Rules) -> None:
    # The order of refusals: who is asking comes before the form of a field.
    assert refusal(rules.services, "x", purpose="confirm").reason is Reason.ACCOUNT_REQUIRED


def test_cancelled_account_is_unauthenticated(rules: Rules) -> None:
    session = SessionInfo(b"t" * 32, "o-zhang", 4711)

    refused = refusal(rules.services, session=session, purpose="confirm")

    assert refused.reason is Reason.UNAUTHENTICATED


def test_account_without_a_wechat_user_has_its_own_quota(rules: Rules) -> None:
    account = synced_account(person(phone=PHONE), status=ACTIVE)

    ask(rules.services, session=SessionInfo(b"t" * 32, None, account.id), purpose="confirm")

    assert SmsCode.get().openid is None
