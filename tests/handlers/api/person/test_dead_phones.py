"""A face in place of a dead phone over HTTP: a forgotten password, and an activation."""

from miniprogram_api.accounts import consents
from tests.support.api.refusals import refused
from tests.support.people.accounts import account_of, phone_proof, sign_in, tables_of
from tests.support.people.faces import CONSENT
from tests.support.people.persons import Person, make_phone, person
from tests.support.people.registrations import PASSWORD, synced_account
from tests.support.service.service import Service, data_of
from tests.support.service.waiting import eventually

NEW_PHONE = make_phone(70)
NEW_PASSWORD = "Plover-under-3-bridges"


def passed_face(service: Service, token: str, someone: Person, purpose: str) -> str:
    """Pass WeChat's face check of a person and return its id."""
    who = {"name": someone.name, "id_number": someone.id_number, "purpose": purpose, **CONSENT}
    challenge = data_of(service.post("/face-challenges", json=who, token=token), 200)
    assert (challenge["purpose"], challenge["mode"]) == (purpose, "wechat")
    check = {"challenge_id": challenge["challenge_id"]}
    assert data_of(service.post("/face-verifications", json=check, token=token), 200) == {}
    return str(challenge["challenge_id"])


def test_forgotten_password_opens_by_face_and_a_new_phone(service: Service) -> None:
    someone = person(number=1)
    with tables_of(service):
        account_of(someone)
    thief = sign_in(service, someone, "thief")
    token = service.wechat_login()
    # The old way ends at the dead phone, and names this one where WeChat has it.
    sent = {"login": someone.id_number, "phone": NEW_PHONE}
    sent["phone_proof"] = phone_proof(service, token, NEW_PHONE)
    dead = service.post("/password-resets", json=sent, token=token)
    assert refused(dead, 422, "PHONE_NOT_ON_RECORD", 15) == {"by_face": "reset"}
    assert dead.json()["help"]["actions"][0]["retry"] == "reset_by_face"
    browser = data_of(service.post("/web/login", json={"device": "d" * 32}), 200)["token"]
    in_browser = {
        "name": someone.name,
        "id_number": someone.id_number,
        "purpose": "reset",
        **CONSENT,
    }
    stopped = service.post("/face-challenges", json=in_browser, token=browser)
    refused(stopped, 422, "FACE_NOT_FINISHED", 12)
    actions = stopped.json()["help"]["actions"]
    assert [actions[0].get("ticket"), actions[1].get("page")] == [
        "phone_change",
        "pages/windows/index",
    ]

    asked = {"phone": NEW_PHONE, "purpose": "change_phone"}
    refused(service.post("/sms-codes", json=asked, token=token), 403, "ACCOUNT_REQUIRED")
    challenge_id = passed_face(service, token, someone, "reset")
    code = service.sms_code(token, NEW_PHONE, "change_phone", challenge_id=challenge_id)
    other = service.wechat_login("other")
    again = {**asked, "challenge_id": challenge_id}
    refused(service.post("/sms-codes", json=again, token=other), 404, "NOT_FOUND")
    given = {
        "id_number": someone.id_number,
        "name": someone.name,
        "challenge_id": challenge_id,
        "phone": NEW_PHONE,
        "sms_code": code,
    }
    refused(service.post("/password-resets", json=given, token=other), 404, "NOT_FOUND")
    begun = data_of(service.post("/password-resets", json=given, token=token), 200)
    assert begun["expires_in"] == 600
    refused(service.get("/account", token=thief), 401, "UNAUTHENTICATED")
    finish = f"/password-resets/{begun['token']}/password"
    data_of(service.post(finish, json={"password": NEW_PASSWORD}, token=token), 200)
    signed_in = {"login": NEW_PHONE, "password": NEW_PASSWORD}
    account = data_of(service.post("/sessions", json=signed_in, token=token), 200)["account"]
    assert account["phone"] == f"{NEW_PHONE[:3]}****{NEW_PHONE[-4:]}"
    refused(service.post("/password-resets", json=given, token=token), 401, "UNAUTHENTICATED")
    assert eventually(lambda: service.sandbox.inbox(someone.phone))
    [told] = service.sandbox.inbox(someone.phone)
    assert someone.name not in told["text"]


def test_activation_passes_step_2_by_face_and_a_new_phone(service: Service) -> None:
    someone = person(number=2)
    with tables_of(service):
        synced_account(someone)
    token = service.wechat_login()
    first = service.post("/activations", json={"id_number": someone.id_number}, token=token)
    activation = data_of(first, 200)["activation_token"]
    dead = {"phone": NEW_PHONE, "purpose": "activate", "activation_token": activation}
    answer = service.post("/sms-codes", json=dead, token=token)
    assert refused(answer, 422, "PHONE_NOT_ON_RECORD", 15)["by_face"] == "activate"
    actions = answer.json()["help"]["actions"]
    assert [actions[0].get("retry"), actions[1].get("ticket")] == [
        "activate_by_face",
        "activation_phone",
    ]
    proof = phone_proof(service, token, NEW_PHONE)
    given = {"challenge_id": "f" * 32, "phone": NEW_PHONE, "phone_proof": proof}
    path = f"/activations/{activation}/face"
    refused(service.post(path, json=given, token=token), 404, "NOT_FOUND")
    given["challenge_id"] = passed_face(service, token, someone, "activate")
    step = data_of(service.post(path, json=given, token=token), 200)
    assert step["needs_dates"] is False
    last = {
        "password": PASSWORD,
        "consent_version": consents.current_text().version,
        "separate_consents": ["identity"],
    }
    done = service.post(f"/activations/{activation}/password", json=last, token=token)
    account = data_of(done, 200)["account"]
    assert (account["status"], account["phone_verified_by"]) == ("registered", "wechat")
    assert account["phone"].endswith(NEW_PHONE[-4:])
