"""POST /sms-codes over HTTP: concurrency, and every answer with its code, status and case."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
import requests
from peewee import fn

from miniprogram_api import clock
from miniprogram_api.operations import maintenance
from miniprogram_api.phones import ranges as number_ranges
from models.accounts.sms_codes import SmsCode
from tests.support.api.refusals import refused
from tests.support.people.persons import person
from tests.support.people.registrations import CODE, sent_code, synced_account
from tests.support.service.postgres import PostgresServer
from tests.support.service.service import Service, data_of, database_for_service

PHONE = "13800138011"
FIRST = {"expires_in": 600, "resend_after": 60, "remaining": {"hour": 2, "day": 4}}


@pytest.fixture
def store(service: Service) -> Iterator[None]:
    """Bind the models to the running service's tables."""
    maintenance.connect(service.settings)
    yield
    maintenance.disconnect()


def ask(
    service: Service, token: str, phone: str = PHONE, purpose: str = "register", **more: str
) -> requests.Response:
    body = {"phone": phone, "purpose": purpose, **more}
    return service.post("/sms-codes", json=body, token=token)


def reset_password(service: Service, token: str, code: str) -> requests.Response:
    """Make a call that checks the code and then refuses, because the login is unknown."""
    body = {"login": "nobody_here", "phone": PHONE, "sms_code": code}
    return service.post("/password-resets", json=body, token=token)


def activation(service: Service, token: str) -> str:
    """Do step 1 for a synced account with this phone on record."""
    someone = person(phone=PHONE)
    synced_account(someone)
    body = {"id_number": someone.id_number}
    return str(data_of(service.post("/activations", json=body, token=token))["activation_token"])


def test_limits_hold_after_redis_lost_its_data(service: Service, store: None) -> None:
    token = service.wechat_login()
    data_of(ask(service, token), 202)
    service.lose_redis()
    data = refused(ask(service, token), 429, "SMS_RATE_LIMITED", 5)
    assert data["window"] == "minute"
    # Five within a day, the last of them two hours ago.
    SmsCode.update(created_at=clock.now() - timedelta(hours=2)).execute()
    for hours in range(3, 7):
        sent_code(PHONE)
        latest = SmsCode.select(fn.MAX(SmsCode.id)).scalar()
        moment = clock.now() - timedelta(hours=hours)
        SmsCode.update(created_at=moment).where(SmsCode.id == latest).execute()
    service.lose_redis()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _n: ask(service, token), range(16)))

    for answer in answers:
        data = refused(answer, 429, "SMS_RATE_LIMITED", 5)
        assert data["window"] == "day"
        assert 17 * 3_600 < data["retry_after"] <= 18 * 3_600
        assert data["remaining"] == {"hour": 3, "day": 0}
    assert len(service.sandbox.inbox(PHONE)) == 1
    data_of(ask(service, token, "13800138012"), 202)


def test_code_arrives(service: Service) -> None:
    answer = ask(service, service.wechat_login(), "+86 138-0013-8011")

    assert data_of(answer, 202) == FIRST
    [message] = service.sandbox.inbox(PHONE)
    assert len(message["code"]) == 6
    assert f"{message['code']}，10分钟内有效" in message["text"]


def fifty_at_once(service: Service) -> None:
    """Request a code for one number as 50 concurrent WeChat users."""
    tokens = [service.wechat_login(f"user{number}") for number in range(10)] * 5
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda token: ask(service, token), tokens))

    statuses = Counter(answer.status_code for answer in answers)
    assert statuses == {202: 1, 429: 49}
    for answer in answers:
        if answer.status_code == 429:
            data = refused(answer, 429, "SMS_RATE_LIMITED", 5)
            assert data["window"] == "minute"
            assert 50 <= data["retry_after"] <= 60
            assert data["remaining"] == {"hour": 2, "day": 4}
    assert len(service.sandbox.inbox(PHONE)) == 1
    assert len(service.sandbox.calls("SendSms")) == 1


def test_fifty_concurrent_callers_get_one_code(service: Service) -> None:
    fifty_at_once(service)


