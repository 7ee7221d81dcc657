"""The order of refusals: authentication, permission, form, fields, state, limits, vendors."""

import json
from typing import Any

import pytest

from tests.support.api.refusals import refused
from tests.support.people.accounts import account_of, sign_in, tables_of
from tests.support.people.persons import make_phone, person
from tests.support.people.registrations import body, synced_account
from tests.support.service.service import Service, data_of

SOMEONE = person(number=51)
DEAD = "x" * 43

# Endpoint → (a body with wrong fields, a well-formed body).
ENDPOINTS: dict[tuple[str, str], tuple[dict[str, Any], dict[str, Any]]] = {
    ("POST", "/sms-codes"): (
        {"phone": "1", "purpose": "confirm"},
        {"phone": SOMEONE.phone, "purpose": "confirm"},
    ),
    ("PUT", "/account/authorization"): (
        {"enabled": "yes"},
        {"enabled": True, "until": "2099-01-01", "sms_code": "123456"},
    ),
    ("POST", "/account/cancellation"): ({"reason": 1}, {"sms_code": "123456"}),
    ("PUT", "/account/password"): ({}, {"password": "Kestrel-over-18-fields"}),
    ("POST", "/face-challenges"): ({"consent_version": 1}, {"consent_version": "old"}),
    ("POST", "/ctid-verifications"): ({}, {"ctid_token": "ctid-bad"}),
}


@pytest.fixture(params=ENDPOINTS, ids=lambda pair: " ".join(pair))
def endpoint(request: pytest.FixtureRequest) -> tuple[str, str]:
    found: tuple[str, str] = request.param
    return found


def send(service: Service, endpoint: tuple[str, str], token: str | None, **options: Any) -> Any:
    return service.request(*endpoint, token=token, **options)


def test_authentication_is_first(service: Service, endpoint: tuple[str, str]) -> None:
    wrong, _ = ENDPOINTS[endpoint]
    for token in (None, DEAD):
        for options in ({"json": wrong}, {"data": b"{"}, {"data": b"x" * 100_000}, {}):
            answer = send(service, endpoint, token, headers={"Idempotency-Key": "x"}, **options)
            refused(answer, 401, "UNAUTHENTICATED")


def test_permission_before_form(service: Service, endpoint: tuple[str, str]) -> None:
    token = service.wechat_login()
    wrong, right = ENDPOINTS[endpoint]
    if endpoint == ("POST", "/sms-codes"):
        # Whether it needs an account depends on the body.
        refused(send(service, endpoint, token, json=right), 403, "ACCOUNT_REQUIRED")
        refused(send(service, endpoint, token, json=wrong), 403, "ACCOUNT_REQUIRED")
        return
    if endpoint in (("POST", "/face-challenges"), ("POST", "/ctid-verifications")):
        # With a name they are for a person without the account.
        refused(send(service, endpoint, token, json=right), 403, "ACCOUNT_REQUIRED")
        refused(send(service, endpoint, token, json=wrong), 422, "INVALID_INPUT")
        return
    for options in ({"json": wrong}, {"json": right}, {"data": b"{"}, {"data": b"x" * 100_000}, {}):
        refused(send(service, endpoint, token, **options), 403, "ACCOUNT_REQUIRED")


def test_form_before_fields(service: Service, endpoint: tuple[str, str]) -> None:
    with tables_of(service):
        account_of(SOMEONE)
    token = sign_in(service, SOMEONE)
    wrong, _ = ENDPOINTS[endpoint]
    text = json.dumps(wrong)

    for key in ({}, {"Idempotency-Key": "x"}, {"Idempotency-Key": "x" * 20}):
        plain = {"Content-Type": "text/plain", **key}
        refused(
            send(service, endpoint, token, data=text, headers=plain), 415, "UNSUPPORTED_MEDIA_TYPE"
        )
        right = {"Content-Type": "application/json", **key}
        refused(
            send(service, endpoint, token, data=text[:-1], headers=right), 400, "MALFORMED_JSON"
        )
        large = text + " " * 70_000
        refused(send(service, endpoint, token, data=large, headers=right), 413, "BODY_TOO_LARGE")
        refused(send(service, endpoint, token, data=text, headers=right), 422, "INVALID_INPUT")


def test_form_before_reused_idempotency_key(service: Service) -> None:
    headers = {"Idempotency-Key": "order-0001", "Content-Type": "application/json"}
    token = service.wechat_login()
    report = json.dumps({"kind": "sms", "step": "register.phone"})
    assert service.post("/client-reports", data=report, token=token, headers=headers).ok

    def answer(content: str) -> Any:
        return service.post("/client-reports", data=content, token=token, headers=headers)

    refused(answer("{"), 400, "MALFORMED_JSON")
    refused(answer("{}"), 422, "INVALID_INPUT")
    refused(answer(report + " "), 409, "IDEMPOTENCY_CONFLICT")
    assert answer(report).headers["Idempotency-Replayed"] == "true"


@pytest.fixture
def registered(service: Service) -> str:
    """Return a WeChat user's token and a registered person."""
    with tables_of(service):
        account_of(SOMEONE)
    return service.wechat_login()


def test_fields_before_state_before_limits(service: Service, registered: str) -> None:
    code = service.sms_code(registered, SOMEONE.phone, "register")

    def register(**changes: Any) -> Any:
        return service.post("/registrations", json=body(SOMEONE, code, **changes), token=registered)

    refused(register(id_number="1101011990010199", password="1"), 422, "INVALID_INPUT", 4)
    refused(register(consent_version="2000-01-01"), 409, "CONSENT_OUTDATED")
    refused(register(), 409, "ALREADY_REGISTERED")


def test_number_range_and_record_before_limit(service: Service) -> None:
    with tables_of(service):
        synced_account(SOMEONE)
    token = service.wechat_login()
    started = data_of(
        service.post("/activations", json={"id_number": SOMEONE.id_number}, token=token)
    )

    def ask(phone: str, purpose: str = "activate") -> Any:
        content = {
            "phone": phone,
            "purpose": purpose,
            "activation_token": started["activation_token"],
        }
        return service.post("/sms-codes", json=content, token=token)

    data_of(ask(SOMEONE.phone), 202)
    refused(ask(SOMEONE.phone), 429, "SMS_RATE_LIMITED", 5)
    refused(ask(SOMEONE.phone[:-1]), 422, "INVALID_INPUT")
    refused(ask("19912345678"), 422, "PHONE_SEGMENT_UNSUPPORTED", 2)
    refused(ask(make_phone(52)), 422, "PHONE_NOT_ON_RECORD", 15)
    refused(ask(SOMEONE.phone, "register"), 429, "SMS_RATE_LIMITED", 5)


def test_limits_before_vendors(service: Service) -> None:
    token = service.wechat_login()
    content = {"phone": SOMEONE.phone, "purpose": "register"}
    data_of(service.post("/sms-codes", json=content, token=token), 202)
    service.sandbox.fault("sms", "error", 5)

    refused(service.post("/sms-codes", json=content, token=token), 429, "SMS_RATE_LIMITED", 5)
    assert len(service.sandbox.calls("SendSms")) == 1
