"""A browser without WeChat: the same calls, stricter limits, and what only WeChat can do."""

import secrets
from datetime import timedelta

import requests
from peewee import fn

from miniprogram_api import clock
from miniprogram_api.accounts import consents
from models.accounts.sessions import Session
from models.accounts.sms_codes import SmsCode
from tests.support.people.accounts import account_of, phone_proof, tables_of
from tests.support.people.persons import make_phone, person
from tests.support.people.registrations import PASSWORD, body, sent_code
from tests.support.service.service import Service, data_of, error_of


def enter(service: Service, device: str | None = None) -> str:
    answer = service.post("/web/login", json={"device": device or secrets.token_urlsafe(16)})
    data = data_of(answer, 200)
    assert data["account"] is None
    return str(data["token"])


def test_browser_registers_and_keeps_its_conversations(service: Service) -> None:
    device, someone = secrets.token_urlsafe(16), person(number=2101)
    token = enter(service, device)
    data_of(service.post("/faq/ask", json={"question": "怎么注册"}, token=token))
    again = enter(service, device)
    assert len(data_of(service.get("/account/conversations", token=again))["conversations"]) == 1
    other = data_of(service.get("/account/conversations", token=enter(service)))
    assert other["conversations"] == []
    code = service.sms_code(token, someone.phone, "register")
    filled = body(someone, code)
    refused = service.post("/registrations", json={**filled, "bind": True}, token=token)
    (field,) = error_of(refused, 422, "INVALID_INPUT")["data"]["fields"]
    assert (field["field"], field["code"]) == ("bind", "wechat_required")
    account = data_of(service.post("/registrations", json=filled, token=token), 201)
    # In the sandbox a browser sends a picture; elsewhere its face check belongs to WeChat.
    consent = {"consent_version": consents.current_text().version}
    opened = data_of(service.post("/face-challenges", json=consent, token=account["token"]))
    assert opened["mode"] == "photo"
    assert data_of(service.post("/handovers", token=account["token"]), 201)["mode"] == "photo"


def test_browser_asks_codes_for_five_phones_an_hour(service: Service) -> None:
    token = enter(service)

    def ask(number: int) -> int:
        sent = {"phone": make_phone(8_000 + number), "purpose": "register"}
        return service.post("/sms-codes", json=sent, token=token).status_code

    assert [ask(number) for number in range(6)] == [202] * 5 + [429]


def test_new_browsers_and_questions_of_an_address_are_limited(service: Service) -> None:
    address = "203.0.113.21"

    def log_in(device: str, address: str = address) -> requests.Response:
        return service.post("/web/login", json={"device": device}, address=address)

    known = "known-" + secrets.token_urlsafe(16)
    first = data_of(log_in(known))["token"]
    for _ in range(59):
        token = data_of(log_in(secrets.token_urlsafe(16)))["token"]
    new = secrets.token_urlsafe(16)
    # A refused browser stays a new one.
    for _ in range(2):
        answer = log_in(new)
        data = error_of(answer, 429, "TOO_MANY_ATTEMPTS")["data"]
        assert (data["scope"], "help" in answer.json()) == ("web_logins", True)
        assert answer.headers["Retry-After"] == str(data["retry_after"])
    # One that was seen before comes in, whatever others do at its address, or at another one.
    assert data_of(log_in(known))["token"] != first
    data_of(log_in(known, "203.0.113.22"))
    data_of(log_in(new, "203.0.113.22"))
    data_of(log_in(new))
    asked = [
        service.post("/faq/ask", json={"question": "你好"}, token=token, address=address)
        for _ in range(61)
    ]
    assert [a.status_code for a in asked] == [200] * 60 + [429]