@pytest.mark.slow
def test_fifty_concurrent_callers_get_one_code_on_postgresql(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    with Service(tmp_path, database_url=database_for_service(postgres), web_workers=4) as service:
        fifty_at_once(service)


def test_repeated_call_sends_nothing(service: Service) -> None:
    token = service.wechat_login()
    body = {"phone": PHONE, "purpose": "register"}
    key = {"Idempotency-Key": "a-key-of-this-test"}

    answers = [service.post("/sms-codes", json=body, token=token, headers=key) for _ in range(3)]

    assert [data_of(answer, 202) for answer in answers] == [FIRST] * 3
    assert len(service.sandbox.calls("SendSms")) == 1


# Refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "x" * 43])
def test_invalid_token_is_refused(service: Service, token: str) -> None:
    refused(ask(service, token), 401, "UNAUTHENTICATED")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"purpose": "register"}, "phone"),
        ({"phone": PHONE}, "purpose"),
        ({"phone": "13812345", "purpose": "register"}, "phone"),
        ({"phone": PHONE, "purpose": "REGISTER"}, "purpose"),
        ({"phone": PHONE, "purpose": "activate"}, "activation_token"),
    ],
)
def test_wrong_field_is_named(service: Service, body: dict[str, object], field: str) -> None:
    answer = service.post("/sms-codes", json=body, token=service.wechat_login())

    [first, *_] = refused(answer, 422, "INVALID_INPUT")["fields"]
    assert first["field"] == field
    assert first["code"]
    assert first["message"]
    assert service.sandbox.calls("SendSms") == []


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        ('{"phone": "号"}'.encode("gb18030"), "application/json", 400, "MALFORMED_JSON"),
        (b"phone=1", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"x" * 1_000_000, "application/json", 413, "BODY_TOO_LARGE"),
    ],
)
def test_malformed_body_is_refused(
    service: Service, content: bytes, kind: str, status: int, code: str
) -> None:
    answer = service.post(
        "/sms-codes",
        data=content,
        headers={"Content-Type": kind},
        token=service.wechat_login(),
    )

    refused(answer, status, code)


def test_range_opens_on_its_day_without_a_restart(service: Service, store: None) -> None:
    token, phone, today = service.wechat_login(), "19912345678", clock.today()

    data = refused(ask(service, token, phone), 422, "PHONE_SEGMENT_UNSUPPORTED", 2)
    assert data == {"segment": "199", "supported_from": None}
    tomorrow = today + timedelta(days=1)
    number_ranges.set_range("199", tomorrow, actor="command")
    answer = ask(service, token, phone)
    data = refused(answer, 422, "PHONE_SEGMENT_UNSUPPORTED", 2)
    assert data == {"segment": "199", "supported_from": tomorrow.isoformat()}
    assert f"预计{tomorrow.month}月{tomorrow.day}日起可用" in answer.json()["message"]
    number_ranges.set_range("199", today, actor="command")
    assert data_of(ask(service, token, phone), 202) == FIRST
    number_ranges.set_range("199", None, actor="command")
    refused(ask(service, token, phone), 422, "PHONE_SEGMENT_UNSUPPORTED", 2)
    number_ranges.set_range("199", date(2020, 1, 1), actor="command")
    assert refused(ask(service, token, phone), 429, "SMS_RATE_LIMITED", 5)["window"] == "minute"


def test_phone_must_be_the_recorded_one(service: Service, store: None) -> None:
    token = service.wechat_login()
    step = activation(service, token)

    answer = ask(service, token, "13800138012", "activate", activation_token=step)

    data = refused(answer, 422, "PHONE_NOT_ON_RECORD", 15)
    assert data["phone_hint"] == "11"
    assert "尾号11" in answer.json()["message"]
    assert PHONE not in answer.text
    assert data_of(ask(service, token, PHONE, "activate", activation_token=step), 202) == FIRST


def test_activation_of_another_caller_is_refused(service: Service, store: None) -> None:
    step = activation(service, service.wechat_login())

    answer = ask(service, service.wechat_login("li"), PHONE, "activate", activation_token=step)

    refused(answer, 404, "ACTIVATION_EXPIRED", 9)


def test_confirming_code_needs_an_account(service: Service) -> None:
    refused(ask(service, service.wechat_login(), purpose="confirm"), 403, "ACCOUNT_REQUIRED")


