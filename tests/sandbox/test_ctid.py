"""The sandbox's CTID."""

from typing import Any

import pytest
import requests

from tests.support.people.persons import person
from tests.support.service.sandbox import SandboxServer

NUMBER = person().id_number
OTHER = person(number=1).id_number
# Well formed, but no test person: born in 2099.
STRANGER = "310101209912311234"


def verify(sandbox: SandboxServer, http: requests.Session, body: Any) -> requests.Response:
    response = http.post(f"{sandbox.url}/ctid/verifications", json=body, timeout=5)
    assert response.headers["X-Sandbox"] == "1"
    return response


@pytest.mark.parametrize(
    ("token", "name", "number", "reason"),
    [
        (f"ctid-ok-{NUMBER}", "张三", NUMBER, "ok"),
        # CTID replaces a failed face check, so the face must not matter.
        (f"ctid-ok-{NUMBER}", "张不像", NUMBER, "ok"),
        (f"ctid-ok-{NUMBER}", "张旧证", NUMBER, "ok"),
        (f"ctid-ok-{NUMBER}", "张不符", NUMBER, "person_mismatch"),
        (f"ctid-ok-{OTHER}", "张三", NUMBER, "person_mismatch"),
        (f"ctid-ok-{STRANGER}", "张三", STRANGER, "unknown_person"),
        ("ctid-ok-", "张三", NUMBER, "token_invalid"),
        (NUMBER, "张三", NUMBER, "token_invalid"),
        ("ctid-old", "张三", NUMBER, "token_invalid"),
    ],
)
def test_token_proves_only_its_person(
    sandbox: SandboxServer,
    http: requests.Session,
    token: str,
    name: str,
    number: str,
    reason: str,
) -> None:
    response = verify(sandbox, http, {"token": token, "name": name, "id_number": number})
    assert response.status_code == 200
    answer = response.json()
    assert answer["reason"] == reason
    assert answer["verified"] is (reason == "ok")
    assert answer["message"]
    assert answer["serial"]


@pytest.mark.parametrize("body", [None, [], {}, {"token": 1, "name": "张三", "id_number": NUMBER}])
def test_malformed_calls_are_refused(
    sandbox: SandboxServer, http: requests.Session, body: Any
) -> None:
    response = verify(sandbox, http, body)
    assert (response.status_code, response.json()["error"]) == (400, "malformed")


@pytest.mark.parametrize(("mode", "status"), [("busy", 503), ("limit", 429), ("error", 500)])
def test_faults_are_answered(
    sandbox: SandboxServer, http: requests.Session, mode: str, status: int
) -> None:
    body = {"token": f"ctid-ok-{NUMBER}", "name": "张三", "id_number": NUMBER}
    sandbox.fault("ctid", mode)
    assert verify(sandbox, http, body).status_code == status
    assert verify(sandbox, http, body).json()["verified"] is True
    assert [c["fault"] for c in sandbox.calls("ctid/verifications")] == [mode, None]
