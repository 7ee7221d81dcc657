"""Requesting a code: order of refusals, stored data and quota."""

from datetime import date, timedelta
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.clients.sms.gateway import SmsOutcome
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.phones import sms_code_states, sms_codes
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.reasons import Reason
from models.accounts import sms_codes as states
from models.accounts.sms_codes import SmsCode
from models.storage.database import database, is_sqlite
from tests.support.people.persons import make_phone
from tests.support.people.registrations import wechat_session
from tests.support.people.sms_codes import FIRST, NOON, PHONE, ask, refusal, with_gateway
from tests.support.service.rules import Rules

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


@both_databases
def test_code_is_sent_once_and_stored_hashed(rules: Rules) -> None:
    session = wechat_session()

    assert ask(rules.services, session=session) == FIRST

    [message] = rules.sandbox.inbox(PHONE)
    code = message["code"]
    assert len(rules.sandbox.calls("SendSms")) == 1
    row = SmsCode.get()
    assert (row.phone, row.purpose, row.state) == (PHONE, "register", states.SENT)
    assert (row.openid, row.account_id, row.wrong_tries) == (session.openid, None, 0)
    assert row.expires_at - row.created_at == timedelta(minutes=10)
    [raw] = database.execute_sql("SELECT phone, phone_index, code_hash FROM sms_code").fetchall()
    for column in map(bytes, raw):
        assert PHONE.encode() not in column
        assert code.encode() not in column


@pytest.mark.parametrize(
    "text", ["+86 138-0013-8011", "008613800138011", "１３８００１３８０１１", " 138 0013 8011 "]
)
def test_spellings_of_a_number_are_normalised(rules: Rules, text: str) -> None:
    ask(rules.services, text)

    assert refusal(rules.services).reason is Reason.SMS_RATE_LIMITED
    assert len(rules.sandbox.inbox(PHONE)) == 1


@pytest.mark.parametrize(
    "text", ["", "1380013801", "12345678901", "+1 202 555 0100", "😀", "1410" * 3]
)
def test_malformed_number_is_a_refused_field(rules: Rules, text: str) -> None:
    refused = refusal(rules.services, text)

    assert refused.reason is Reason.INVALID_INPUT
    assert refused.details["fields"][0]["field"] == "phone"
    assert rules.sandbox.calls("SendSms") == []


def test_unsupported_range_is_refused_before_limits_and_uses_no_quota(rules: Rules) -> None:
    phone = "19912345678"
    for _ in range(12):
        assert refusal(rules.services, phone).reason is Reason.PHONE_SEGMENT_UNSUPPORTED
    number_ranges.set_range("199", date(2020, 1, 1), actor="command")

    assert ask(rules.services, phone) == FIRST


def test_second_request_within_a_minute_is_refused_and_uses_no_quota(rules: Rules) -> None:
    now = NOON
    with clock.replaced(lambda: now):
        ask(rules.services)
        for purpose in ("register", "reset_password", "change_phone"):
            now = NOON + timedelta(seconds=59, milliseconds=1)
            refused = refusal(rules.services, purpose=purpose)
            assert refused.reason is Reason.SMS_RATE_LIMITED
            assert refused.case == 5
            assert refused.details == {
                "retry_after": 1,
                "window": "minute",
                "remaining": {"hour": 2, "day": 4},
            }
        now = NOON + timedelta(seconds=60)
        assert ask(rules.services).remaining == {"hour": 1, "day": 3}
    assert len(rules.sandbox.inbox(PHONE)) == 2


def test_resend_after_is_the_exact_time(rules: Rules) -> None:
    services = with_gateway(rules.services, lambda: SmsOutcome.ACCEPTED)
    now = NOON
    waits = []
    with clock.replaced(lambda: now):
        for _ in range(6):
            requested = ask(services)
            waits.append(requested.resend_after)
            now += timedelta(seconds=requested.resend_after)

    assert waits == [60, 60, 3480, 60, 86400 - 3660, 60]


@pytest.mark.parametrize(
    ("mode", "details"),
    [
        ("error", {"side": "gateway"}),
        ("busy", {"side": "rate", "retry_after": 60}),
        ("limit", {"side": "operator"}),
        ("reset", {"side": "gateway"}),
        ("slow", {"side": "gateway"}),
    ],
)
def test_failing_gateway_uses_no_quota(rules: Rules, mode: str, details: dict[str, Any]) -> None:
    services = rules.with_settings(sms_timeout=0.3)
    rules.sandbox.fault("sms", mode, 1, seconds=1)

    refused = refusal(services)

    assert (refused.reason, refused.case) == (Reason.SMS_UNAVAILABLE, 1)
    assert refused.details == details
    assert len(rules.sandbox.calls("SendSms")) == 1, "a message is never sent a second time"
    assert ask(services) == FIRST


