"""POST /face-challenges and /face-verifications over HTTP with WeChat's face check."""

from typing import Any

import pytest
import requests

from models.accounts.accounts import FROZEN, Account
from tests.support.people import photos
from tests.support.people.accounts import account_of, phone_proof, sign_in, tables_of
from tests.support.people.faces import CONSENT, Client, refused
from tests.support.people.persons import person
from tests.support.people.registrations import PASSWORD, body
from tests.support.service.service import Service, data_of


def test_from_registration_to_level_4(service: Service) -> None:
    someone = person(number=1)
    token = service.wechat_login()
    code = service.sms_code(token, someone.phone, "register")
    registered = data_of(service.post("/registrations", json=body(someone, code), token=token))
    token = registered["token"]
    challenge = data_of(service.post("/face-challenges", json=CONSENT, token=token), status=200)
    assert challenge["mode"] == "wechat"
    assert challenge["verify_id"]
    assert challenge["expires_in"] == 3600
    sent = {"challenge_id": challenge["challenge_id"], "result": "passed", "verify_ret": 10000}
    account = data_of(service.post("/face-verifications", json=sent, token=token), status=200)
    assert (account["status"], account["level"], account["verified_by"]) == ("verified", 4, "face")
    assert data_of(service.get("/account", token=token)) == account
    given = data_of(service.get("/account/consents", token=token))["consents"]
    assert {consent["key"] for consent in given} == {"general", "identity", "face"}


def test_result_of_the_client_is_ignored(service: Service) -> None:
    client = Client(service, person("张不像", number=2))
    challenge = data_of(client.open())
    sent = {"challenge_id": challenge["challenge_id"], "verify_ret": 10000, "level": 4}
    answer = service.post("/face-verifications", json=sent, token=client.token)
    assert refused(answer, 422, "FACE_MISMATCH", 12)["attempts_left"] == 4
    assert client.level == 3


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("张不像", 422, "FACE_MISMATCH"),
        ("张脸忙", 503, "IDENTITY_SOURCE_BUSY"),
    ],
)
def test_source_results_have_their_answer(
    service: Service, name: str, status: int, code: str
) -> None:
    refused(Client(service, person(name, number=3)).check(), status, code, 12)


@pytest.mark.parametrize(
    ("ret", "cause", "word"),
    [
        (90002, "cancelled", "刷脸没有完成"),
        (90012, "network", "网络"),
    ],
)
def test_unfinished_check_is_refused(service: Service, ret: int, cause: str, word: str) -> None:
    client = Client(service, person(number=4))
    answer = client.check(ret)
    assert refused(answer, 422, "FACE_NOT_FINISHED", 12) == {"cause": cause}
    assert word in answer.json()["message"]
    # Nothing was used up: the next check passes.
    assert data_of(client.check())["level"] == 4


def test_unfinished_check_is_not_final_for_a_repeated_call(service: Service) -> None:
    client = Client(service, person(number=5))
    challenge_id = data_of(client.open())["challenge_id"]
    key = {"Idempotency-Key": "face-check-1"}
    service.sandbox.face(client.openid, 10300)
    refused(client.verify(challenge_id, headers=key), 422, "FACE_NOT_FINISHED", 12)
    assert data_of(client.verify(challenge_id, headers=key))["level"] == 4
    again = client.verify(challenge_id, headers=key)
    assert data_of(again)["level"] == 4
    assert again.headers["Idempotency-Replayed"] == "true"
    refused(client.verify(challenge_id), 409, "ALREADY_VERIFIED")


def test_final_answer_is_repeated(service: Service) -> None:
    client = Client(service, person("张不像", number=6))
    challenge_id = data_of(client.open())["challenge_id"]
    key = {"Idempotency-Key": "face-check-2"}
    first = client.verify(challenge_id, headers=key)
    again = client.verify(challenge_id, headers=key)
    assert refused(first, 422, "FACE_MISMATCH", 12) == refused(again, 422, "FACE_MISMATCH", 12)
    refused(client.verify(challenge_id), 404, "NOT_FOUND")
    assert len(service.sandbox.calls("queryverifyinfo")) == 1