def test_eleventh_phone_within_an_hour_is_refused(service: Service) -> None:
    token = service.wechat_login()
    for number in range(10):
        data_of(ask(service, token, f"138001390{number}1"), 202)

    data = refused(ask(service, token), 429, "TOO_MANY_ATTEMPTS", 5)

    assert data["scope"] == "phones"
    assert 3500 <= data["retry_after"] <= 3600


@pytest.mark.parametrize("mode", ["error", "busy", "limit", "reset"])
def test_failed_gateway_costs_nothing(service: Service, mode: str) -> None:
    token = service.wechat_login()
    service.sandbox.fault("sms", mode)

    refused(ask(service, token), 503, "SMS_UNAVAILABLE", 1)

    assert data_of(ask(service, token), 202) == FIRST


def test_late_gateway_costs_nothing_and_its_code_is_valid(service: Service) -> None:
    token = service.wechat_login()
    service.sandbox.fault("sms", "slow", seconds=service.settings.sms_timeout + 1)

    refused(ask(service, token, purpose="reset_password"), 503, "SMS_UNAVAILABLE", 1)

    code = service.sandbox.last_code(PHONE)
    refused(reset_password(service, token, code), 422, "PHONE_NOT_ON_RECORD", 15)
    assert data_of(ask(service, token), 202) == FIRST


def test_refused_and_silent_numbers(service: Service) -> None:
    token = service.wechat_login()
    for _ in range(2):
        refused(ask(service, token, "13800130009"), 503, "SMS_UNAVAILABLE", 1)
    assert data_of(ask(service, token, "13800130000"), 202) == FIRST
    assert service.sandbox.inbox() == []


def test_failed_gateway_while_activating_is_case_11(service: Service, store: None) -> None:
    token = service.wechat_login()
    step = activation(service, token)
    service.sandbox.fault("sms", "error")

    answer = ask(service, token, PHONE, "activate", activation_token=step)

    data = refused(answer, 503, "SMS_UNAVAILABLE", 11)
    number = answer.headers["X-Request-ID"][-8:]
    assert data == {"purpose": "activate", "side": "gateway", "report_number": number}
    assert data["report_number"] in answer.json()["message"]


# Codes, where they are used ----------------------------------------------------------------------


def test_wrong_codes_are_counted(service: Service) -> None:
    token = service.wechat_login()
    code = service.sms_code(token, PHONE, "reset_password")
    other = f"{(int(code) + 1) % 1_000_000:06}"

    answers = [reset_password(service, token, other) for _ in range(5)]
    answers.append(reset_password(service, token, code))

    left = [refused(answer, 422, "SMS_CODE_WRONG", 1)["tries_left"] for answer in answers]
    assert left == [4, 3, 2, 1, 0, 0]
    assert "还可试4次" in answers[0].json()["message"]
    assert "作废" in answers[5].json()["message"]


def test_concurrent_guesses_get_five_tries(service: Service) -> None:
    token = service.wechat_login()
    code = service.sms_code(token, PHONE, "reset_password")
    guesses = [f"{(int(code) + 1 + n) % 1_000_000:06}" for n in range(24)]
    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda guess: reset_password(service, token, guess), guesses))

    left = [refused(answer, 422, "SMS_CODE_WRONG", 1)["tries_left"] for answer in answers]
    assert sorted(left) == [0] * 20 + [1, 2, 3, 4]


def test_code_that_was_never_requested_is_refused(service: Service) -> None:
    answer = reset_password(service, service.wechat_login(), "123456")

    data = refused(answer, 422, "SMS_CODE_WRONG", 1)
    assert data == {"tries_left": 0, "cause": "no_code"}
    assert "请先获取" in answer.json()["message"]


def test_code_expires_after_ten_minutes(service: Service, store: None) -> None:
    earlier = clock.now() - timedelta(minutes=10)
    with clock.replaced(lambda: earlier):
        sent_code(PHONE, "reset_password")

    refused(reset_password(service, service.wechat_login(), CODE), 422, "SMS_CODE_EXPIRED", 5)


def test_code_works_for_its_first_user_only(service: Service) -> None:
    token, other = service.wechat_login(), service.wechat_login("li")
    code = service.sms_code(token, PHONE, "reset_password")

    for _ in range(3):
        refused(reset_password(service, token, code), 422, "PHONE_NOT_ON_RECORD", 15)
    refused(reset_password(service, other, code), 422, "SMS_CODE_USED", 5)
