"""Asking for a one-time code: the order of refusals, what is kept, what a failure costs."""

import dataclasses
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from miniprogram_api import clock, number_ranges, sessions, sms_codes
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.clients.sms import SmsOutcome
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.sessions import SessionInfo
from miniprogram_api.sms_codes import Requested
from models import sms_codes as states
from models.accounts import ACTIVE
from models.activations import Activation
from models.database import database, is_sqlite
from models.sms_codes import SmsCode
from tests.support.people import person
from tests.support.registrations import synced_account, wechat_session
from tests.support.rules import Rules

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)

PHONE = "13800138011"
FIRST = Requested(expires_in=600, resend_after=60, remaining={"hour": 2, "day": 4})
NOON = datetime(2026, 11, 24, 12, tzinfo=clock.SHANGHAI)


class Gateway:
    """The real gateway's place, taken by what a test wants to happen during the call."""

    def __init__(self, send: Callable[[], SmsOutcome]) -> None:
        self._send = send

    def send_code(self, phone: str, code: str, minutes: int) -> SmsOutcome:
        return self._send()

    def send_notice(self, phone: str, kind: str) -> SmsOutcome:
        return self._send()


def with_gateway(services: Services, send: Callable[[], SmsOutcome]) -> Services:
    return Services(services.settings, dataclasses.replace(services.clients, sms=Gateway(send)))


def ask(
    services: Services,
    phone: str = PHONE,
    *,
    session: SessionInfo | None = None,
    purpose: str = "register",
    token: str | None = None,
    **more: Any,
) -> Requested:
    return sms_codes.request(
        services,
        session=session or wechat_session(),
        phone_text=phone,
        purpose=purpose,
        activation_token=token,
        **more,
    )


