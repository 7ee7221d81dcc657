"""The face check of a browser's session, done in WeChat."""

import json
from dataclasses import replace
from typing import Any

from models.desks.audit import AuditEntry
from tests.support.people.accounts import account_of, sign_in, tables_of
from tests.support.people.faces import CONSENT
from tests.support.people.persons import Person, make_phone, person
from tests.support.service.service import Service, data_of, error_of


def handed_over(service: Service, someone: Person) -> tuple[str, str]:
    """Return the browser's token and the path of its code."""
    with tables_of(service):
        account_of(someone)
    browser = sign_in(service, someone, "browser")
    issued = data_of(service.post("/handovers", token=browser), 201)
    assert (issued["expires_in"], issued["mode"]) == (120, "wechat")
    return browser, f"/handovers/{issued['code']}"


def test_victim_in_wechat_does_not_lift_the_account_of_an_attacker(service: Service) -> None:
    """The account has the victim's name and the attacker's phone; the victim passes the face."""
    victim, attackers_phone = person(number=52), make_phone(5252)
    browser, path = handed_over(service, replace(victim, phone=attackers_phone))
    wechat = service.wechat_login("victim")
    opened = data_of(service.post(path, json=CONSENT, token=wechat))
    if opened["challenge"] is not None:
        sent = {"challenge_id": opened["challenge"]["challenge_id"]}
        data_of(service.post("/face-verifications", json=sent, token=wechat))
    assert data_of(service.get("/account", token=browser))["level"] == 3


def test_wechat_verifies_the_account_of_the_browser(service: Service) -> None:
    someone = person(number=47)
    browser, path = handed_over(service, someone)
    wechat, stranger = service.wechat_login("wang"), service.wechat_login("li")
    shown = data_of(service.post(path, json={}, token=wechat))
    assert shown["challenge"] is None
    assert shown["name"] == someone.name[0] + "*" * (len(someone.name) - 1)
    assert shown["phone"] == f"{someone.phone[:3]}****{someone.phone[-4:]}"
    assert someone.id_number not in str(shown)
    # It stays with the WeChat user who opened it.
    error_of(service.post(path, json=CONSENT, token=stranger), 404, "NOT_FOUND")
    challenge = data_of(service.post(path, json=CONSENT, token=wechat))["challenge"]
    assert challenge["verify_id"]
    error_of(service.post(path, json=CONSENT, token=wechat), 404, "NOT_FOUND")
    sent: dict[str, Any] = {"challenge_id": challenge["challenge_id"]}
    error_of(service.post("/face-verifications", json=sent, token=stranger), 404, "NOT_FOUND")
    assert data_of(service.post("/face-verifications", json=sent, token=wechat)) == {}
    assert data_of(service.get("/account", token=browser))["level"] == 4
    # WeChat got no session of the account.
    error_of(service.get("/account", token=wechat), 403, "ACCOUNT_REQUIRED")
    error_of(service.post("/handovers", token=browser), 409, "ALREADY_VERIFIED")


def test_code_of_another_changes_nothing_for_the_scanning_account(service: Service) -> None:
    browser, path = handed_over(service, person(number=50))
    scanner = person(number=51)
    with tables_of(service):
        account_of(scanner, level=4, verified_by="ctid")
    wechat = sign_in(service, scanner, "sun")
    challenge = data_of(service.post(path, json=CONSENT, token=wechat))["challenge"]
    # A newer code leaves the check that has begun; its consent waits for the right face.
    newer = data_of(service.post("/handovers", token=browser), 201)["code"]
    assert data_of(service.get("/account/consents", token=browser))["consents"] == []
    sent = {"challenge_id": challenge["challenge_id"]}
    # The check is of the browser's person, and so is its result.
    (asked,) = service.sandbox.calls("getverifyid")
    assert scanner.id_number not in str(asked)
    # The browser cannot fetch it in WeChat's place.
    error_of(service.post("/face-verifications", json=sent, token=browser), 404, "NOT_FOUND")
    assert data_of(service.post("/face-verifications", json=sent, token=wechat)) == {}
    assert data_of(service.get("/account", token=browser))["level"] == 4
    assert data_of(service.get("/account/consents", token=wechat))["consents"] == []
    (consent,) = data_of(service.get("/account/consents", token=browser))["consents"]
    assert (consent["key"], consent["version"]) == ("face", CONSENT["consent_version"])
    with tables_of(service):
        (entry,) = AuditEntry.select().where(AuditEntry.tag == "api:account:verified")
    assert json.loads(entry.details)["via"] == "wechat:o-sun"
    # The refusal is about the account of the code, not about the scanner's.
    refused = service.post(f"/handovers/{newer}", json=CONSENT, token=wechat)
    assert "这个账号" in error_of(refused, 409, "ALREADY_VERIFIED")["message"]


def test_another_face_does_not_pass(service: Service) -> None:
    browser, path = handed_over(service, person("张不像", number=48))
    wechat = service.wechat_login("zhao")
    challenge = data_of(service.post(path, json=CONSENT, token=wechat))["challenge"]
    sent = {"challenge_id": challenge["challenge_id"]}
    error_of(service.post("/face-verifications", json=sent, token=wechat), 422, "FACE_MISMATCH")
    assert data_of(service.get("/account", token=browser))["level"] == 3


def test_code_needs_wechat_and_ends_with_the_session(service: Service) -> None:
    browser, path = handed_over(service, person(number=49))
    visitor = data_of(service.post("/web/login", json={"device": "d" * 22}))["token"]
    refused = service.post(path, json=CONSENT, token=visitor)
    assert error_of(refused, 422, "FACE_NOT_FINISHED")["data"]["cause"] == "no_wechat"
    data_of(service.request("DELETE", "/sessions/current", token=browser))
    wechat = service.wechat_login("qian")
    error_of(service.post(path, json={}, token=wechat), 404, "NOT_FOUND")