@both_databases
def test_number_refused_by_the_gateway_uses_no_quota(rules: Rules) -> None:
    for _ in range(3):
        assert refusal(rules.services, "13800130009").reason is Reason.SMS_UNAVAILABLE

    assert {row.state for row in SmsCode.select()} == {states.OPERATOR}
    assert sms_code_states.operator_refusals() == 3
    assert rules.sandbox.inbox("13800130009") == []


@both_databases
@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("FailedOperation.PhoneNumberInBlacklist", "blocked"),
        ("InvalidParameterValue.IncorrectPhoneNumber", "wrong"),
    ],
)
def test_a_blocked_number_is_no_outage_and_uses_no_quota(
    rules: Rules, code: str, cause: str
) -> None:
    rules.sandbox.phone(PHONE, refusal=code)
    for user in ("a", "b"):
        refused = refusal(rules.services, session=wechat_session(user))
        assert (refused.reason, refused.case) == (Reason.SMS_NUMBER_BLOCKED, 1)
        assert refused.details == {"cause": cause}
    # Two phones refused for their own sake are no failing gateway.
    rules.sandbox.phone(make_phone(77), refusal=code)
    assert refusal(rules.services, make_phone(77)).reason is Reason.SMS_NUMBER_BLOCKED
    assert sms_code_states.failing_since() is None
    assert sms_code_states.operator_refusals() == 0
    rules.sandbox.phone(PHONE, refusal="")
    assert ask(rules.services) == FIRST
    assert {row.state for row in SmsCode.select()} == {states.BLOCKED, states.SENT}


def test_unreachable_gateway_uses_no_quota(rules: Rules) -> None:
    services = rules.with_settings(tencentcloud_sms_endpoint="127.0.0.1:1")

    assert refusal(services).reason is Reason.SMS_UNAVAILABLE
    assert [row.state for row in SmsCode.select()] == [states.REFUSED]
    assert ask(rules.services) == FIRST


def test_code_is_valid_after_a_gateway_time_out(rules: Rules) -> None:
    session = wechat_session()
    rules.sandbox.fault("sms", "slow", 1, seconds=1)

    assert refusal(rules.with_settings(sms_timeout=0.3), session=session).case == 1

    assert SmsCode.get().state == states.UNCERTAIN
    evidence = sms_codes.prove(
        session=session,
        phone=PHONE,
        purpose="register",
        proof=PhoneProof(rules.sandbox.last_code(PHONE)),
    )
    assert evidence.method == "sms"


def test_acceptance_by_the_gateway_is_a_success(rules: Rules) -> None:
    assert ask(rules.services, "13800130000") == FIRST
    assert rules.sandbox.inbox("13800130000") == []


@both_databases
def test_no_transaction_or_connection_is_held_during_the_call(rules: Rules) -> None:
    seen = []

    def look() -> SmsOutcome:
        seen.append((database.in_transaction(), is_sqlite() or database.is_closed()))
        # The row is there before the message is: a killed process leaves no unknown message.
        seen.append((SmsCode.select().count(), True))
        return SmsOutcome.ACCEPTED

    ask(with_gateway(rules.services, look))

    assert seen == [(False, True), (1, True)]


def test_unexpected_error_releases_the_quota(rules: Rules) -> None:
    def fail() -> SmsOutcome:
        raise RuntimeError("a defect")

    with pytest.raises(RuntimeError, match="a defect"):
        ask(with_gateway(rules.services, fail))

    assert ask(rules.services) == FIRST


def test_database_failure_releases_the_quota_and_sends_nothing(rules: Rules) -> None:
    session = wechat_session()
    database.execute_sql("ALTER TABLE sms_code RENAME TO sms_code_away")
    with pytest.raises(Exception, match="sms_code"):
        ask(rules.services, session=session)
    database.execute_sql("ALTER TABLE sms_code_away RENAME TO sms_code")

    assert rules.sandbox.calls("SendSms") == []
    assert ask(rules.services, session=session) == FIRST


def test_without_redis_nothing_is_sent(rules: Rules) -> None:
    with pytest.raises(StoreUnavailable):
        ask(rules.with_settings(redis_url="unix:///nowhere/valkey.sock"))

    assert rules.sandbox.calls("SendSms") == []
    assert SmsCode.select().count() == 0
