"""POST /wechat/phone over HTTP, and its proof in place of a code."""

import pytest
import requests

from tests.support.api.refusals import refused
from tests.support.people.persons import person
from tests.support.people.registrations import body
from tests.support.service.service import Service, data_of

PHONE = "13800138011"


def ask(service: Service, token: str, code: str = f"phone-{PHONE}") -> requests.Response:
    return service.post("/wechat/phone", json={"code": code}, token=token)


def test_proof_registers_once_without_an_sms(service: Service) -> None:
    token = service.wechat_login()
    data = data_of(ask(service, token), 200)
    assert set(data) == {"phone", "phone_proof"}
    assert data["phone"] == PHONE

    first = body(person(phone=PHONE), None, phone_proof=data["phone_proof"])
    registered = data_of(service.post("/registrations", json=first, token=token), 201)

    assert registered["account"]["phone_verified_by"] == "wechat"
    assert service.sandbox.inbox() == []
    second = body(person("李四", number=2, phone=PHONE), None, phone_proof=data["phone_proof"])
    again = service.post("/registrations", json=second, token=service.wechat_login())
    refused(again, 422, "PHONE_PROOF_INVALID")


def test_proof_is_bound_to_its_wechat_user(service: Service) -> None:
    proof = data_of(ask(service, service.wechat_login()))["phone_proof"]
    sent = body(person(phone=PHONE), None, phone_proof=proof)

    answer = service.post("/registrations", json=sent, token=service.wechat_login("li"))

    refused(answer, 422, "PHONE_PROOF_INVALID")


def test_token_is_required(service: Service) -> None:
    refused(ask(service, ""), 401, "UNAUTHENTICATED")


def test_code_works_once(service: Service) -> None:
    token = service.wechat_login()
    data_of(ask(service, token))

    refused(ask(service, token), 422, "PHONE_PROOF_INVALID")


@pytest.mark.parametrize("code", ["nonsense", "wx-zhang", "😀", "phone-12"])
def test_unknown_code_is_refused(service: Service, code: str) -> None:
    refused(ask(service, service.wechat_login(), code), 422, "PHONE_PROOF_INVALID")


@pytest.mark.parametrize("code", ["", None, 7, "x" * 5000, "\u0000"])
def test_malformed_code_is_refused(service: Service, code: object) -> None:
    answer = service.post("/wechat/phone", json={"code": code}, token=service.wechat_login())

    assert refused(answer, 422, "INVALID_INPUT")["fields"][0]["field"] == "code"


def test_unsupported_range_is_refused(service: Service) -> None:
    answer = ask(service, service.wechat_login(), "phone-19912345678")

    assert refused(answer, 422, "PHONE_SEGMENT_UNSUPPORTED", 2)["segment"] == "199"


def test_unreachable_wechat_is_503(service: Service) -> None:
    token = service.wechat_login()
    service.sandbox.fault("wechat", "error", 5)

    refused(ask(service, token), 503, "WECHAT_UNAVAILABLE")


def test_foreign_phone_is_told_so_with_a_way(service: Service) -> None:
    answer = ask(service, service.wechat_login(), "phone-+852-91234567")
    refused(answer, 422, "PHONE_FOREIGN")
    body = answer.json()
    assert "内地手机号" in body["message"]
    pages = [action.get("page") for action in body["help"]["actions"]]
    assert pages == ["pages/windows/index"]
    assert body["help"]["steps"]
