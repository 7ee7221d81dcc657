"""POST /ctid-verifications over HTTP."""

from typing import Any

import pytest
import requests

from models.accounts.accounts import FROZEN, Account
from tests.support.people.accounts import tables_of
from tests.support.people.faces import Client, refused
from tests.support.people.persons import person
from tests.support.service.service import Service, data_of


def verify(client: Client, token: Any, **options: Any) -> requests.Response:
    return client.service.post(
        "/ctid-verifications", json={"ctid_token": token}, token=client.token, **options
    )


def test_from_level_3_to_level_4(service: Service) -> None:
    someone = person(number=1)
    client = Client(service, someone)
    key = {"Idempotency-Key": "ctid-check-1"}
    answer = verify(client, f"ctid-ok-{someone.id_number}", headers=key)
    account = data_of(answer, status=200)
    assert (account["status"], account["level"], account["verified_by"]) == ("verified", 4, "ctid")
    assert data_of(verify(client, f"ctid-ok-{someone.id_number}", headers=key)) == account
    refused(verify(client, "x"), 409, "ALREADY_VERIFIED")
    refused(client.open(), 409, "ALREADY_VERIFIED")
    assert len(service.sandbox.calls("ctid/verifications")) == 1


def test_token_belongs_to_the_serial_of_an_opened_check(service: Service) -> None:
    someone = person(number=21)
    client = Client(service, someone)
    first = data_of(service.post("/ctid-challenges", json={}, token=client.token))
    opened = data_of(service.post("/ctid-challenges", json={}, token=client.token))
    assert first["serial"] != opened["serial"]
    body = {"challenge_id": first["challenge_id"], "ctid_token": f"ctid-ok-{someone.id_number}"}
    # A newer check replaces the one before.
    refused(service.post("/ctid-verifications", json=body, token=client.token), 404, "NOT_FOUND")
    body["challenge_id"] = opened["challenge_id"]
    account = data_of(service.post("/ctid-verifications", json=body, token=client.token), 200)
    assert (account["level"], account["verified_by"]) == (4, "ctid")
    (asked,) = service.sandbox.calls("ctid/verifications")
    assert asked["request"]["serial"] == opened["serial"]


def test_no_check_opens_without_a_serial(service: Service) -> None:
    client = Client(service, person(number=22))
    service.sandbox.fault("ctid", "busy")
    answer = service.post("/ctid-challenges", json={}, token=client.token)
    refused(answer, 503, "CTID_UNAVAILABLE", 12)


def test_rejections_are_limited(service: Service) -> None:
    client = Client(service, person(number=2))
    for left in (4, 3, 2, 1, 0):
        answer = verify(client, f"ctid-ok-{person(number=3).id_number}")
        assert refused(answer, 422, "CTID_REJECTED", 12) == {"attempts_left": left}
        assert "窗口" in answer.json()["message"]
    refused(verify(client, "x"), 429, "TOO_MANY_ATTEMPTS", 10)


@pytest.mark.parametrize("mode", ["busy", "error", "reset", "limit"])
def test_unavailable_ctid_is_503(service: Service, mode: str) -> None:
    someone = person(number=4)
    client = Client(service, someone)
    service.sandbox.fault("ctid", mode)
    assert refused(verify(client, "x"), 503, "CTID_UNAVAILABLE", 12) == {}
    assert data_of(verify(client, f"ctid-ok-{someone.id_number}"))["level"] == 4


def test_calls_need_an_account_that_is_not_frozen(service: Service) -> None:
    client = Client(service, person(number=5))
    content = {"ctid_token": "x"}
    refused(service.post("/ctid-verifications", json=content), 401, "UNAUTHENTICATED")
    answer = service.post("/ctid-verifications", json=content, token=service.wechat_login())
    refused(answer, 403, "ACCOUNT_REQUIRED")
    with tables_of(service):
        Account.update(status=FROZEN).execute()
    refused(verify(client, "x"), 403, "ACCOUNT_FROZEN")


@pytest.mark.parametrize("value", ["x" * 4097, "a\0b"])
def test_malformed_tokens_are_refused(service: Service, value: Any) -> None:
    client = Client(service, person(number=6))
    (entry,) = refused(verify(client, value), 422, "INVALID_INPUT")["fields"]
    assert entry["field"] == "ctid_token"
    assert service.sandbox.calls("ctid/verifications") == []


@pytest.mark.parametrize("value", ["😀", "' OR 1=1 --", "{}", "ctid-ok-"])
def test_meaningless_tokens_are_rejected(service: Service, value: str) -> None:
    refused(verify(Client(service, person(number=7)), value), 422, "CTID_REJECTED", 12)


def test_lone_surrogate_is_malformed(service: Service) -> None:
    refused(verify(Client(service, person(number=8)), "\ud800"), 400, "MALFORMED_JSON")
