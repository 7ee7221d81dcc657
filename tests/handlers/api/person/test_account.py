"""The user's own account over HTTP: contents, changes and every refusal."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from miniprogram_api import clock
from models.accounts.accounts import CANCELLED, FROZEN, Account, IdentityDatesChange
from tests.support.people.accounts import account_of, phone_proof, sign_in, tables_of
from tests.support.people.persons import Person, person
from tests.support.people.registrations import PASSWORD, body, sent_code
from tests.support.service.service import Service, data_of, error_of

SOMEONE = person("王小明", number=7)
NEW_PHONE = person(number=99).phone
NEW_PASSWORD = "Plover-under-3-bridges"
DATES = {"valid_from": "2025.07.01", "valid_until": "2045年7月1日"}

Body = dict[str, Any]
CHANGES: list[tuple[str, str, Body]] = [
    ("PUT", "/account/password", {"password": NEW_PASSWORD}),
    ("PUT", "/account/phone", {"phone": NEW_PHONE, "password": PASSWORD}),
    ("PUT", "/account/identity-dates", DATES),
    ("POST", "/account/cancellation", {"reason": "不用了"}),
]
all_changes = pytest.mark.parametrize(("method", "path", "content"), CHANGES)


def signed_in(service: Service, someone: Person = SOMEONE, **changes: Any) -> str:
    with tables_of(service):
        account_of(someone, **changes)
    return sign_in(service, someone)


def proof_for(service: Service, token: str, path: str) -> Body:
    phone = NEW_PHONE if path == "/account/phone" else SOMEONE.phone
    return {"phone_proof": phone_proof(service, token, phone)}


def first_message(service: Service, phone: str) -> str:
    """Wait for the worker's first message to this phone."""
    deadline = time.monotonic() + 20
    while not (messages := service.sandbox.inbox(phone)):
        assert time.monotonic() < deadline, "No message came."
        time.sleep(0.05)
    return str(messages[0]["text"])


def test_account_fields(service: Service) -> None:
    token = signed_in(service, username="Wang_xm", username_index="Wang_xm")
    answer = service.get("/account", token=token)
    assert data_of(answer) == {
        "status": "registered",
        "level": 3,
        "name": "王**",
        "id_number": f"{SOMEONE.id_number[:3]}***********{SOMEONE.id_number[-4:]}",
        "phone": f"{SOMEONE.phone[:3]}****{SOMEONE.phone[-4:]}",
        "username": "Wang_xm",
        "valid_from": SOMEONE.valid_from.isoformat(),
        "valid_until": SOMEONE.four_elements["valid_until"],
        "verified_by": None,
        "phone_verified_by": "sms",
        "authorization": {
            "enabled": False,
            "until": None,
            "effective": False,
            "reason": "level_too_low",
            "cause": None,
        },
        "bound": False,
        "level_pending": None,
        "phone_warning": None,
    }
    assert SOMEONE.name not in answer.text


def test_verified_account_with_a_long_term_card(service: Service) -> None:
    token = signed_in(
        service, level=4, verified_by="manual", valid_until=None, long_term=True, phone=None
    )
    data = data_of(service.get("/account", token=token))
    assert (data["status"], data["level"], data["verified_by"]) == ("verified", 4, "manual")
    assert (data["valid_until"], data["phone"]) == ("长期", None)
    assert data["authorization"]["reason"] == "off"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/account"),
        ("DELETE", "/account/wechat"),
        ("GET", "/account/authorization"),
        ("PUT", "/account/authorization"),
        *[(method, path) for method, path, _ in CHANGES],
    ],
)
def test_calls_need_an_account(service: Service, method: str, path: str) -> None:
    error_of(service.request(method, path, json={}), 401, "UNAUTHENTICATED")
    error_of(service.request(method, path, json={}, token="x" * 43), 401, "UNAUTHENTICATED")
    token = service.wechat_login()
    error_of(service.request(method, path, json={}, token=token), 403, "ACCOUNT_REQUIRED")


