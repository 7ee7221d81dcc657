"""The check of a browser's session, done in WeChat."""

import json
from dataclasses import replace
from pathlib import Path

import requests

from miniprogram_api import audit, clock
from models.accounts.sms_codes import PhoneProofToken
from models.desks.audit import AuditEntry
from tests.support.people.accounts import account_of, phone_proof, sign_in, tables_of
from tests.support.people.faces import CONSENT
from tests.support.people.handovers import DELAYED, Handover
from tests.support.people.persons import make_phone, person
from tests.support.service.service import Service, data_of, error_of


def test_victim_in_wechat_does_not_lift_the_account_of_an_attacker(service: Service) -> None:
    """The account has the victim's name and the attacker's phone; the victim passes the face."""
    victim, attackers_phone = person(number=52), make_phone(5252)
    handover = Handover(service, replace(victim, phone=attackers_phone))
    wechat = service.wechat_login("victim")
    opened = handover.opened(wechat, **CONSENT)
    assert (opened["needs"], opened["challenge"]) == ("phone_proof", None)
    assert opened["phone"] == f"{attackers_phone[:3]}****{attackers_phone[-4:]}"

    proof = phone_proof(service, wechat, victim.phone)
    opened = handover.opened(wechat, **CONSENT, phone_proof=proof)
    assert (opened["needs"], opened["challenge"]) == ("delay", None)
    assert service.sandbox.calls("getverifyid") == []

    # The proof of another number is not used up, and what the opener chooses counts later.
    opened = handover.opened(wechat, **DELAYED, phone_proof=proof)
    assert (opened["needs"], opened["delayed"]) == (None, True)
    data_of(handover.verify(wechat, opened["challenge"]["challenge_id"]))
    assert (handover.account["level"], handover.account["verified_by"]) == (3, None)
    assert handover.account["level_pending"]["at"]


def test_own_number_lifts_the_account_at_once(service: Service) -> None:
    someone = person(number=47)
    handover = Handover(service, someone)
    wechat, stranger = service.wechat_login("wang"), service.wechat_login("li")
    shown = handover.opened(wechat)
    assert (shown["challenge"], shown["ctid"], shown["delayed"]) == (None, None, False)
    assert shown["name"] == someone.name[0] + "*" * (len(someone.name) - 1)
    assert shown["phone"] == f"{someone.phone[:3]}****{someone.phone[-4:]}"
    assert someone.id_number not in str(shown)
    # It stays with the WeChat user who opened it.
    path = handover.path
    error_of(service.post(path, json=CONSENT, token=stranger), 404, "NOT_FOUND")
    proof = phone_proof(service, wechat, someone.phone)
    proved = handover.opened(wechat, phone_proof=proof)
    assert (proved["needs"], proved["challenge"]) == (None, None)
    # The code remembers the number.
    opened = handover.opened(wechat, **CONSENT)
    assert opened["challenge"]["verify_id"]
    challenge_id = opened["challenge"]["challenge_id"]
    error_of(handover.verify(stranger, challenge_id), 404, "NOT_FOUND")
    assert data_of(handover.verify(wechat, challenge_id)) == {}
    assert (handover.account["level"], handover.account["level_pending"]) == (4, None)
    error_of(service.post(path, json=CONSENT, token=stranger), 404, "NOT_FOUND")
    # WeChat got no session of the account.
    error_of(service.get("/account", token=wechat), 403, "ACCOUNT_REQUIRED")
    error_of(service.post("/handovers", token=handover.browser), 409, "ALREADY_VERIFIED")


def test_only_wechats_own_number_is_a_proof(service: Service) -> None:
    someone = person(number=53)
    handover = Handover(service, someone)
    wechat, other = service.wechat_login("wang"), service.wechat_login("li")
    code = service.sms_code(wechat, someone.phone, "register")
    assert handover.opened(wechat, **CONSENT, sms_code=code)["needs"] == "phone_proof"
    for proof in ("x" * 43, code, phone_proof(service, other, someone.phone)):
        body = {**CONSENT, "phone_proof": proof}
        refused = service.post(handover.path, json=body, token=wechat)
        error_of(refused, 422, "PHONE_PROOF_INVALID")
    by_hand = phone_proof(service, wechat, someone.phone)
    with tables_of(service):
        PhoneProofToken.update(method="manual").where(PhoneProofToken.openid == "o-wang").execute()
    body = {**CONSENT, "phone_proof": by_hand}
    refused = service.post(handover.path, json=body, token=wechat)
    error_of(refused, 422, "PHONE_PROOF_INVALID")
    assert service.sandbox.calls("getverifyid") == []


def test_proof_serves_one_code(service: Service) -> None:
    someone = person(number=54)
    handover = Handover(service, someone)
    wechat = service.wechat_login("wang")
    proof = phone_proof(service, wechat, someone.phone)
    for _ in range(2):
        assert handover.opened(wechat, phone_proof=proof)["needs"] is None
    handover.issue()
    refused = service.post(handover.path, json={"phone_proof": proof}, token=wechat)
    error_of(refused, 422, "PHONE_PROOF_INVALID")