def test_silent_source_is_503(service: Service) -> None:
    client = Client(service, person(number=7))
    service.sandbox.fault("face", "error", action="getverifyid")
    refused(client.open(), 503, "IDENTITY_SOURCE_BUSY", 12)
    challenge_id = data_of(client.open())["challenge_id"]
    for mode in ("busy", "error", "reset"):
        service.sandbox.fault("face", mode, action="queryverifyinfo")
        answer = client.verify(challenge_id)
        assert refused(answer, 503, "IDENTITY_SOURCE_BUSY", 12) == {"step": "face"}
        assert "网证" in answer.json()["message"]
    service.sandbox.fault("face", "limit", action="queryverifyinfo")
    refused(client.verify(challenge_id), 429, "IDENTITY_DAILY_LIMIT", 12)
    assert data_of(client.verify(challenge_id))["level"] == 4


def test_mismatches_are_limited(service: Service) -> None:
    client = Client(service, person("张不像", number=8))
    spare = data_of(client.open())["challenge_id"]
    for left in (4, 3, 2, 1, 0):
        assert refused(client.check(), 422, "FACE_MISMATCH", 12)["attempts_left"] == left
    for answer in (client.open(), client.verify(spare)):
        assert refused(answer, 429, "TOO_MANY_ATTEMPTS", 10)["retry_after"] > 86_000
        assert "窗口" in answer.json()["message"]


def test_challenge_is_bound_to_account_and_session(service: Service) -> None:
    client = Client(service, person(number=9))
    challenge_id = data_of(client.open())["challenge_id"]
    other = Client(service, person("李四", number=10), "li")
    refused(other.verify(challenge_id), 404, "NOT_FOUND")
    elsewhere = sign_in(service, person(number=9), "zhang")
    sent = {"challenge_id": challenge_id}
    answer = service.post("/face-verifications", json=sent, token=elsewhere)
    refused(answer, 404, "NOT_FOUND")
    for path in ("/face-challenges", "/face-verifications"):
        refused(service.post(path, json={}), 401, "UNAUTHENTICATED")
        refused(service.post(path, json={}, token=service.wechat_login()), 403, "ACCOUNT_REQUIRED")
    with tables_of(service):
        Account.update(status=FROZEN).execute()
    refused(client.open(), 403, "ACCOUNT_FROZEN")
    refused(client.verify(challenge_id), 403, "ACCOUNT_FROZEN")


def test_consent_is_checked(service: Service) -> None:
    client = Client(service, person(number=11))
    assert refused(client.open(json={}), 422, "CONSENT_REQUIRED") == {"missing": ["face"]}
    old = client.open(json={"consent_version": "2019-06-01"})
    assert refused(old, 409, "CONSENT_OUTDATED") == {"version": CONSENT["consent_version"]}


def test_session_without_wechat_is_refused(service: Service) -> None:
    someone = person(number=12)
    with tables_of(service):
        account_of(someone)
    credentials = {"login": someone.id_number, "password": PASSWORD}
    token = data_of(service.post("/sessions", json=credentials))["token"]
    answer = service.post("/face-challenges", json=CONSENT, token=token)
    assert refused(answer, 422, "FACE_NOT_FINISHED", 12) == {"cause": "no_wechat"}
    assert "微信小程序" in answer.json()["message"]


def test_photo_is_refused_in_wechat_mode(service: Service) -> None:
    client = Client(service, person(number=13))
    challenge_id = data_of(client.open())["challenge_id"]
    answer = service.post(
        "/face-verifications",
        data={"challenge_id": challenge_id},
        files={"image": ("a.jpg", photos.portrait())},
        token=client.token,
    )
    (entry,) = refused(answer, 422, "INVALID_INPUT")["fields"]
    assert (entry["field"], entry["code"]) == ("image", "not_allowed")
    assert data_of(client.verify(challenge_id))["level"] == 4