@all_changes
def test_frozen_account_changes_nothing(
    service: Service, method: str, path: str, content: Body
) -> None:
    token = signed_in(service, status=FROZEN)
    assert data_of(service.get("/account", token=token))["status"] == "frozen"
    answer = service.request(
        method, path, json={**content, **proof_for(service, token, path)}, token=token
    )
    assert error_of(answer, 403, "ACCOUNT_FROZEN")["help"]["slug"] == "account_frozen"


@all_changes
def test_change_without_a_proof_is_refused(
    service: Service, method: str, path: str, content: Body
) -> None:
    token = signed_in(service)
    answer = service.request(method, path, json=content, token=token)
    (entry,) = error_of(answer, 422, "INVALID_INPUT")["data"]["fields"]
    assert entry["field"] == "sms_code"
    answer = service.request(method, path, json={**content, "sms_code": "123456"}, token=token)
    error_of(answer, 422, "SMS_CODE_WRONG")
    answer = service.request(method, path, json={**content, "phone_proof": "abc"}, token=token)
    error_of(answer, 422, "PHONE_PROOF_INVALID")


@all_changes
def test_repeated_change_gets_the_same_answer(
    service: Service, method: str, path: str, content: Body
) -> None:
    token = signed_in(service)
    content = {**content, **proof_for(service, token, path)}
    key = {"Idempotency-Key": "change-0001"}
    first = service.request(method, path, json=content, token=token, headers=key)
    data = data_of(first, status=200)
    again = service.request(method, path, json=content, token=token, headers=key)
    assert data_of(again, status=200) == data
    assert again.headers["Idempotency-Replayed"] == "true"


def test_code_to_the_recorded_phone_changes_the_password(service: Service) -> None:
    token = signed_in(service)
    other = sign_in(service, SOMEONE, "other", bind=True)
    code = service.sms_code(token, SOMEONE.phone, "confirm")
    content = {"password": NEW_PASSWORD, "sms_code": code}
    data_of(service.put("/account/password", json=content, token=token))
    error_of(service.get("/account", token=other), 401, "UNAUTHENTICATED")
    assert not data_of(service.get("/account", token=token))["bound"]
    answer = service.put("/account/password", json=content, token=token)
    error_of(answer, 422, "SMS_CODE_USED")
    old = {"login": SOMEONE.id_number, "password": PASSWORD}
    error_of(service.post("/sessions", json=old), 401, "WRONG_PASSWORD")
    data_of(service.post("/sessions", json={**old, "password": NEW_PASSWORD}))


def test_expired_code_is_refused(service: Service) -> None:
    token = signed_in(service)
    with tables_of(service):
        from models.accounts.sms_codes import SmsCode

        code = sent_code(SOMEONE.phone, "confirm")
        SmsCode.update(expires_at=clock.now()).execute()
    content = {"password": NEW_PASSWORD, "sms_code": code}
    answer = service.put("/account/password", json=content, token=token)
    error_of(answer, 422, "SMS_CODE_EXPIRED")


@pytest.mark.parametrize("password", ["short", "woaini1314", SOMEONE.phone, "x" * 65])
def test_weak_password_is_refused(service: Service, password: str) -> None:
    token = signed_in(service)
    content = {"password": password, "sms_code": "123456"}
    answer = service.put("/account/password", json=content, token=token)
    (entry,) = error_of(answer, 422, "INVALID_INPUT")["data"]["fields"]
    assert entry["field"] == "password"
    assert entry["code"].startswith("password_")


def test_phone_is_changed(service: Service) -> None:
    token = signed_in(service)
    code = service.sms_code(token, NEW_PHONE, "change_phone")
    content = {"phone": f"+86 {NEW_PHONE}", "password": PASSWORD, "sms_code": code}
    data = data_of(service.put("/account/phone", json=content, token=token))
    assert data["phone"] == f"{NEW_PHONE[:3]}****{NEW_PHONE[-4:]}"
    assert "手机号已更换" in first_message(service, SOMEONE.phone)