def test_strangers_browsers_do_not_void_a_code(service: Service) -> None:
    someone, token = person(number=2102), enter(service)
    code = service.sms_code(token, someone.phone, "register")
    wrong = body(someone, "000000" if code != "000000" else "000001")
    left = []
    for _ in range(7):
        answer = service.post("/registrations", json=wrong, token=enter(service))
        left.append(error_of(answer, 422, "SMS_CODE_WRONG")["data"]["tries_left"])
    assert left == [4, 3, 2, 1, 0, 0, 0]
    data_of(service.post("/registrations", json=body(someone, code), token=token), 201)


def test_twenty_five_wrong_entries_of_strangers_do_not_void_a_code_for_its_browser(
    service: Service,
) -> None:
    device, someone = secrets.token_urlsafe(16), person(number=2103)
    token = enter(service, device)
    code = service.sms_code(token, someone.phone, "register")
    wrong = body(someone, "000000" if code != "000000" else "000001")
    for number in range(25):
        answer = service.post(
            "/registrations", json=wrong, token=enter(service), address=f"203.0.113.{number // 5}"
        )
        error_of(answer, 422, "SMS_CODE_WRONG")
    answer = service.post("/registrations", json=wrong, token=enter(service), address="192.0.2.9")
    error = error_of(answer, 422, "SMS_CODE_WRONG")["data"]
    assert error == {"tries_left": 0, "cause": "others"}

    left = []
    for _ in range(4):
        answer = service.post("/registrations", json=wrong, token=token)
        left.append(error_of(answer, 422, "SMS_CODE_WRONG")["data"]["tries_left"])
    # A new session of the same browser goes on with the tries that are left.
    again = enter(service, device)
    assert left == [4, 3, 2, 1]
    data_of(service.post("/registrations", json=body(someone, code), token=again), 201)


def ways_of(answer: requests.Response) -> list[str]:
    """Return the targets of the first two buttons of a refusal."""
    return [action[action["type"]] for action in answer.json()["help"]["actions"][:2]]


def test_browser_stopped_by_strangers_registers_after_ctid(service: Service) -> None:
    victim = person(number=2104)
    guess = {**victim.four_elements, "name": "张不符"}
    for name in "abcd":
        stranger = service.wechat_login(name)
        proof = phone_proof(service, stranger, "13800138990")
        for _ in range(5):
            sent = body(victim, None, **guess, phone="13800138990", phone_proof=proof)
            answer = service.post("/registrations", json=sent, token=stranger)
            error_of(answer, 422, "FOUR_ELEMENTS_MISMATCH")
    token = enter(service)
    sent = body(victim, service.sms_code(token, victim.phone, "register"))
    stopped = service.post("/registrations", json=sent, token=token)
    assert error_of(stopped, 429, "TOO_MANY_ATTEMPTS")["data"]["scope"] == "person"
    assert ways_of(stopped) == ["pages/ctid/index", "pages/windows/index"]
    said = data_of(service.post("/faq/ask", json={"question": "注册核验不通过怎么办"}, token=token))
    assert "网证" in said["diagnosis"][0]["message"]
    assert said["actions"][0]["page"] == "pages/ctid/index"

    check = {
        "name": victim.name,
        "id_number": victim.id_number,
        "consent_version": consents.current_text().version,
        "ctid_token": f"ctid-ok-{victim.id_number}",
    }
    error_of(service.post("/ctid-verifications", json=check), 401, "UNAUTHENTICATED")
    assert data_of(service.post("/ctid-verifications", json=check, token=token)) == {}
    account = data_of(service.post("/registrations", json=sent, token=token), 201)["account"]
    assert account["level"] == 3


