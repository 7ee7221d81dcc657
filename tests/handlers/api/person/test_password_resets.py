"""Password resets over HTTP."""

from typing import Any

import pytest

from models.accounts.accounts import FROZEN
from tests.support.people.accounts import account_of, phone_proof, sign_in, tables_of
from tests.support.people.persons import person
from tests.support.people.registrations import PASSWORD, synced_account
from tests.support.service.service import Service, data_of, error_of

SOMEONE = person("王小明", number=7)
STRANGER = person("李雷", number=8)
NEW_PASSWORD = "Plover-under-3-bridges"


def begin(service: Service, token: str, **changes: Any) -> Any:
    content = {"login": SOMEONE.id_number, "phone": SOMEONE.phone, **changes}
    if not {"sms_code", "phone_proof"} & set(changes):
        content["phone_proof"] = phone_proof(service, token, content["phone"])
    return service.post("/password-resets", json=content, token=token)


def finish(service: Service, token: str, reset: str, password: Any = NEW_PASSWORD) -> Any:
    path = f"/password-resets/{reset}/password"
    return service.post(path, json={"password": password}, token=token)


def test_password_is_reset_with_a_code(service: Service) -> None:
    with tables_of(service):
        account_of(SOMEONE)
    signed_in = sign_in(service, SOMEONE)
    for _ in range(5):
        wrong = {"login": SOMEONE.id_number, "password": "not-the-password"}
        error_of(service.post("/sessions", json=wrong), 401, "WRONG_PASSWORD")
    token = service.wechat_login("wang")
    code = service.sms_code(token, SOMEONE.phone, "reset_password")
    begun = data_of(begin(service, token, sms_code=code), status=200)
    assert begun["expires_in"] == 600
    data_of(finish(service, token, begun["token"]), status=200)
    error_of(service.get("/account", token=signed_in), 401, "UNAUTHENTICATED")
    # The old password is refused, the new one signs in, and no lock remains.
    old = {"login": SOMEONE.id_number, "password": PASSWORD}
    body = error_of(service.post("/sessions", json=old), 401, "WRONG_PASSWORD")
    assert body["data"] == {"attempts_left": 4, "was_reset": True}
    assert "最近一次设置" in body["message"]
    data_of(service.post("/sessions", json={**old, "password": NEW_PASSWORD}, token=token))


@pytest.mark.parametrize("login", [SOMEONE.id_number, SOMEONE.phone, "nobody_here", "!"])
def test_unknown_login_and_wrong_phone_give_the_same_answer(service: Service, login: str) -> None:
    with tables_of(service):
        account_of(SOMEONE)
    token = service.wechat_login()
    answer = begin(service, token, login=login, phone=STRANGER.phone)
    body = error_of(answer, 422, "PHONE_NOT_ON_RECORD")
    assert body["data"] == {"by_face": "reset"}
    assert body["help"]["case"] == 15
    answer = begin(service, token, login=login, phone=STRANGER.phone, sms_code="123456")
    error_of(answer, 422, "SMS_CODE_WRONG")


def test_account_states_are_shown_only_after_the_proof(service: Service) -> None:
    shared = person(number=30, phone=SOMEONE.phone)
    with tables_of(service):
        account_of(SOMEONE, status=FROZEN)
        synced_account(STRANGER)
        account_of(shared)
    token = service.wechat_login()
    error_of(begin(service, token), 403, "ACCOUNT_FROZEN")
    answer = begin(service, token, login=STRANGER.id_number, phone=STRANGER.phone)
    assert error_of(answer, 409, "ACTIVATION_REQUIRED")["help"]["case"] == 9
    error_of(begin(service, token, login=SOMEONE.phone), 409, "LOGIN_AMBIGUOUS")
    data_of(begin(service, token, login=shared.id_number))


def test_reset_is_bound_to_its_token(service: Service) -> None:
    with tables_of(service):
        account_of(SOMEONE)
    token = service.wechat_login()
    reset = data_of(begin(service, token))["token"]
    error_of(finish(service, service.wechat_login("li"), reset), 404, "NOT_FOUND")
    error_of(finish(service, token, "made-up"), 404, "NOT_FOUND")
    answer = finish(service, token, reset, "woaini1314")
    (entry,) = error_of(answer, 422, "INVALID_INPUT")["data"]["fields"]
    assert (entry["field"], entry["code"]) == ("password", "password_too_common")
    for wrong in (None, 7, "x" * 257):
        error_of(finish(service, token, reset, wrong), 422, "INVALID_INPUT")
    data_of(finish(service, token, reset))
    error_of(finish(service, token, reset), 404, "NOT_FOUND")


def test_repeated_step_gives_the_same_answer(service: Service) -> None:
    with tables_of(service):
        account_of(SOMEONE)
    token = service.wechat_login()
    content = {
        "login": SOMEONE.id_number,
        "phone": SOMEONE.phone,
        "phone_proof": phone_proof(service, token, SOMEONE.phone),
    }
    key = {"Idempotency-Key": "reset-000001"}
    first = service.post("/password-resets", json=content, token=token, headers=key)
    again = service.post("/password-resets", json=content, token=token, headers=key)
    assert data_of(first) == data_of(again)
    path = f"/password-resets/{data_of(first)['token']}/password"
    for _ in range(2):
        answer = service.post(path, json={"password": NEW_PASSWORD}, token=token, headers=key)
        data_of(answer, status=200)


def test_guessing_is_limited(service: Service) -> None:
    token = service.wechat_login()
    for n in range(20):
        answer = begin(service, token, login=f"nobody_{n}", phone=STRANGER.phone)
        error_of(answer, 422, "PHONE_NOT_ON_RECORD")
    answer = begin(service, token, login="nobody_20", phone=STRANGER.phone)
    assert error_of(answer, 429, "TOO_MANY_ATTEMPTS")["data"]["scope"] == "lookups"


def test_resets_need_a_token(service: Service) -> None:
    error_of(service.post("/password-resets", json={}), 401, "UNAUTHENTICATED")
    answer = service.post("/password-resets/abc/password", json={})
    error_of(answer, 401, "UNAUTHENTICATED")


@pytest.mark.parametrize("field", ["login", "phone"])
def test_malformed_fields_are_named(service: Service, field: str) -> None:
    token = service.wechat_login()
    for wrong in (None, 7, "x" * 201, "a\u0000b"):
        answer = begin(service, token, sms_code="123456", **{field: wrong})
        entries = error_of(answer, 422, "INVALID_INPUT")["data"]["fields"]
        assert [entry["field"] for entry in entries] == [field]


def test_all_missing_fields_are_told_at_once(service: Service) -> None:
    answer = begin(service, service.wechat_login(), login=" ", phone="", sms_code="")
    fields = error_of(answer, 422, "INVALID_INPUT")["data"]["fields"]
    assert [entry["field"] for entry in fields] == ["login", "phone", "sms_code"]