def test_code_of_another_changes_nothing_for_the_scanning_account(service: Service) -> None:
    handover = Handover(service, person(number=50))
    scanner = person(number=51)
    with tables_of(service):
        account_of(scanner, level=4, verified_by="ctid")
    wechat = sign_in(service, scanner, "sun")
    challenge_id = handover.challenge(wechat, handover.someone.phone)
    # A newer code leaves the check that has begun; its consent waits for the right face.
    handover.issue()
    browser = handover.browser
    assert data_of(service.get("/account/consents", token=browser))["consents"] == []
    # The check is of the browser's person, and so is its result.
    (asked,) = service.sandbox.calls("getverifyid")
    assert scanner.id_number not in str(asked)
    # The browser cannot fetch it in WeChat's place.
    error_of(handover.verify(browser, challenge_id), 404, "NOT_FOUND")
    assert data_of(handover.verify(wechat, challenge_id)) == {}
    assert handover.account["level"] == 4
    assert data_of(service.get("/account/consents", token=wechat))["consents"] == []
    (consent,) = data_of(service.get("/account/consents", token=browser))["consents"]
    assert (consent["key"], consent["version"]) == ("face", CONSENT["consent_version"])
    with tables_of(service):
        (entry,) = AuditEntry.select().where(AuditEntry.tag == "api:account:verified")
        via = audit.by_wechat("o-sun")
    details = json.loads(entry.details)
    assert (details["via"], details["delayed"]) == (via, False)
    # The refusal is about the account of the code, not about the scanner's.
    refused = service.post(handover.path, json=CONSENT, token=wechat)
    assert "这个账号" in error_of(refused, 409, "ALREADY_VERIFIED")["message"]


def test_rule_holds_in_a_wechat_with_a_session_of_the_account(service: Service) -> None:
    handover = Handover(service, person(number=56))
    wechat = sign_in(service, handover.someone, "wu")
    assert handover.opened(wechat, **CONSENT)["needs"] == "phone_proof"
    handover.pass_in(wechat)
    assert handover.account["level"] == 3


def test_number_that_is_not_on_record_any_more_counts_later(service: Service) -> None:
    someone = person(number=57)
    handover = Handover(service, someone)
    wechat = service.wechat_login("wang")
    challenge_id = handover.challenge(wechat, someone.phone)
    with tables_of(service):
        phone = make_phone(5757)
        type(account_of(person(number=58))).update(phone=phone, phone_index=phone).execute()
    data_of(handover.verify(wechat, challenge_id))
    assert handover.account["level"] == 3
    assert handover.account["level_pending"] is not None


def test_another_face_does_not_pass_and_the_code_opens_another_check(service: Service) -> None:
    handover = Handover(service, person("张不像", number=48))
    wechat, other = service.wechat_login("zhao"), service.wechat_login("li")
    challenge_id = handover.challenge(wechat)
    error_of(handover.verify(wechat, challenge_id), 422, "FACE_MISMATCH")
    assert handover.account["level"] == 3
    error_of(service.post(handover.path, json=DELAYED, token=other), 404, "NOT_FOUND")
    again = handover.challenge(wechat)
    assert again != challenge_id
    error_of(handover.verify(wechat, challenge_id), 404, "NOT_FOUND")
    error_of(handover.verify(wechat, again), 422, "FACE_MISMATCH")


def test_code_needs_wechat_and_ends_with_the_session(service: Service) -> None:
    handover = Handover(service, person(number=49))
    visitor = data_of(service.post("/web/login", json={"device": "d" * 22}))["token"]
    refused = service.post(handover.path, json=CONSENT, token=visitor)
    assert error_of(refused, 422, "FACE_NOT_FINISHED")["data"]["cause"] == "no_wechat"
    data_of(service.request("DELETE", "/sessions/current", token=handover.browser))
    wechat = service.wechat_login("qian")
    error_of(service.post(handover.path, json={}, token=wechat), 404, "NOT_FOUND")


