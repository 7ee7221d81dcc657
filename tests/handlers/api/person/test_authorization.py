"""The switch 是否办理工商登记注册 over HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from miniprogram_api import clock, working_days
from models.accounts.accounts import FROZEN, Account
from tests.support.people.accounts import account_of, phone_proof, sign_in, tables_of
from tests.support.people.faces import CONSENT
from tests.support.people.persons import make_phone, person
from tests.support.people.registrations import PASSWORD
from tests.support.service.service import Service, data_of, error_of

SOMEONE = person("王小明", number=7)
PATH = "/account/authorization"
NEW_PASSWORD = "Plover-under-3-bridges"


def signed_in(service: Service, **changes: Any) -> str:
    with tables_of(service):
        account_of(SOMEONE, **{"level": 4, "verified_by": "face", **changes})
    return sign_in(service, SOMEONE)


def proved(service: Service, token: str, **content: Any) -> dict[str, Any]:
    return {**content, "phone_proof": phone_proof(service, token, SOMEONE.phone)}


def test_switch_turns_on_and_off(service: Service) -> None:
    token = signed_in(service)
    before = data_of(service.get(PATH, token=token))
    assert (before["enabled"], before["effective"], before["reason"]) == (False, False, "off")
    until, days = before["latest_until"], before["days"]
    assert (days[0]["date"], days[-1]["date"]) == (clock.today().isoformat(), until)
    assert sum(day["is_working_day"] for day in days[1:]) == 10
    content = proved(service, token, enabled=True, until=until)
    on = data_of(service.put(PATH, json=content, token=token), status=200)
    assert (on["enabled"], on["until"], on["effective"], on["reason"]) == (True, until, True, "ok")
    shown = data_of(service.get("/account", token=token))["authorization"]
    assert shown == {
        "enabled": True, "until": until, "effective": True, "reason": "ok", "cause": None,
    }  # fmt: skip
    off = data_of(service.put(PATH, json={"enabled": False}, token=token))
    assert (off["enabled"], off["until"], off["reason"]) == (False, None, "off")
    history = data_of(service.get(PATH, token=token))["history"]
    assert [(one["enabled"], one["until"]) for one in history] == [(False, None), (True, until)]


def test_switch_accepts_an_sms_code(service: Service) -> None:
    token = signed_in(service)
    code = service.sms_code(token, SOMEONE.phone, "confirm")
    content = {"enabled": True, "until": clock.today().isoformat(), "sms_code": code}
    on = data_of(service.put(PATH, json=content, token=token))
    assert on["effective"]
    assert on["reminder"].startswith("“是否办理工商登记注册”今天")
    error_of(service.put(PATH, json=content, token=token), 422, "SMS_CODE_USED")


def test_authorisation_ends_after_its_last_day(service: Service) -> None:
    token = signed_in(service)
    latest = working_days.nth_after(clock.today(), 10)
    content = proved(service, token, enabled=True)
    for day, code in (
        (latest.day + timedelta(days=1), "too_late"),
        (clock.today() - timedelta(days=1), "past"),
    ):
        answer = service.put(PATH, json={**content, "until": day.isoformat()}, token=token)
        (entry,) = error_of(answer, 422, "INVALID_INPUT")["data"]["fields"]
        assert (entry["field"], entry["code"]) == ("until", code)
    answer = service.put(PATH, json={**content, "until": f"{latest.day:%Y/%m/%d}"}, token=token)
    data = data_of(answer)
    assert data["until"] == latest.day.isoformat() == data["latest_until"]
    assert (data["note"] is None) == (latest.guessed_year is None)
    assert data["reminder"] is None


def test_below_level_4_is_refused(service: Service) -> None:
    token = signed_in(service, level=3)
    content = {"enabled": True, "until": "soon", "sms_code": "000000"}
    error_of(service.put(PATH, json=content, token=token), 403, "LEVEL_TOO_LOW")
    assert data_of(service.get(PATH, token=token))["reason"] == "level_too_low"
    data_of(service.put(PATH, json={"enabled": False}, token=token))


def reset_password(service: Service, wechat: str) -> str:
    """Reset the password by a code to the phone, sign in with it and return the token."""
    token = service.wechat_login(wechat)
    code = service.sms_code(token, SOMEONE.phone, "reset_password")
    content = {"login": SOMEONE.id_number, "phone": SOMEONE.phone, "sms_code": code}
    begun = data_of(service.post("/password-resets", json=content, token=token))
    path = f"/password-resets/{begun['token']}/password"
    assert service.post(path, json={"password": NEW_PASSWORD}, token=token).status_code == 200
    return sign_in(service, SOMEONE, wechat, password=NEW_PASSWORD)


def assert_closed(service: Service, token: str) -> None:
    content = proved(service, token, enabled=True, until=clock.today().isoformat())
    refused = error_of(service.put(PATH, json=content, token=token), 403, "LEVEL_TOO_LOW")
    assert refused["data"] == {"cause": "reset"}
    pages = [action.get("page") for action in refused["help"]["actions"]]
    assert pages[:3] == ["pages/face/index", "pages/ctid/index", "pages/windows/index"]
    assert "核验" in refused["help"]["steps"][0]
    shown = data_of(service.get(PATH, token=token))
    assert (shown["enabled"], shown["reason"], shown["cause"]) == (False, "off", "reset")


def switched_on(service: Service, **columns: Any) -> str:
    until = clock.today() + timedelta(days=3)
    return signed_in(service, authorization_enabled=True, authorization_until=until, **columns)


def test_reset_switches_it_off_until_the_own_face_is_checked(service: Service) -> None:
    switched_on(service)
    token = reset_password(service, "stranger")
    assert_closed(service, token)
    error_of(service.post("/face-challenges", json=CONSENT, token=token), 409, "ALREADY_VERIFIED")
    opening = {**CONSENT, "purpose": "authorization"}
    challenge = data_of(service.post("/face-challenges", json=opening, token=token))
    assert challenge["purpose"] == "authorization"
    sent = {"challenge_id": challenge["challenge_id"]}
    account = data_of(service.post("/face-verifications", json=sent, token=token))
    assert (account["level"], account["authorization"]["cause"]) == (4, None)
    content = proved(service, token, enabled=True, until=clock.today().isoformat())
    assert data_of(service.put(PATH, json=content, token=token))["effective"]
    error_of(service.post("/face-challenges", json=opening, token=token), 409, "ALREADY_VERIFIED")


def test_change_of_phone_switches_it_off_until_ctid(service: Service) -> None:
    token, phone = switched_on(service), make_phone(78)
    content = {
        "phone": phone, "password": PASSWORD, "phone_proof": phone_proof(service, token, phone),
    }  # fmt: skip
    changed = data_of(service.put("/account/phone", json=content, token=token))
    assert changed["authorization"]["cause"] == "reset"
    history = data_of(service.get(PATH, token=token))["history"]
    assert [(one["enabled"], one["cause"]) for one in history] == [(False, "phone_changed")]
    ctid = f"ctid-ok-{SOMEONE.id_number}"
    for path, body in (
        ("/ctid-challenges", {}),
        ("/ctid-verifications", {"ctid_token": ctid}),
    ):
        error_of(service.post(path, json=body, token=token), 409, "ALREADY_VERIFIED")
    opening = {"purpose": "authorization"}
    opened = data_of(service.post("/ctid-challenges", json=opening, token=token))
    assert (opened["purpose"], opened["expires_in"]) == ("authorization", 600)
    assert opened["serial"]
    body = {"challenge_id": opened["challenge_id"], "ctid_token": ctid}
    account = data_of(service.post("/ctid-verifications", json=body, token=token))
    assert account["authorization"]["cause"] is None
    # The token was verified with the serial of this check.
    asked = service.sandbox.calls("ctid/verifications")[-1]["request"]
    assert asked["serial"] == opened["serial"]
    proof = phone_proof(service, token, phone)
    on = {"enabled": True, "until": clock.today().isoformat(), "phone_proof": proof}
    assert data_of(service.put(PATH, json=on, token=token))["effective"]


def test_frozen_account_is_refused(service: Service) -> None:
    token = signed_in(service, status=FROZEN)
    answer = service.put(PATH, json={"enabled": False}, token=token)
    error_of(answer, 403, "ACCOUNT_FROZEN")
    assert data_of(service.get(PATH, token=token))["reason"] == "frozen"


def test_expired_card_is_refused(service: Service) -> None:
    token = signed_in(service)
    content = proved(service, token, enabled=True, until=clock.today().isoformat())
    assert data_of(service.put(PATH, json=content, token=token))["effective"]
    with tables_of(service):
        Account.update(valid_until=clock.today() - timedelta(days=1)).execute()
    data = data_of(service.get(PATH, token=token))
    assert (data["enabled"], data["effective"], data["reason"]) == (True, False, "card_expired")


def test_switching_on_needs_a_proof(service: Service) -> None:
    token = signed_in(service)
    content = {"enabled": True, "until": clock.today().isoformat()}
    (entry,) = error_of(service.put(PATH, json=content, token=token), 422, "INVALID_INPUT")["data"][
        "fields"
    ]
    assert entry["field"] == "sms_code"


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({}, "enabled"),
        ({"enabled": True}, "until"),
        ({"enabled": True, "until": "长期"}, "until"),
    ],
)
def test_malformed_fields_are_named(service: Service, content: dict[str, Any], field: str) -> None:
    token = signed_in(service)
    answer = service.put(PATH, json=content, token=token)
    entries = error_of(answer, 422, "INVALID_INPUT")["data"]["fields"]
    assert [entry["field"] for entry in entries] == [field]
