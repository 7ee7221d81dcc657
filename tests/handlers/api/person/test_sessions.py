"""Sign-in and sign-out over HTTP: codes, ended tokens, bindings, repeated calls."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from miniprogram_api import clock
from models.accounts.accounts import CANCELLED, FROZEN
from models.accounts.idempotency import IdempotentCall
from models.accounts.sms_codes import PhoneProofToken
from models.outbox import Notice
from tests.support.people.accounts import account_of, phone_proof, sign_in, tables_of
from tests.support.people.persons import person
from tests.support.people.registrations import PASSWORD, synced_account
from tests.support.service.service import Service, data_of, error_of

SOMEONE = person("王小明", number=7)
CREDENTIALS = {"login": SOMEONE.id_number, "password": PASSWORD}


def make(service: Service, **changes: Any) -> None:
    with tables_of(service):
        account_of(SOMEONE, **changes)


def test_wechat_code_gives_a_token(service: Service) -> None:
    answer = service.post("/wechat/login", json={"code": "wx-王小明"})
    data = data_of(answer, status=200)
    assert data["account"] is None
    assert data["expires_in"] == 7200
    assert answer.headers["Cache-Control"] == "no-store"
    error_of(service.get("/account", token=data["token"]), 403, "ACCOUNT_REQUIRED")


@pytest.mark.parametrize("code", ["made-up", "😀"])
def test_unknown_wechat_code_is_refused(service: Service, code: str) -> None:
    error_of(service.post("/wechat/login", json={"code": code}), 401, "WECHAT_CODE_INVALID")


def test_user_blocked_by_wechat_is_told_so_with_a_way(service: Service) -> None:
    answer = service.post("/wechat/login", json={"code": "wx-blocked"})
    error_of(answer, 403, "WECHAT_USER_BLOCKED")
    body = answer.json()
    assert "微信限制了您的微信号" in body["message"]
    assert "pages/windows/index" in [action.get("page") for action in body["help"]["actions"]]


def test_wechat_code_works_once(service: Service) -> None:
    data_of(service.post("/wechat/login", json={"code": "wx-once"}))
    error_of(service.post("/wechat/login", json={"code": "wx-once"}), 401, "WECHAT_CODE_INVALID")


def test_stolen_code_with_its_key_gives_no_session(service: Service) -> None:
    call = {"json": {"code": "wx-once"}, "headers": {"Idempotency-Key": "stolen-key-0001"}}
    token = data_of(service.post("/wechat/login", **call))["token"]
    again = service.post("/wechat/login", **call)
    assert "token" not in error_of(again, 401, "WECHAT_CODE_INVALID")["data"]
    assert "Idempotency-Replayed" not in again.headers
    # The session of its user goes on.
    error_of(service.get("/account", token=token), 403, "ACCOUNT_REQUIRED")
    with tables_of(service):
        assert IdempotentCall.select().count() == 0


def test_invalid_codes_slow_an_address_down_and_block_none(service: Service) -> None:
    address = "203.0.113.40"

    def log_in(code: str, address: str = address) -> requests.Response:
        return service.post("/wechat/login", json={"code": code}, address=address)

    for _ in range(120):
        error_of(log_in("invalid"), 401, "WECHAT_CODE_INVALID")
    for number in range(30):
        data_of(log_in(f"wx-user~{number}"))
    refused = log_in("wx-user~30")
    data = error_of(refused, 429, "TOO_MANY_ATTEMPTS")["data"]
    assert data["scope"] == "wechat_logins"
    assert 1 <= data["retry_after"] <= 60
    assert refused.headers["Retry-After"] == str(data["retry_after"])
    data_of(log_in("wx-user~31", "203.0.113.41"))


@pytest.mark.parametrize("mode", ["error", "reset"])
def test_unreachable_wechat_is_503(service: Service, mode: str) -> None:
    service.sandbox.fault("wechat", mode, 9)
    error_of(service.post("/wechat/login", json={"code": "wx-a"}), 503, "WECHAT_UNAVAILABLE")


def test_sign_in_needs_no_token(service: Service) -> None:
    make(service)
    data = data_of(service.post("/sessions", json=CREDENTIALS), status=200)
    account = data["account"]
    assert account["status"] == "registered"
    assert account["id_number"] == f"{SOMEONE.id_number[:3]}***********{SOMEONE.id_number[-4:]}"
    assert account["phone"] == f"{SOMEONE.phone[:3]}****{SOMEONE.phone[-4:]}"
    assert account["name"] == "王**"
    assert data_of(service.get("/account", token=data["token"])) == account


def test_sign_in_replaces_the_token(service: Service) -> None:
    make(service)
    old = service.wechat_login()
    new = data_of(service.post("/sessions", json=CREDENTIALS, token=old))["token"]
    assert new != old
    error_of(service.get("/account", token=old), 401, "UNAUTHENTICATED")
    error_of(service.post("/sessions", json=CREDENTIALS, token=old), 401, "UNAUTHENTICATED")
    newer = data_of(service.post("/sessions", json=CREDENTIALS, token=new))["token"]
    error_of(service.get("/account", token=new), 401, "UNAUTHENTICATED")
    assert service.get("/account", token=newer).status_code == 200


def test_sign_out_takes_effect_at_once(service: Service) -> None:
    make(service)
    token = sign_in(service, SOMEONE)
    data_of(service.delete("/sessions/current", token=token), status=200)
    error_of(service.get("/account", token=token), 401, "UNAUTHENTICATED")
    error_of(service.delete("/sessions/current", token=token), 401, "UNAUTHENTICATED")
    error_of(service.delete("/sessions/current"), 401, "UNAUTHENTICATED")


def test_unknown_user_is_refused(service: Service) -> None:
    body = error_of(
        service.post("/sessions", json={**CREDENTIALS, "login": "nobody_here"}),
        404,
        "USER_NOT_FOUND",
    )
    assert body["help"]["case"] == 3
    assert body["help"]["steps"]


def test_wrong_password_is_refused(service: Service) -> None:
    make(service, password_reset_at=clock.now())
    for left in (4, 3, 2, 1, 0):
        answer = service.post("/sessions", json={**CREDENTIALS, "password": "not-the-password"})
        body = error_of(answer, 401, "WRONG_PASSWORD")
        # The last answer names the end of the lock.
        assert ("retry_after" in body["data"]) == ("后可再试" in body["message"]) == (left == 0)
        assert 50 < body["data"].pop("retry_after", 60) <= 60
        assert body["data"] == {"attempts_left": left, "was_reset": True}
        assert body["help"]["case"] == 8
        assert "手误" in body["message"]
        assert "重置" in body["message"]
    answer = service.post("/sessions", json=CREDENTIALS)
    body = error_of(answer, 423, "ACCOUNT_LOCKED")
    assert body["help"]["case"] == 8
    assert 50 < body["data"]["retry_after"] <= 60
    assert answer.headers["Retry-After"] == str(body["data"]["retry_after"])
    # From another address the right password signs in.
    data_of(service.post("/sessions", json=CREDENTIALS, address="203.0.113.9"))


def test_synced_account_needs_activation(service: Service) -> None:
    with tables_of(service):
        synced_account(SOMEONE)
    body = error_of(service.post("/sessions", json=CREDENTIALS), 409, "ACTIVATION_REQUIRED")
    assert body["help"]["case"] == 9
    assert body["data"] == {}


def test_shared_phone_is_ambiguous(service: Service) -> None:
    make(service)
    with tables_of(service):
        account_of(person("李雷", number=8, phone=SOMEONE.phone))
    answer = service.post("/sessions", json={**CREDENTIALS, "login": SOMEONE.phone})
    assert error_of(answer, 409, "LOGIN_AMBIGUOUS")["help"]["case"] == 3


def test_cancelled_account_is_refused(service: Service) -> None:
    make(
        service,
        status=CANCELLED,
        identity_index=None,
        former_identity_index=SOMEONE.id_number,
        cancelled_at=clock.now(),
    )
    body = error_of(service.post("/sessions", json=CREDENTIALS), 410, "ACCOUNT_CANCELLED")
    assert body["data"] == {"cancelled_on": clock.today().isoformat()}
    wrong = {**CREDENTIALS, "password": "not-the-password"}
    error_of(service.post("/sessions", json=wrong), 404, "USER_NOT_FOUND")


def test_frozen_account_signs_in(service: Service) -> None:
    make(service, status=FROZEN)
    token = sign_in(service, SOMEONE)
    assert data_of(service.get("/account", token=token))["status"] == "frozen"
    answer = service.post("/sessions", json={**CREDENTIALS, "bind": True}, token=token)
    error_of(answer, 403, "ACCOUNT_FROZEN")


def test_unknown_logins_are_limited(service: Service) -> None:
    token = service.wechat_login()
    for n in range(20):
        answer = service.post("/sessions", json={**CREDENTIALS, "login": f"no_{n}"}, token=token)
        error_of(answer, 404, "USER_NOT_FOUND")
    answer = service.post("/sessions", json={**CREDENTIALS, "login": "no_20"}, token=token)
    body = error_of(answer, 429, "TOO_MANY_ATTEMPTS")
    assert body["data"]["scope"] == "lookups"
    assert answer.headers["Retry-After"] == str(body["data"]["retry_after"])
    answer = service.post("/sessions", json={**CREDENTIALS, "login": "no_21"})
    error_of(answer, 404, "USER_NOT_FOUND")


def test_code_unlocks_an_account_under_attack(service: Service) -> None:
    make(service)
    wrong = {**CREDENTIALS, "password": "not-the-password"}
    for place in range(6):
        for _ in range(5):
            service.post("/sessions", json=wrong, address=f"203.0.113.{place}")
    token = service.wechat_login()
    # Without WeChat CTID is the way besides a code.
    for bearer, other_way in ((token, "clear_limit"), (None, "pages/ctid/index")):
        answer = service.post("/sessions", json=CREDENTIALS, token=bearer)
        body = error_of(answer, 423, "ACCOUNT_LOCKED")
        assert body["data"]["needs_code"]
        assert "验证码" in body["message"]
        ways = [action.get("page") or action.get("retry") for action in body["help"]["actions"]]
        assert ways[:2] == ["pages/password-reset/index", other_way]
    code = service.sms_code(token, SOMEONE.phone, "reset_password")
    bad = {**CREDENTIALS, "sms_code": f"{(int(code) + 1) % 10**6:06}"}
    error_of(service.post("/sessions", json=bad, token=token), 422, "SMS_CODE_WRONG")
    data_of(service.post("/sessions", json={**CREDENTIALS, "sms_code": code}, token=token))
    # The owner's WeChat user is known now, from wherever it comes.
    for place in range(6):
        for _ in range(5):
            service.post("/sessions", json=wrong, address=f"203.0.113.{place}")
    away = {"json": CREDENTIALS, "address": "198.51.100.9"}
    error_of(service.post("/sessions", **away), 423, "ACCOUNT_LOCKED")
    data_of(service.post("/sessions", **away, token=service.wechat_login()))


def test_fifty_concurrent_guesses_get_five_checks(service: Service) -> None:
    make(service)

    def guess(number: int) -> str:
        content = {**CREDENTIALS, "password": f"guess-number-{number}"}
        answer = requests.post(service.url + "/api/v1/sessions", json=content, timeout=60)
        return str(answer.json()["code"])

    with ThreadPoolExecutor(50) as pool:
        codes = list(pool.map(guess, range(50)))
    assert codes.count("WRONG_PASSWORD") == 5
    assert codes.count("ACCOUNT_LOCKED") == 45


def test_binding_signs_in_and_is_replaced_by_a_new_one(service: Service) -> None:
    make(service)
    sign_in(service, SOMEONE, "first", bind=True)
    bound = data_of(service.post("/wechat/login", json={"code": "wx-first"}))
    assert bound["account"]["bound"]
    assert data_of(service.get("/account", token=bound["token"]))["status"] == "registered"

    sign_in(service, SOMEONE, "second", bind=True)
    again = data_of(service.post("/wechat/login", json={"code": "wx-first~2"}))
    assert again["account"] is None
    with tables_of(service):
        assert [notice.kind for notice in Notice.select()] == ["binding_changed"]


def test_binding_needs_a_wechat_user(service: Service) -> None:
    make(service)
    answer = service.post("/sessions", json={**CREDENTIALS, "bind": True})
    (entry,) = error_of(answer, 422, "INVALID_INPUT")["data"]["fields"]
    assert (entry["field"], entry["code"]) == ("bind", "wechat_required")


def test_repeated_sign_in_gives_the_same_answer_with_its_own_token(
    service: Service,
) -> None:
    make(service)
    used = service.wechat_login()
    key = {"Idempotency-Key": "sign-in-0001"}
    first = data_of(service.post("/sessions", json=CREDENTIALS, token=used, headers=key))
    answer = service.post("/sessions", json=CREDENTIALS, token=used, headers=key)
    again = data_of(answer)
    assert answer.headers["Idempotency-Replayed"] == "true"
    assert again["account"] == first["account"]
    assert again["token"] != first["token"]
    error_of(service.get("/account", token=first["token"]), 401, "UNAUTHENTICATED")
    assert service.get("/account", token=again["token"]).status_code == 200
    other = {**CREDENTIALS, "bind": True}
    answer = service.post("/sessions", json=other, token=used, headers=key)
    error_of(answer, 409, "IDEMPOTENCY_CONFLICT")


def test_wrong_password_is_not_kept_for_a_repeated_call(service: Service) -> None:
    make(service)
    key = {"Idempotency-Key": "sign-in-0002"}
    wrong = {**CREDENTIALS, "password": "not-the-password"}
    for left in (4, 3):
        answer = service.post("/sessions", json=wrong, headers=key)
        assert error_of(answer, 401, "WRONG_PASSWORD")["data"]["attempts_left"] == left


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"login": None}, "login"),
        ({"login": "x" * 201}, "login"),
        ({"password": "x" * 257}, "password"),
        ({"bind": "perhaps"}, "bind"),
        ({"phone_proof": "with spaces"}, "phone_proof"),
    ],
)
def test_malformed_fields_are_named(service: Service, changes: dict[str, Any], field: str) -> None:
    answer = service.post("/sessions", json={**CREDENTIALS, **changes})
    entries = error_of(answer, 422, "INVALID_INPUT")["data"]["fields"]
    assert [entry["field"] for entry in entries] == [field]


def test_unneeded_phone_proof_is_not_spent(
    service: Service,
) -> None:
    make(service)
    token = service.wechat_login()
    proof = phone_proof(service, token, SOMEONE.phone)
    content = {**CREDENTIALS, "phone_proof": proof}
    data_of(service.post("/sessions", json=content, token=token))
    with tables_of(service):
        assert PhoneProofToken.get().used_at is None


def test_empty_fields_are_named_and_cost_no_try(service: Service) -> None:
    make(service)
    for _ in range(6):
        answer = service.post("/sessions", json={"login": CREDENTIALS["login"], "password": ""})
        entries = error_of(answer, 422, "INVALID_INPUT")["data"]["fields"]
        assert [(e["field"], e["code"]) for e in entries] == [("password", "required")]
    answer = service.post("/sessions", json={**CREDENTIALS, "login": "  "})
    entries = error_of(answer, 422, "INVALID_INPUT")["data"]["fields"]
    assert [(e["field"], e["code"]) for e in entries] == [("login", "required")]
    data_of(service.post("/sessions", json=CREDENTIALS))