def test_phone_changes_that_are_refused(service: Service) -> None:
    token = signed_in(service)

    def change(**changes: Any) -> Any:
        content = {"phone": NEW_PHONE, "password": PASSWORD, **changes}
        return service.put("/account/phone", json=content, token=token)

    body_ = error_of(change(phone="19912345678"), 422, "PHONE_SEGMENT_UNSUPPORTED")
    assert body_["help"]["case"] == 2
    assert body_["data"]["segment"] == "199"
    # An impossible form costs no try.
    body_ = error_of(change(password="not-the-password"), 422, "INVALID_INPUT")
    assert [entry["field"] for entry in body_["data"]["fields"]] == ["sms_code"]
    body_ = error_of(change(password="not-the-password", sms_code="000000"), 401, "WRONG_PASSWORD")
    assert body_["data"]["attempts_left"] == 4
    with tables_of(service):
        for n in range(5):
            account_of(person(number=100 + n, phone=NEW_PHONE))
    proof = phone_proof(service, token, NEW_PHONE)
    body_ = error_of(change(phone_proof=proof), 409, "PHONE_ACCOUNT_LIMIT")
    assert body_["help"]["case"] == 7
    for _ in range(5):
        change(password="not-the-password", sms_code="000000")
    answer = change(sms_code="000000")
    error_of(answer, 423, "ACCOUNT_LOCKED")
    assert int(answer.headers["Retry-After"]) > 0


def test_dates_are_changed(service: Service) -> None:
    token = signed_in(service)
    content = {**DATES, **proof_for(service, token, "/account/identity-dates")}
    data = data_of(service.put("/account/identity-dates", json=content, token=token))
    assert (data["valid_from"], data["valid_until"]) == ("2025-07-01", "2045-07-01")


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("不符", 422, "FOUR_ELEMENTS_MISMATCH"),
        ("无记录", 422, "IDENTITY_NO_RECORD"),
        ("无效", 422, "IDENTITY_INVALID"),
        ("源忙", 503, "IDENTITY_SOURCE_BUSY"),
        ("限次", 429, "IDENTITY_DAILY_LIMIT"),
    ],
)
def test_unconfirmed_dates_are_refused(service: Service, name: str, status: int, code: str) -> None:
    token = signed_in(service, person(f"王{name}", number=7))
    content = {**DATES, **proof_for(service, token, "/account/identity-dates")}
    answer = service.put("/account/identity-dates", json=content, token=token)
    error_of(answer, status, code)
    assert data_of(service.get("/account", token=token))["valid_from"] == "2024-06-03"


def test_doubtful_dates_need_a_confirmation_or_a_window(service: Service) -> None:
    token = signed_in(service)
    proof = proof_for(service, token, "/account/identity-dates")

    def change(**changes: Any) -> Any:
        content = {**DATES, **proof, **changes}
        return service.put("/account/identity-dates", json=content, token=token)

    body_ = error_of(change(valid_until="长期"), 422, "IDENTITY_NEEDS_CONFIRMATION")
    assert body_["help"]["case"] == 14
    (warning,) = body_["data"]["warnings"]
    assert warning["field"] == "valid_until"
    error_of(
        change(valid_from="2026-11-01", valid_until="2027-02-01"), 422, "DOCUMENT_NEEDS_WINDOW"
    )
    error_of(change(valid_from="2031-01-01"), 422, "INVALID_INPUT")
    data = data_of(change(valid_until="长期", confirmed_warnings=[warning["code"]]))
    assert data["valid_until"] == "长期"


def test_changes_of_dates_are_limited(service: Service) -> None:
    token = signed_in(service)
    with tables_of(service):
        for _ in range(3):
            IdentityDatesChange.create(
                account=Account.get(),
                changed_at=clock.now(),
                long_term_before=False,
                valid_from=SOMEONE.valid_from,
                long_term=False,
            )
    content = {**DATES, **proof_for(service, token, "/account/identity-dates")}
    answer = service.put("/account/identity-dates", json=content, token=token)
    body_ = error_of(answer, 429, "IDENTITY_DATES_LIMIT")
    assert body_["help"]["case"] == 16
    assert 0 <= 30 * 86_400 - body_["data"]["retry_after"] < 60
    assert answer.headers["Retry-After"] == str(body_["data"]["retry_after"])


