"""Identity disputes (冒名): a claim is flagged; the account is frozen after a proof of identity."""

from typing import Any

import pytest

from miniprogram_api.accounts import consents
from miniprogram_api.desks import people as desk_people
from models.accounts.accounts import Account
from models.desks.audit import AuditEntry
from tests.support.admin.staff import member_of
from tests.support.people.accounts import account_of, tables_of
from tests.support.people.persons import person
from tests.support.people.registrations import body
from tests.support.service.service import Service, data_of, error_of

VICTIM = person(number=21)


@pytest.fixture
def disputed(service: Service) -> tuple[str, str]:
    """Return the victim's token and the path of the ticket."""
    with tables_of(service):
        account_of(VICTIM, phone="13800990011")
    token = service.wechat_login("victim")
    claim = {
        "kind": "identity_dispute",
        "name": VICTIM.name,
        "id_number": VICTIM.id_number,
        "description": "我没有注册过",
    }
    ticket = data_of(service.post("/tickets", json=claim, token=token), 201)
    return token, f"/tickets/{ticket['id']}"


def status(service: Service) -> tuple[str, bool]:
    """Return the account's status, and whether it is flagged as disputed."""
    with tables_of(service):
        return Account.get().status, desk_people.of_ticket(VICTIM.id_number, opened=False).disputed


def face(service: Service, token: str, path: str, ret: int) -> Any:
    version = consents.current_text().version
    opened = service.post(f"{path}/face-challenges", json={"consent_version": version}, token=token)
    challenge = data_of(opened)["challenge_id"]
    service.sandbox.face("o-victim", ret)
    return service.post(f"{path}/face-verifications", json={"challenge_id": challenge}, token=token)


def test_dispute_is_offered_when_already_registered(
    service: Service, disputed: tuple[str, str]
) -> None:
    token, _ = disputed
    code = service.sms_code(token, VICTIM.phone, "register")
    answer = service.post("/registrations", json=body(VICTIM, code), token=token)
    shown = error_of(answer, 409, "ALREADY_REGISTERED")["help"]
    assert (shown["case"], shown["slug"]) == (None, "identity_taken")
    offered = [action["ticket"] for action in shown["actions"] if action["type"] == "ticket"]
    assert offered == ["identity_dispute"]


def test_claim_alone_flags_and_does_not_freeze(service: Service, disputed: tuple[str, str]) -> None:
    assert status(service) == ("active", True)


def test_matching_face_freezes_the_account(service: Service, disputed: tuple[str, str]) -> None:
    token, path = disputed
    error_of(service.post(f"{path}/face-challenges", json={}, token=token), 422, "CONSENT_REQUIRED")
    stranger = service.wechat_login("stranger")
    error_of(service.post(f"{path}/face-challenges", json={}, token=stranger), 404, "NOT_FOUND")
    assert face(service, token, path, 90002).status_code in (422, 503)
    assert status(service) == ("active", True)

    shown = data_of(face(service, token, path, 10000))

    assert [step["action"] for step in shown["history"]] == ["opened", "face_passed"]
    assert status(service) == ("frozen", True)
    with tables_of(service):
        assert AuditEntry.get(AuditEntry.tag == "api:account:frozen").actor == "wechat:o-victim"
        assert desk_people.find(member_of("clerk"), VICTIM.id_number).disputed


def test_face_check_is_bound_to_its_ticket_and_used_once(
    service: Service, disputed: tuple[str, str]
) -> None:
    token, path = disputed
    data_of(face(service, token, path, 10000))
    again = service.post(f"{path}/face-verifications", json={"challenge_id": "0" * 32}, token=token)
    error_of(again, 404, "NOT_FOUND")
    other = data_of(
        service.post("/tickets", json={"kind": "other", "description": "问一下"}, token=token), 201
    )
    answer = service.post(
        f"/tickets/{other['id']}/face-challenges",
        json={"consent_version": consents.current_text().version},
        token=token,
    )
    error_of(answer, 409, "NOT_APPLICABLE")