@pytest.mark.parametrize("value", ["x" * 257, "a\0b"])
def test_bad_challenge_ids_are_refused(service: Service, value: Any) -> None:
    client = Client(service, person(number=14))
    answer = client.verify(value)
    (entry,) = refused(answer, 422, "INVALID_INPUT")["fields"]
    assert entry["field"] == "challenge_id"


@pytest.mark.parametrize("value", ["x" * 201, "a\0b"])
def test_bad_consent_versions_are_refused(service: Service, value: Any) -> None:
    client = Client(service, person(number=15))
    answer = client.open(json={"consent_version": value})
    (entry,) = refused(answer, 422, "INVALID_INPUT")["fields"]
    assert entry["field"] == "consent_version"


@pytest.mark.parametrize("path", ["/face-challenges", "/face-verifications"])
def test_bad_bodies_are_refused(service: Service, path: str) -> None:
    token = Client(service, person(number=16)).token
    json_type = {"Content-Type": "application/json"}

    def post(data: bytes, headers: dict[str, str] = json_type) -> requests.Response:
        return service.post(path, data=data, headers=headers, token=token)

    for data in (b"", b"{", b"\xff\xfe", b'{"consent_version": "}', b"[" * 50_000):
        refused(post(data), 400, "MALFORMED_JSON")
    for data in (b"null", b"[]", b'"x"', b"7"):
        refused(post(data), 422, "INVALID_INPUT")
    answer = post(b'{"challenge_id": "' + b"a" * 70_000 + b'"}')
    assert refused(answer, 413, "BODY_TOO_LARGE")["limit_bytes"] == 65_536
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "image/jpeg", ""):
        answer = post(b"{}", {"Content-Type": content_type})
        refused(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    refused(service.get(path, token=token), 405, "METHOD_NOT_ALLOWED")


def test_person_stopped_by_strangers_clears_the_limit_by_face_and_registers(
    service: Service,
) -> None:
    victim = person(number=31)
    guess = {**victim.four_elements, "name": "张不符"}
    for name in "abcd":
        stranger = service.wechat_login(name)
        proof = phone_proof(service, stranger, "13800138990")
        for _ in range(5):
            sent = body(victim, None, **guess, phone="13800138990", phone_proof=proof)
            answer = service.post("/registrations", json=sent, token=stranger)
            refused(answer, 422, "FOUR_ELEMENTS_MISMATCH", 4)

    token = service.wechat_login()
    sent = body(victim, None, phone_proof=phone_proof(service, token, victim.phone))
    stopped = service.post("/registrations", json=sent, token=token)
    assert refused(stopped, 429, "TOO_MANY_ATTEMPTS", 10)["scope"] == "person"
    assert stopped.json()["help"]["actions"][0]["retry"] == "clear_limit"
    question = {"question": "注册核验不通过怎么办"}
    said = data_of(service.post("/faq/ask", json=question, token=token))
    assert "有他人用这个身份多次核验未通过" in said["diagnosis"][0]["message"]

    who = {"name": victim.name, "id_number": victim.id_number, **CONSENT}
    refused(service.post("/face-challenges", json=CONSENT, token=token), 403, "ACCOUNT_REQUIRED")
    challenge = data_of(service.post("/face-challenges", json=who, token=token))
    assert challenge["purpose"] == "clear_limit"
    check = {"challenge_id": challenge["challenge_id"]}
    other = service.post("/face-verifications", json=check, token=service.wechat_login("a"))
    refused(other, 404, "NOT_FOUND")
    assert data_of(service.post("/face-verifications", json=check, token=token)) == {}
    # On a phone signed in to another's account the person named is checked, not the holder.
    client = Client(service, person("张不像", number=32))
    opened = data_of(service.post("/face-challenges", json=who, token=client.token))
    assert opened["purpose"] == "clear_limit"
    check = {"challenge_id": opened["challenge_id"]}
    assert data_of(service.post("/face-verifications", json=check, token=client.token)) == {}
    assert client.level == 3
    account = data_of(service.post("/registrations", json=sent, token=token), 201)["account"]
    assert (account["level"], account["verified_by"]) == (3, None)