def test_ctid_obeys_the_same_rule(service: Service) -> None:
    someone = person(number=59)
    handover = Handover(service, someone)
    wechat = service.wechat_login("wang")
    opened = handover.opened(wechat, kind="ctid")
    assert (opened["needs"], opened["ctid"]) == ("phone_proof", None)
    opened = handover.opened(wechat, kind="ctid", delayed=True)
    assert opened["delayed"] is True
    body = {"challenge_id": opened["ctid"]["challenge_id"], "ctid_token": "ctid-ok-another"}
    refused = service.post("/ctid-verifications", json=body, token=wechat)
    assert error_of(refused, 422, "CTID_REJECTED")["data"]["attempts_left"] == 4
    # A refused check is over; the code opens another.
    opened = handover.opened(wechat, kind="ctid", delayed=True)
    body["challenge_id"] = opened["ctid"]["challenge_id"]
    body["ctid_token"] = f"ctid-ok-{someone.id_number}"
    stranger = service.wechat_login("li")
    refused = service.post("/ctid-verifications", json=body, token=stranger)
    error_of(refused, 403, "ACCOUNT_REQUIRED")
    assert data_of(service.post("/ctid-verifications", json=body, token=wechat)) == {}
    assert (handover.account["level"], handover.account["verified_by"]) == (3, None)

    handover.issue()
    proof = phone_proof(service, wechat, someone.phone)
    opened = handover.opened(wechat, kind="ctid", phone_proof=proof)
    body["challenge_id"] = opened["ctid"]["challenge_id"]
    data_of(service.post("/ctid-verifications", json=body, token=wechat))
    asked = service.sandbox.calls("ctid/verifications")[-1]["request"]
    assert asked["serial"] == opened["ctid"]["serial"]
    assert (handover.account["level"], handover.account["verified_by"]) == (4, "ctid")
    assert handover.account["level_pending"] is None


def test_code_switches_from_a_refused_ctid_to_the_face(service: Service) -> None:
    handover = Handover(service, person(number=60))
    wechat = service.wechat_login("wang")
    challenge_id = handover.opened(wechat, kind="ctid", delayed=True)["ctid"]["challenge_id"]
    body = {"challenge_id": challenge_id, "ctid_token": "ctid-ok-another"}
    refused = service.post("/ctid-verifications", json=body, token=wechat)
    error_of(refused, 422, "CTID_REJECTED")
    # The page asks anew when it is opened again.
    assert handover.opened(wechat)["needs"] == "phone_proof"
    handover.pass_in(wechat)
    assert handover.account["level_pending"] is not None
    # A passed check is the last one.
    error_of(service.post(handover.path, json={}, token=wechat), 404, "NOT_FOUND")


def test_check_that_was_left_is_replaced(service: Service) -> None:
    handover = Handover(service, person(number=61))
    wechat, other = service.wechat_login("wang"), service.wechat_login("li")
    left = handover.challenge(wechat)
    service.sandbox.face("o-wang", 90002)
    error_of(handover.verify(wechat, left), 422, "FACE_NOT_FINISHED")
    # The page was opened again.
    assert handover.opened(wechat)["needs"] == "phone_proof"
    error_of(service.post(handover.path, json={}, token=other), 404, "NOT_FOUND")
    opened = handover.opened(wechat, kind="ctid", delayed=True)
    error_of(handover.verify(wechat, left), 404, "NOT_FOUND")
    body = {
        "challenge_id": opened["ctid"]["challenge_id"],
        "ctid_token": f"ctid-ok-{handover.someone.id_number}",
    }
    assert data_of(service.post("/ctid-verifications", json=body, token=wechat)) == {}
    assert handover.account["level_pending"] is not None


def test_check_after_a_reset_opens_the_switch(service: Service) -> None:
    someone = person(number=69)
    closed = {"level": 4, "verified_by": "manual", "authorization_closed_at": clock.now()}
    handover = Handover(service, someone, **closed)
    error_of(service.post("/handovers", token=handover.browser), 409, "ALREADY_VERIFIED")
    handover.issue(purpose="authorization")
    wechat = service.wechat_login("wang")
    assert handover.opened(wechat, **DELAYED)["challenge"]["purpose"] == "authorization"
    handover.issue(purpose="authorization")
    opened = handover.opened(wechat, kind="ctid", delayed=True)
    assert opened["ctid"]["purpose"] == "authorization"
    handover.issue(purpose="authorization")
    handover.pass_in(wechat)
    assert handover.account["authorization"]["cause"] == "reset"
    assert handover.account["level_pending"] is not None
    handover.issue(purpose="authorization")
    handover.pass_in(wechat, someone.phone)
    assert handover.account["authorization"]["cause"] is None
    assert handover.account["level_pending"] is None


def test_link_opens_the_code_in_wechat_and_is_never_needed(service: Service) -> None:
    handover = Handover(service, person(number=61))
    code = handover.path.removeprefix("/handovers/")
    page = requests.get(handover.link, timeout=10)
    assert f"pages/handover/index?code={code}" in page.text
    for mode in ("busy", "limit", "error", "reset"):
        service.sandbox.fault("wechat", mode, action="generate_urllink")
        handover.issue()
        assert handover.link is None
    # The code is as good.
    wechat = service.wechat_login("wang")
    assert handover.opened(wechat)["needs"] == "phone_proof"


def test_without_the_setting_wechat_is_not_asked(tmp_path: Path) -> None:
    with Service(tmp_path, wechat_url_link="off") as service:
        assert Handover(service, person(number=61)).link is None
        assert service.sandbox.calls("generate_urllink") == []
