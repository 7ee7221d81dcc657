"""Windows and the centre over HTTP: permissions, and whole cases end to end."""

from typing import Any

import pytest

from miniprogram_api.ledger import integrity as ledger_check
from miniprogram_api.staff.members import StaffMember
from models.accounts.accounts import Account
from models.desks.audit import AuditEntry
from tests.support.admin.staff import member_of, token_of
from tests.support.people import photos
from tests.support.people.accounts import account_of, sign_in, tables_of
from tests.support.people.captures import in_parts
from tests.support.people.persons import make_phone, person
from tests.support.people.registrations import body, synced_account
from tests.support.service.service import Service, data_of, error_of

SOMEONE = person(number=11)
ON_SITE = {"evidence_seen": ["id_card"], "reason": "多次刷脸未通过，核对原件一致"}


@pytest.fixture
def desks(service: Service) -> dict[str, str]:
    """Return tokens of a clerk, two members of the centre, an auditor and an editor."""
    with tables_of(service):
        members: dict[str, StaffMember] = {
            "clerk": member_of("clerk"),
            "other_clerk": member_of("clerk"),
            "centre": member_of("centre"),
            "second": member_of("centre"),
            "auditor": member_of("auditor"),
            "editor": member_of("editor"),
        }
        return {name: token_of(member) for name, member in members.items()}


def verified_lines(service: Service) -> int:
    """Check the ledger's integrity and return the number of its lines."""
    with tables_of(service):
        verdict = ledger_check.verify(service.settings)
    assert verdict.faults == ()
    return verdict.lines


def test_user_token_is_refused_at_the_desks(service: Service) -> None:
    with tables_of(service):
        account_of(SOMEONE)
    token = sign_in(service, SOMEONE)
    for method, path in (
        ("POST", "/window/persons"),
        ("GET", "/centre/tickets"),
        ("GET", "/centre/approvals"),
    ):
        error_of(service.request(method, path, token=token, json={}), 401, "UNAUTHENTICATED")


def test_each_role_has_its_endpoints(service: Service, desks: dict[str, str]) -> None:
    verify = {**ON_SITE, "id_number": SOMEONE.id_number}
    for role in ("centre", "auditor", "editor"):
        answer = service.post("/window/verifications", **in_parts(verify), token=desks[role])
        error_of(answer, 403, "FORBIDDEN")
    for role in ("clerk", "editor"):
        error_of(service.get("/centre/approvals", token=desks[role]), 403, "FORBIDDEN")
    data_of(service.get("/centre/approvals", token=desks["auditor"]))
    error_of(service.get("/centre/tickets", token=desks["editor"]), 403, "FORBIDDEN")
    decision = {"decision": "approve"}
    answer = service.post("/centre/approvals/1", json=decision, token=desks["auditor"])
    error_of(answer, 403, "FORBIDDEN")


def test_case_10_from_too_many_failures_to_level_4(service: Service, desks: dict[str, str]) -> None:
    with tables_of(service):
        account_of(SOMEONE)
    token = sign_in(service, SOMEONE)
    asked = {"kind": "manual_verification", "description": "刷脸总不过"}
    ticket = data_of(service.post("/tickets", json=asked, token=token), 201)

    opened = data_of(
        service.post(
            "/window/persons",
            json={"id_number": SOMEONE.id_number, "reason": "at_window"},
            token=desks["clerk"],
        )
    )
    assert opened["account"]["name"] == SOMEONE.name
    assert [found["id"] for found in opened["tickets"]] == [ticket["id"]]
    picture = {"image": ("card.jpg", photos.portrait())}
    path = f"/window/tickets/{ticket['id']}/evidence"
    data_of(service.post(path, files=picture, token=desks["clerk"]), 201)
    done = data_of(
        service.post(
            "/window/verifications",
            **in_parts({**ON_SITE, "id_number": SOMEONE.id_number}),
            token=desks["clerk"],
        ),
        201,
    )

    # It ended the person's own ticket.
    assert done["ticket_id"] == ticket["id"]
    account = data_of(service.get("/account", token=token))
    assert (account["level"], account["verified_by"]) == (4, "manual")
    seen = data_of(service.get(f"/tickets/{ticket['id']}", token=token))
    assert (seen["state"], seen["reason"]) == ("resolved", "窗口已核对证件原件，经人工核验通过")
    review = f"/window/reviews/{done['verification_id']}"
    confirm = {"decision": "confirm"}
    answer = service.post(review, json=confirm, token=desks["clerk"])
    error_of(answer, 403, "SECOND_PERSON_REQUIRED")
    data_of(service.post(review, json=confirm, token=desks["other_clerk"]))
    assert verified_lines(service) == 3