def test_dates_share_the_limit_of_source_checks(service: Service) -> None:
    token = signed_in(service, person("王不符", number=7))
    content = {**DATES, **proof_for(service, token, "/account/identity-dates")}
    for _ in range(5):
        answer = service.put("/account/identity-dates", json=content, token=token)
        error_of(answer, 422, "FOUR_ELEMENTS_MISMATCH")
    answer = service.put("/account/identity-dates", json=content, token=token)
    assert error_of(answer, 429, "TOO_MANY_ATTEMPTS")["help"]["case"] == 10


def test_unbinding_ends_the_binding(service: Service) -> None:
    with tables_of(service):
        account_of(SOMEONE)
    token = sign_in(service, SOMEONE, "wang", bind=True)
    assert data_of(service.get("/account", token=token))["bound"]
    for _ in range(2):
        assert not data_of(service.delete("/account/wechat", token=token))["bound"]
    assert data_of(service.post("/wechat/login", json={"code": "wx-wang~x"}))["account"] is None


def test_cancelled_person_may_register_again(service: Service) -> None:
    token = signed_in(service)
    other = sign_in(service, SOMEONE, "other")
    content = proof_for(service, token, "/account/cancellation")
    data_of(service.post("/account/cancellation", json=content, token=token))
    for dead in (token, other):
        error_of(service.get("/account", token=dead), 401, "UNAUTHENTICATED")
    credentials = {"login": SOMEONE.id_number, "password": PASSWORD}
    error_of(service.post("/sessions", json=credentials), 410, "ACCOUNT_CANCELLED")
    fresh = service.wechat_login()
    proof = phone_proof(service, fresh, SOMEONE.phone)
    content = body(SOMEONE, None, phone_proof=proof, password=NEW_PASSWORD)
    data_of(service.post("/registrations", json=content, token=fresh), status=201)
    data_of(service.post("/sessions", json={**credentials, "password": NEW_PASSWORD}))
    with tables_of(service):
        assert Account.select().where(Account.status == CANCELLED).count() == 1


@pytest.mark.parametrize(
    ("method", "path", "content", "field"),
    [
        ("PUT", "/account/password", {}, "password"),
        ("PUT", "/account/phone", {"password": PASSWORD}, "phone"),
        ("PUT", "/account/phone", {"phone": NEW_PHONE}, "password"),
        ("PUT", "/account/identity-dates", {"valid_from": "2025-07-01"}, "valid_until"),
        (
            "PUT",
            "/account/identity-dates",
            {**DATES, "confirmed_warnings": "all"},
            "confirmed_warnings",
        ),
        ("POST", "/account/cancellation", {"reason": "x" * 501}, "reason"),
    ],
)
def test_malformed_fields_are_named(
    service: Service, method: str, path: str, content: Body, field: str
) -> None:
    token = signed_in(service)
    answer = service.request(method, path, json=content, token=token)
    entries = error_of(answer, 422, "INVALID_INPUT")["data"]["fields"]
    assert [entry["field"] for entry in entries] == [field]


def test_logs_contain_no_personal_data(service: Service) -> None:
    token = signed_in(service)
    acts: list[Callable[[], Any]] = [
        lambda: service.get("/account", token=token),
        lambda: service.put(
            "/account/phone", json={"phone": NEW_PHONE, "password": PASSWORD}, token=token
        ),
        lambda: service.put("/account/identity-dates", json=DATES, token=token),
        lambda: service.post("/sessions", json={"login": SOMEONE.phone, "password": "wrong-one"}),
    ]
    for act in acts:
        act()
    log = service.output
    for private in (SOMEONE.name, SOMEONE.id_number, SOMEONE.phone, NEW_PHONE, PASSWORD, token):
        assert private not in log