def test_browser_opens_an_account_that_strangers_locked_by_ctid(service: Service) -> None:
    someone = person(number=2105)
    with tables_of(service):
        account_of(someone)
    credentials = {"login": someone.id_number, "password": PASSWORD}
    wrong = {**credentials, "password": "not-the-password"}
    for number in range(30):
        address = f"203.0.113.{number // 5}"
        error_of(service.post("/sessions", json=wrong, address=address), 401, "WRONG_PASSWORD")
    token = enter(service)
    locked = service.post("/sessions", json=credentials, token=token)
    error_of(locked, 423, "ACCOUNT_LOCKED")
    actions = locked.json()["help"]["actions"]
    assert [action.get("page") for action in actions[:3]] == [
        "pages/password-reset/index",
        "pages/ctid/index",
        "pages/windows/index",
    ]
    check = {
        "name": someone.name,
        "id_number": someone.id_number,
        "consent_version": consents.current_text().version,
        "ctid_token": f"ctid-ok-{someone.id_number}",
    }
    data_of(service.post("/ctid-verifications", json=check, token=token))
    data_of(service.post("/sessions", json=credentials, token=token))


def test_browser_whose_codes_of_the_day_others_used_up_is_told_the_ways(service: Service) -> None:
    phone = make_phone(8_100)
    with tables_of(service):
        for hours in range(2, 7):
            sent_code(phone)
            latest = SmsCode.select(fn.MAX(SmsCode.id)).scalar()
            at = clock.now() - timedelta(hours=hours)
            SmsCode.update(created_at=at, openid="o-li").where(SmsCode.id == latest).execute()
    service.lose_redis()
    asked = {"phone": phone, "purpose": "reset_password"}
    full = service.post("/sms-codes", json=asked, token=enter(service))
    data = error_of(full, 429, "SMS_RATE_LIMITED")["data"]
    assert (data["window"], data["cause"], data["way"]) == ("day", "others", "ctid")
    assert ways_of(full) == ["pages/ctid/index", "pages/windows/index"]
    assert "他人" in full.json()["message"]
    # In WeChat its number is a way; and who used up the day alone is told nothing of others.
    answer = service.post("/sms-codes", json=asked, token=service.wechat_login("wang"))
    assert "way" not in error_of(answer, 429, "SMS_RATE_LIMITED")["data"]
    answer = service.post("/sms-codes", json=asked, token=service.wechat_login("li"))
    assert "cause" not in error_of(answer, 429, "SMS_RATE_LIMITED")["data"]


def test_fresh_browsers_do_not_add_tickets_without_end(service: Service) -> None:
    address = {"X-Forwarded-For": "203.0.113.22"}

    def file(token: str, number: int, headers: dict[str, str]) -> requests.Response:
        someone = person(number=number)
        ticket = {"kind": "identity_dispute", "name": someone.name, "id_number": someone.id_number}
        return service.post("/tickets", json=ticket, token=token, headers=headers)

    for browser in range(6):
        token = enter(service)
        for number in range(10):
            data_of(file(token, 10 * browser + number, address), 201)
    token = enter(service)
    data = error_of(file(token, 60, address), 429, "TOO_MANY_ATTEMPTS")["data"]
    assert (data["scope"], data["retry_after"] <= 3_600) == ("tickets", True)
    said = data_of(service.post("/faq/ask", json={"question": "你好"}, token=token))
    path = f"/faq/conversations/{said['conversation_id']}/handover"
    contact = {"contact": person(number=61).phone}
    refused = service.post(path, json=contact, token=token, headers=address)
    assert error_of(refused, 429, "TOO_MANY_ATTEMPTS")["data"]["scope"] == "tickets"
    data_of(file(enter(service), 60, {"X-Forwarded-For": "203.0.113.23"}), 201)
    data_of(file(service.wechat_login(), 60, address), 201)


def test_device_is_stored_hashed_and_has_a_form(service: Service) -> None:
    device = "browser-" + secrets.token_hex(8)
    enter(service, device)
    with tables_of(service):
        kept = [row.openid for row in Session.select() if row.openid]
    assert all(device not in openid for openid in kept)
    for wrong in ("short", "x" * 65, "with space in it....", ""):
        error_of(service.post("/web/login", json={"device": wrong}), 422, "INVALID_INPUT")