def test_case_15_a_wrong_phone_on_record(service: Service, desks: dict[str, str]) -> None:
    new_phone = make_phone(78)
    with tables_of(service):
        synced_account(SOMEONE)
    token = service.wechat_login()
    asked = {"kind": "activation_phone", "id_number": SOMEONE.id_number, "phone": new_phone}
    ticket = data_of(service.post("/tickets", json=asked, token=token), 201)
    path = f"/centre/tickets/{ticket['id']}"

    handed = service.post(
        f"/window/tickets/{ticket['id']}/handover", json={"note": "请更正"}, token=desks["clerk"]
    )
    data_of(handed)
    claimed = data_of(service.post(f"{path}/claim", token=desks["centre"]))
    assert claimed["phone"] == new_phone
    error_of(service.post(f"{path}/claim", token=desks["second"]), 403, "TICKET_OF_OTHERS")
    request = {"act": "correct_phone", "reason": "户籍核对一致"}
    asked_for = service.post(f"{path}/approvals", json=request, token=desks["centre"])
    approval = f"/centre/approvals/{data_of(asked_for, 201)['approval_id']}"
    yes = {"decision": "approve"}
    answer = service.post(approval, json=yes, token=desks["centre"])
    error_of(answer, 403, "SECOND_PERSON_REQUIRED")
    data_of(service.post(approval, json=yes, token=desks["second"]))
    error_of(service.post(approval, json=yes, token=desks["second"]), 409, "TICKET_CLOSED")

    with tables_of(service):
        assert Account.get().phone == new_phone
        assert AuditEntry.select().where(AuditEntry.tag == "staff:attempt:refused").count() == 2
    shown = data_of(service.get(f"/tickets/{ticket['id']}", token=token))
    assert shown["next_step"] == "登记的手机号已更正，请从输入身份证号开始重新激活。"
    assert verified_lines(service) == 4
    begun = service.post("/activations", json={"id_number": SOMEONE.id_number}, token=token)
    assert data_of(begun)["phone_hint"] == new_phone[-2:]


def test_case_1_manually_verified_phone_needs_no_code(
    service: Service, desks: dict[str, str]
) -> None:
    token = service.wechat_login()
    asked = {"kind": "phone_verification", "phone": SOMEONE.phone}
    ticket = data_of(service.post("/tickets", json=asked, token=token), 201)
    path = f"/centre/tickets/{ticket['id']}"
    early = service.post("/registrations", json=body(SOMEONE, None), token=token)
    error_of(early, 422, "INVALID_INPUT")

    data_of(service.post(f"{path}/claim", token=desks["centre"]))
    reason = {"reason": "回拨核实是本人"}
    data_of(service.post(f"{path}/phone-verification", json=reason, token=desks["centre"]))

    registered = data_of(service.post("/registrations", json=body(SOMEONE, None), token=token), 201)
    assert registered["account"]["phone_verified_by"] == "manual"


def test_case_7_a_person_without_a_smartphone(service: Service, desks: dict[str, str]) -> None:
    form: dict[str, Any] = {
        **SOMEONE.four_elements,
        **ON_SITE,
        "phone": SOMEONE.phone,
        "phone_of_relative": True,
        "consent_signed": True,
    }
    token = desks["clerk"]
    unsigned = {**form, "consent_signed": False}
    error_of(
        service.post("/window/registrations", **in_parts(unsigned), token=token),
        422,
        "CONSENT_REQUIRED",
    )
    key = {"Idempotency-Key": "window-registration-1"}
    for _ in range(2):
        answer = service.post("/window/registrations", **in_parts(form), token=token, headers=key)
        assert data_of(answer, 201)["ledger_number"] == 1
    error_of(
        service.post("/window/registrations", **in_parts(form), token=token),
        409,
        "ALREADY_REGISTERED",
    )
    with tables_of(service):
        account = Account.get()
        assert (account.level, account.verified_by, account.source) == (4, "manual", "window")


def test_member_of_both_desks_cannot_claim_an_own_filing(service: Service) -> None:
    with tables_of(service):
        both = token_of(member_of("clerk", "centre"))
    filing = {"kind": "identity_review", **SOMEONE.four_elements}
    filed = data_of(service.post("/window/tickets", json=filing, token=both), 201)
    claim = service.post(f"/centre/tickets/{filed['ticket_id']}/claim", token=both)
    error_of(claim, 403, "SECOND_PERSON_REQUIRED")


