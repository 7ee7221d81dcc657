"""The window's acts as JSON, through the same rules as the pages."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from miniprogram_api import clock
from models.accounts.accounts import Account
from models.desks.audit import AuditEntry
from models.desks.ledger import LedgerLine
from models.desks.staff import StaffMember
from models.desks.tickets import Ticket
from tests.support.admin.staff import member_of, token_of
from tests.support.people.accounts import account_of, sign_in, tables_of
from tests.support.people.captures import in_parts
from tests.support.people.persons import make_phone, person
from tests.support.people.registrations import synced_account
from tests.support.service.service import Service, data_of, error_of

SOMEONE = person(number=41)
ON_SITE: dict[str, Any] = {"evidence_seen": ["id_card"], "reason": "核对原件一致"}


@pytest.fixture
def clerks(service: Service) -> list[str]:
    """Return the tokens of two clerks at different windows."""
    with tables_of(service):
        return [token_of(member_of("clerk")) for _ in range(2)]


def opened(service: Service, token: str, **reason: str) -> dict[str, Any]:
    body = {"id_number": SOMEONE.id_number, **(reason or {"reason": "at_window"})}
    return data_of(service.post("/window/persons", json=body, token=token))


def test_person_state_and_possible_acts_are_shown(service: Service, clerks: list[str]) -> None:
    with tables_of(service):
        account_of(SOMEONE)
    mine = sign_in(service, SOMEONE)
    report = {"kind": "face", "step": "start", "detail": "相机打不开"}
    data_of(service.post("/client-reports", json=report, token=mine))
    masked = data_of(
        service.post("/window/persons", json={"id_number": SOMEONE.id_number}, token=clerks[0])
    )
    assert (masked["tried"], masked["stuck"], masked["next_steps"]) == ([], None, [])
    for reason in ({"reason": "other"}, {"reason": "other", "note": " "}, {"reason": "curious"}):
        body = {"id_number": SOMEONE.id_number, **reason}
        answer = service.post("/window/persons", json=body, token=clerks[0])
        error_of(answer, 422, "INVALID_INPUT")
    full = opened(service, clerks[0], reason="other", note="社区代问")
    assert full["stuck"]["text"] == "手机报错（刷脸，start）：相机打不开"
    assert full["next_steps"][0]["act"] == "verify"
    assert full["account"]["authorization_reason"] == "level_too_low"


def test_unknown_person_is_registered_instead_of_verified(
    service: Service, clerks: list[str]
) -> None:
    body = {**ON_SITE, "id_number": SOMEONE.id_number}
    refused = service.post("/window/verifications", **in_parts(body), token=clerks[0])
    assert "请代为注册" in error_of(refused, 404, "PERSON_NOT_REGISTERED")["message"]
    with tables_of(service):
        assert (Account.select().count(), Ticket.select().count()) == (0, 0)


def test_second_clerk_sees_the_recorded_verification(service: Service, clerks: list[str]) -> None:
    with tables_of(service):
        account_of(SOMEONE)
    body = {**ON_SITE, "id_number": SOMEONE.id_number, "place": "入户服务"}
    done = data_of(service.post("/window/verifications", **in_parts(body), token=clerks[0]), 201)
    path = f"/window/reviews/{done['verification_id']}"
    seen = data_of(service.get(path, token=clerks[1]))
    assert (seen["state"], seen["place"], seen["reason"]) == ("pending", "入户服务", "核对原件一致")
    assert seen["evidence_seen"] == ["居民身份证原件"]
    assert SOMEONE.id_number not in str(seen)
    account = opened(service, clerks[1])["account"]
    assert account["review_due"] == seen["review"]["due_at"]
    reason = {"reason": "follow_up"}
    person_seen = data_of(service.post(f"{path}/person", json=reason, token=clerks[1]))
    assert person_seen["id_number"] == SOMEONE.id_number
    data_of(service.post(path, json={"decision": "confirm"}, token=clerks[1]))
    assert data_of(service.get(path, token=clerks[0]))["state"] == "confirmed"
    error_of(service.get("/window/reviews/999", token=clerks[1]), 404, "NOT_FOUND")


def test_registration_with_a_code_to_a_relatives_phone(service: Service, clerks: list[str]) -> None:
    phone, token = make_phone(92), clerks[0]
    form = {
        **SOMEONE.four_elements, **ON_SITE,
        "phone": phone, "phone_of_relative": True, "consent_signed": True,
    }  # fmt: skip
    looked = data_of(
        service.post("/window/identity-checks", json=SOMEONE.four_elements, token=token)
    )
    assert (looked["warnings"], looked["account_status"]) == ([], None)
    data_of(service.post("/window/sms-codes", json={"phone": phone}, token=token), 202)
    again = service.post("/window/sms-codes", json={"phone": phone}, token=token)
    error_of(again, 429, "SMS_RATE_LIMITED")
    code = service.sandbox.last_code(phone)
    wrong = service.post(
        "/window/registrations", **in_parts({**form, "sms_code": "000000"}), token=token
    )
    error_of(wrong, 422, "SMS_CODE_WRONG")
    body = {**form, "sms_code": code}
    # It belongs to the other clerk's registration for half an hour.
    data_of(service.post("/window/registrations", **in_parts(body), token=token), 201)
    error_of(
        service.post("/window/registrations", **in_parts(body), token=token),
        409,
        "ALREADY_REGISTERED",
    )
    with tables_of(service):
        assert Account.get().phone_verified_by == "sms"
    looked = data_of(
        service.post("/window/identity-checks", json=SOMEONE.four_elements, token=token)
    )
    assert looked["account_status"] == "verified"


def test_window_sees_only_its_tickets(service: Service, clerks: list[str]) -> None:
    filing = {"kind": "re_registration", **SOMEONE.four_elements, "description": "旧证日期"}
    filed = data_of(service.post("/window/tickets", json=filing, token=clerks[0]), 201)
    path = f"/window/tickets/{filed['ticket_id']}"
    shown = data_of(service.get(path, token=clerks[0]))
    assert (shown["queued"]["state"], shown["name"]) == ("with_centre", "张*")
    error_of(service.get(path, token=clerks[1]), 404, "NOT_FOUND")
    error_of(service.get("/window/tickets/999", token=clerks[0]), 404, "NOT_FOUND")
    with tables_of(service):
        centre = token_of(member_of("centre"))
    desk = f"/centre/tickets/{filed['ticket_id']}"
    data_of(service.post(f"{desk}/claim", token=centre))
    end = {"outcome": "rejected", "reason": "请补交新证"}
    data_of(service.post(f"{desk}/end", json=end, token=centre))
    (answered,) = data_of(service.get("/window/tickets/answered", token=clerks[0]))["tickets"]
    assert (answered["state"], answered["reason"]) == ("rejected", "请补交新证")
    assert data_of(service.get("/window/tickets/answered", token=clerks[1]))["tickets"] == []


def test_clerk_without_a_window_is_refused(service: Service) -> None:
    with tables_of(service):
        lost = member_of("clerk")
        StaffMember.update(window_id=None).where(StaffMember.id == lost.id).execute()
        token = token_of(lost)
    calls: list[tuple[str, dict[str, Any]]] = [
        ("/window/persons", {"id_number": SOMEONE.id_number}),
        ("/window/identity-checks", SOMEONE.four_elements),
        ("/window/sms-codes", {"phone": SOMEONE.phone}),
        ("/window/verifications", {**ON_SITE, "id_number": SOMEONE.id_number}),
        ("/window/tickets", {"kind": "other", "id_number": SOMEONE.id_number, "description": "x"}),
    ]
    for path, body in calls:
        error_of(service.post(path, json=body, token=token), 403, "WINDOW_REQUIRED")
    error_of(service.get("/window/tickets/answered", token=token), 403, "WINDOW_REQUIRED")
    with tables_of(service):
        noted = AuditEntry.select().where(AuditEntry.tag == "staff:attempt:refused")
        assert noted.count() >= len(calls)
    assert service.sandbox.calls("SendSms") == []


def test_switch_is_recorded_as_the_person_says(service: Service, clerks: list[str]) -> None:
    with tables_of(service):
        account = account_of(SOMEONE, level=3)
    path, token = "/window/authorizations", clerks[0]
    until = clock.today().isoformat()
    body = {
        "id_number": SOMEONE.id_number,
        "enabled": True,
        "until": until,
        "evidence_seen": ["id_card"],
    }
    error_of(service.post(path, json=body, token=token), 403, "LEVEL_TOO_LOW")
    unseen = {**body, "enabled": False, "evidence_seen": []}
    error_of(service.post(path, json=unseen, token=token), 422, "INVALID_INPUT")
    with tables_of(service):
        Account.update(level=4).where(Account.id == account.id).execute()
    done = data_of(service.post(path, json=body, token=token), 201)
    assert done == {
        "account_id": account.id,
        "ledger_number": 1,
        "authorization": {
            "enabled": True,
            "until": until,
            "effective": True,
            "reason": "ok",
            "cause": None,
        },
    }
    shown = opened(service, token)["account"]
    assert (shown["authorization_needed"], shown["authorized_until"]) == (True, until)
    mine = sign_in(service, SOMEONE)
    (switched,) = data_of(service.get("/account/authorization", token=mine))["history"]
    assert (switched["enabled"], switched["until"]) == (True, until)
    off = data_of(service.post(path, json={**body, "enabled": False}, token=token), 201)
    assert off["authorization"]["reason"] == "off"
    # The holder's token opens no window.
    error_of(service.post(path, json=body, token=mine), 401, "UNAUTHENTICATED")


def test_synced_person_is_activated_once_by_two_windows(
    service: Service, clerks: list[str]
) -> None:
    with tables_of(service):
        synced_account(SOMEONE)
    on_site = {**ON_SITE, "id_number": SOMEONE.id_number}
    verified = service.post("/window/verifications", **in_parts(on_site), token=clerks[0])
    error_of(verified, 409, "ACTIVATION_REQUIRED")
    form = {**SOMEONE.four_elements, **ON_SITE, "phone": None, "consent_signed": True}
    with ThreadPoolExecutor(4) as pool:
        calls = [
            pool.submit(service.post, "/window/registrations", **in_parts(form), token=token)
            for token in clerks * 2
        ]
    codes = sorted(call.result().json()["code"] for call in calls)
    assert codes.count("OK") == 1
    assert set(codes) <= {"OK", "IDENTITY_CHECK_IN_PROGRESS", "ALREADY_REGISTERED"}
    account = opened(service, clerks[0])["account"]
    assert (account["status"], account["source"], account["phone"]) == ("verified", "synced", None)
    with tables_of(service):
        acts = [line.action for line in LedgerLine.select().order_by(LedgerLine.number)]
    assert acts == ["person_activated", "person_opened"]