def refusal(services: Services, phone: str = PHONE, **options: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        ask(services, phone, **options)
    return refused.value


def activation(account_id: int, session: SessionInfo, *, minutes: int = 30) -> str:
    """The token of step 1 of an activation."""
    token = "activation-token-of-a-test"
    Activation.create(
        token_hash=sessions.hash_of(token),
        account=account_id,
        session_hash=session.token_hash,
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(minutes=minutes),
    )
    return token


@both_databases
def test_a_code_is_sent_once_and_kept_without_telling_anything(rules: Rules) -> None:
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
def test_the_forms_of_a_number_are_one_number(rules: Rules, text: str) -> None:
    ask(rules.services, text)

    assert refusal(rules.services).reason is Reason.SMS_RATE_LIMITED
    assert len(rules.sandbox.inbox(PHONE)) == 1


@pytest.mark.parametrize(
    "text", ["", "1380013801", "12345678901", "+1 202 555 0100", "😀", "1410" * 3]
)
def test_what_is_no_mobile_number_is_refused_at_its_field(rules: Rules, text: str) -> None:
    refused = refusal(rules.services, text)

    assert refused.reason is Reason.INVALID_INPUT
    assert refused.details["fields"][0]["field"] == "phone"
    assert rules.sandbox.calls("SendSms") == []


def test_an_unsupported_range_is_refused_before_limits_and_costs_nothing(rules: Rules) -> None:
    phone = "19912345678"
    for _ in range(12):
        assert refusal(rules.services, phone).reason is Reason.PHONE_SEGMENT_UNSUPPORTED
    number_ranges.set_range("199", date(2020, 1, 1), actor="command")

    assert ask(rules.services, phone) == FIRST


def test_a_second_request_within_a_minute_is_refused_and_uses_nothing(rules: Rules) -> None:
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


def test_resend_after_names_the_moment_when_it_really_works_again(rules: Rules) -> None:
    services = with_gateway(rules.services, lambda: SmsOutcome.ACCEPTED)
    now = NOON
    waits = []
    with clock.replaced(lambda: now):
        for _ in range(6):
            requested = ask(services)
            waits.append(requested.resend_after)
            now += timedelta(seconds=requested.resend_after)

    assert waits == [60, 60, 3480, 60, 86400 - 3660, 60]


@pytest.mark.parametrize("mode", ["error", "busy", "limit", "reset", "slow"])
def test_a_failing_gateway_costs_nothing(rules: Rules, mode: str) -> None:
    services = rules.with_settings(sms_timeout=0.3)
    rules.sandbox.fault("sms", mode, 1, seconds=1)

    refused = refusal(services)

    assert (refused.reason, refused.case) == (Reason.SMS_UNAVAILABLE, 1)
    assert refused.details == {}
    assert len(rules.sandbox.calls("SendSms")) == 1, "a message is never sent a second time"
    assert ask(services) == FIRST


@both_databases
def test_a_number_that_the_gateway_refuses_costs_nothing(rules: Rules) -> None:
    for _ in range(3):
        assert refusal(rules.services, "13800130009").reason is Reason.SMS_UNAVAILABLE

    assert {row.state for row in SmsCode.select()} == {states.REFUSED}
    assert rules.sandbox.inbox("13800130009") == []


def test_no_connection_to_the_gateway_costs_nothing(rules: Rules) -> None:
    services = rules.with_settings(tencentcloud_sms_endpoint="127.0.0.1:1")

    assert refusal(services).reason is Reason.SMS_UNAVAILABLE
    assert [row.state for row in SmsCode.select()] == [states.REFUSED]
    assert ask(rules.services) == FIRST


def test_a_code_whose_answer_was_late_stays_valid(rules: Rules) -> None:
    session = wechat_session()
    rules.sandbox.fault("sms", "slow", 1, seconds=1)

    assert refusal(rules.with_settings(sms_timeout=0.3), session=session).case == 1

    assert SmsCode.get().state == states.UNCERTAIN
    evidence = sms_codes.prove(
        rules.services,
        session=session,
        phone=PHONE,
        purpose="register",
        sms_code=rules.sandbox.last_code(PHONE),
        phone_proof=None,
    )
    assert evidence.method == "sms"


def test_accepted_by_the_gateway_is_202_even_when_nothing_arrives(rules: Rules) -> None:
    assert ask(rules.services, "13800130000") == FIRST
    assert rules.sandbox.inbox("13800130000") == []


@both_databases
def test_neither_transaction_nor_connection_is_held_during_the_call(rules: Rules) -> None:
    seen = []

    def look() -> SmsOutcome:
        seen.append((database.in_transaction(), is_sqlite() or database.is_closed()))
        # The row is there before the message is: a killed process leaves no unknown message.
        seen.append((SmsCode.select().count(), True))
        return SmsOutcome.ACCEPTED

    ask(with_gateway(rules.services, look))

    assert seen == [(False, True), (1, True)]


def test_a_defect_after_the_place_was_taken_frees_it(rules: Rules) -> None:
    def fail() -> SmsOutcome:
        raise RuntimeError("a defect")

    with pytest.raises(RuntimeError, match="a defect"):
        ask(with_gateway(rules.services, fail))

    assert ask(rules.services) == FIRST


def test_a_database_that_fails_frees_the_place_and_sends_nothing(rules: Rules) -> None:
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


# Different phones of one WeChat user -------------------------------------------------------------


def test_one_user_names_ten_different_phones_an_hour(rules: Rules) -> None:
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


def test_the_refused_eleventh_phone_keeps_its_places(rules: Rules) -> None:
    services = with_gateway(rules.services, lambda: SmsOutcome.ACCEPTED)
    session = wechat_session()
    for number in range(10):
        ask(services, f"138001390{number}1", session=session)
    for _ in range(3):
        assert refusal(services, session=session).reason is Reason.TOO_MANY_ATTEMPTS

    assert ask(services, session=wechat_session("li")) == FIRST


def test_a_message_that_failed_does_not_count_as_a_phone(rules: Rules) -> None:
    services = with_gateway(rules.services, lambda: SmsOutcome.REFUSED)
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
    assert refused.details == {"phone_hint": "11", "ticket": "activation_phone"}
    assert rules.sandbox.calls("SendSms") == []
    assert ask(rules.services, "13800138012") == FIRST
    assert ask(rules.services, session=session, purpose="activate", token=token) == FIRST


def test_the_phone_on_record_cannot_be_found_out_by_asking(rules: Rules) -> None:
    session = wechat_session()
    token = activation(synced_account(person(phone=PHONE)).id, session)
    reasons = [
        refusal(
            rules.services, f"138001390{n:02}", session=session, purpose="activate", token=token
        ).reason
        for n in range(12)
    ]

    assert reasons == [Reason.PHONE_NOT_ON_RECORD] * 10 + [Reason.TOO_MANY_ATTEMPTS] * 2


def test_a_record_without_phone_fits_no_phone(rules: Rules) -> None:
    session = wechat_session()
    account = synced_account(person(), phone=None, phone_index=None)
    token = activation(account.id, session)

    refused = refusal(rules.services, session=session, purpose="activate", token=token)

    assert refused.reason is Reason.PHONE_NOT_ON_RECORD
    assert refused.details["phone_hint"] is None


def test_an_activation_belongs_to_the_token_that_began_it(rules: Rules) -> None:
    session = wechat_session()
    token = activation(synced_account(person(phone=PHONE)).id, session)

    for options in (
        {"session": wechat_session("li"), "token": token},
        {"session": wechat_session(), "token": token},
        {"session": session, "token": "another-token-of-a-test"},
    ):
        refused = refusal(rules.services, purpose="activate", **options)
        assert refused.reason is Reason.ACTIVATION_EXPIRED


def test_an_activation_ends_by_time_and_by_success(rules: Rules) -> None:
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


def test_a_failing_gateway_while_activating_is_case_11_with_a_number_to_report(
    rules: Rules,
) -> None:
    session = wechat_session()
    token = activation(synced_account(person(phone=PHONE)).id, session)
    rules.sandbox.fault("sms", "error")

    refused = refusal(
        rules.services, session=session, purpose="activate", token=token, report_number="9f8e7d6c"
    )

    assert (refused.reason, refused.case) == (Reason.SMS_UNAVAILABLE, 11)
    assert refused.details == {"purpose": "activate", "report_number": "9f8e7d6c"}


def test_a_confirming_code_goes_only_to_the_phone_of_the_account(rules: Rules) -> None:
    account = synced_account(person(phone=PHONE), status=ACTIVE)
    session = SessionInfo(b"t" * 32, "o-zhang", account.id)

    refused = refusal(rules.services, "13800138012", session=session, purpose="confirm")
    assert (refused.reason, refused.case) == (Reason.PHONE_NOT_ON_RECORD, 15)
    assert refused.details == {"phone_hint": "11"}

    assert ask(rules.services, session=session, purpose="confirm") == FIRST
    assert SmsCode.get().account_id == account.id


def test_a_confirming_code_needs_an_account(rules: Rules) -> None:
    # The order of refusals: who is asking comes before the form of a field.
    assert refusal(rules.services, "x", purpose="confirm").reason is Reason.ACCOUNT_REQUIRED


def test_an_account_that_is_gone_is_no_longer_signed_in(rules: Rules) -> None:
    session = SessionInfo(b"t" * 32, "o-zhang", 4711)

    refused = refusal(rules.services, session=session, purpose="confirm")

    assert refused.reason is Reason.UNAUTHENTICATED


def test_an_account_without_a_wechat_user_has_places_of_its_own(rules: Rules) -> None:
    account = synced_account(person(phone=PHONE), status=ACTIVE)

    ask(rules.services, session=SessionInfo(b"t" * 32, None, account.id), purpose="confirm")

    assert SmsCode.get().openid is None
