"""Identity disputes (冒名): a claim is flagged; the account is frozen after a proof of identity."""

from typing import Any

import pytest

from miniprogram_api import audit
from miniprogram_api.accounts import consents
from miniprogram_api.desks import people as desk_people
from miniprogram_api.desks import ticket_acts as ticket_desk
from miniprogram_api.second_person import approvals, deciding
from miniprogram_api.services import Services
from models.accounts.accounts import Account
from models.desks.audit import AuditEntry
from tests.support.admin.staff import member_of
from tests.support.people.accounts import account_of, tables_of
from tests.support.people.persons import make_phone, person
from tests.support.people.registrations import body, synced_account
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
        seen = desk_people.of_ticket(member_of("centre"), VICTIM.id_number, opened=False)
        return Account.get().status, seen.disputed


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
    kept = error_of(service.delete(path, token=token), 409, "NOT_APPLICABLE")
    assert "等工作人员核实处理" in kept["message"]
    with tables_of(service):
        line = AuditEntry.get(AuditEntry.tag == "api:account:frozen")
        assert line.actor == audit.by_wechat("o-victim")
        assert desk_people.of_ticket(member_of("centre"), VICTIM.id_number, opened=False).disputed


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


def registration_of(service: Service, user: str, **changes: Any) -> Any:
    """Register the victim's identity with the phone of a WeChat user."""
    token, phone = service.wechat_login(user), make_phone(200 + len(user))
    code = service.sms_code(token, phone, "register")
    form = body(VICTIM, code, phone=phone, **changes)
    return service.post("/registrations", json=form, token=token)


def cancelled_for(service: Service, path: str) -> None:
    """Cancel the disputed account by two members of the centre."""
    with tables_of(service):
        first, second = member_of("centre"), member_of("centre")
        number = path.rpartition("/")[2]
        ticket_desk.claim(first, number)
        asked = approvals.request(first, number, "cancel_account", reason="确系冒名")
        deciding.decide(Services(service.settings, None), second, asked, agrees=True, reason="")  # type: ignore[arg-type]


def test_freed_identity_is_registered_only_by_the_claimant(
    service: Service, disputed: tuple[str, str]
) -> None:
    token, path = disputed
    data_of(face(service, token, path, 10000))
    cancelled_for(service, path)
    calls = len(service.sandbox.calls("CheckIdNameDate"))

    shown = error_of(registration_of(service, "impostor"), 409, "IDENTITY_RESERVED")

    assert "窗口" in shown["message"]
    assert shown["help"]["case"] == 10
    assert len(service.sandbox.calls("CheckIdNameDate")) == calls
    assert data_of(registration_of(service, "victim"), 201)["account"]["level"] == 3


def test_identity_of_a_proven_dispute_is_reserved_before_its_end(
    service: Service, disputed: tuple[str, str]
) -> None:
    token, path = disputed
    with tables_of(service):
        Account.update(identity_index=None, status="cancelled").execute()
    data_of(face(service, token, path, 10000))
    error_of(registration_of(service, "impostor"), 409, "IDENTITY_RESERVED")


def test_claim_alone_reserves_nothing(service: Service, disputed: tuple[str, str]) -> None:
    with tables_of(service):
        Account.update(identity_index=None, status="cancelled").execute()
    # A stranger may have made the claim.
    data_of(registration_of(service, "somebody"), 201)


def test_synced_account_of_a_reserved_identity_is_not_activated_by_others(
    service: Service, disputed: tuple[str, str]
) -> None:
    token, path = disputed
    data_of(face(service, token, path, 10000))
    cancelled_for(service, path)
    with tables_of(service):
        synced_account(VICTIM)
    start = {"id_number": VICTIM.id_number}
    stranger = service.wechat_login("stranger")
    error_of(service.post("/activations", json=start, token=stranger), 409, "IDENTITY_RESERVED")
    data_of(service.post("/activations", json=start, token=token))


def test_reservation_ends_with_an_account_of_the_claimant(
    service: Service, disputed: tuple[str, str]
) -> None:
    token, path = disputed
    data_of(face(service, token, path, 10000))
    cancelled_for(service, path)
    data_of(registration_of(service, "victim"), 201)
    with tables_of(service):
        # The person cancels the account and returns with another WeChat user.
        Account.update(
            status="cancelled", identity_index=None, former_identity_index=VICTIM.id_number
        ).where(Account.status == "active").execute()
    data_of(registration_of(service, "newwechat"), 201)