def test_ticket_is_filed_for_the_person_at_the_window(
    service: Service, desks: dict[str, str]
) -> None:
    with tables_of(service):
        account_of(SOMEONE)
    filing = {"kind": "re_registration", **SOMEONE.four_elements, "description": "用了旧证日期"}
    filed = data_of(service.post("/window/tickets", json=filing, token=desks["clerk"]), 201)
    assert filed["state"] == "with_centre"
    path = f"/centre/tickets/{filed['ticket_id']}"
    for name in ("other_clerk", "editor"):
        status, code = (404, "NOT_FOUND") if name == "other_clerk" else (403, "FORBIDDEN")
        error_of(service.get(path, token=desks[name]), status, code)
    queue = data_of(service.get("/centre/tickets", token=desks["centre"]))["tickets"]
    assert [(entry["id"], entry["name"]) for entry in queue] == [(filed["ticket_id"], "张*")]
    # The holder sees it and gets a notice.
    mine = data_of(service.get("/tickets", token=sign_in(service, SOMEONE)))["tickets"]
    assert [entry["id"] for entry in mine] == [filed["ticket_id"]]
    data_of(service.post(f"{path}/claim", token=desks["centre"]))
    data_of(service.delete(f"{path}/claim", token=desks["centre"]))
    end = {"outcome": "rejected", "reason": "请补交新证"}
    error_of(service.post(f"{path}/end", json=end, token=desks["centre"]), 403, "TICKET_OF_OTHERS")
    data_of(service.post(f"{path}/claim", token=desks["centre"]))
    data_of(service.post(f"{path}/end", json=end, token=desks["centre"]))
    assert verified_lines(service) == 5


def test_queue_and_approval_request_as_json(service: Service, desks: dict[str, str]) -> None:
    with tables_of(service):
        account_of(SOMEONE)
    numbers = []
    for name in ("zhang", "li"):
        asked = {"kind": "phone_change", "id_number": SOMEONE.id_number, "phone": make_phone(79)}
        token = service.wechat_login(name)
        numbers.append(data_of(service.post("/tickets", json=asked, token=token), 201)["id"])
    wanted = {"kind": "phone_change", "whose": "free", "window": "0"}
    listed = data_of(service.get("/centre/tickets", params=wanted, token=desks["centre"]))
    assert ([entry["id"] for entry in listed["tickets"]], listed["next"]) == (numbers, None)
    first = {**wanted, "after": numbers[0]}
    listed = data_of(service.get("/centre/tickets", params=first, token=desks["centre"]))
    assert [entry["id"] for entry in listed["tickets"]] == numbers[1:]
    wrong = service.get("/centre/tickets", params={"after": "x"}, token=desks["centre"])
    error_of(wrong, 422, "INVALID_INPUT")

    path = f"/centre/tickets/{numbers[0]}"
    masked = data_of(service.get(path, token=desks["second"]))
    assert (masked["opened"], masked["phone"]) == (False, "138****0089")
    looking = service.post(f"{path}/opening", json={"reason": "enquiry"}, token=desks["second"])
    assert data_of(looking)["phone"] == make_phone(79)
    data_of(service.post(f"{path}/claim", token=desks["centre"]))
    asking = {"act": "correct_phone", "reason": "核对户籍一致"}
    asked_for = service.post(f"{path}/approvals", json=asking, token=desks["centre"])
    number = data_of(asked_for, 201)["approval_id"]
    (waiting,) = data_of(service.get("/centre/approvals", token=desks["second"]))["approvals"]
    assert (waiting["id"], waiting["state"], waiting["own"]) == (number, "pending", False)
    assert waiting["before"] == {"phone": SOMEONE.phone}
    assert waiting["after"] == {"phone": make_phone(79)}
    withdrawal = f"/centre/approvals/{number}/withdrawal"
    reason = {"reason": "号码填错了"}
    error_of(service.post(withdrawal, json=reason, token=desks["second"]), 403, "FORBIDDEN")
    data_of(service.post(withdrawal, json=reason, token=desks["centre"]))
    decided = {"which": "decided"}
    (over,) = data_of(service.get("/centre/approvals", params=decided, token=desks["centre"]))[
        "approvals"
    ]
    assert over["state"] == "withdrawn"
    error_of(
        service.post(f"{path}/freeze", json=reason, token=desks["centre"]), 409, "NOT_APPLICABLE"
    )
