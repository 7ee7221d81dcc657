"""Attempts to cheat at the desks, by JSON and by page: each is refused and audited."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from miniprogram_api import audit, clock
from miniprogram_api.desks import ticket_acts as ticket_desk
from miniprogram_api.operations import maintenance
from miniprogram_api.second_person import approvals
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.tickets.tickets import Subject
from miniprogram_api.windows import verifications as window_desk
from models.accounts.accounts import Account
from models.desks.audit import AuditEntry
from models.desks.ledger import LedgerLine
from models.desks.staff import StaffMember as StaffRow
from models.desks.tickets import Ticket
from models.second_person import SecondPersonRequest
from tests.support.admin.desk import Desk
from tests.support.admin.staff import member_of, token_of
from tests.support.people import photos
from tests.support.people.accounts import account_of, sign_in
from tests.support.people.persons import make_phone, person
from tests.support.service.service import Service, data_of, error_of

SOMEONE, ELSE = person("王秀英", number=9501), person("李雷", number=9502)
NEW_PHONE = make_phone(9503)
END = {"outcome": "resolved", "reason": "办好了"}
OPENING = {"reason": "complaint"}
SEEN = {"evidence_seen": ["id_card"], "reason": "看过原件"}


@dataclass
class Staff:
    """Act as a member of staff by JSON and by page."""

    service: Service
    member: StaffMember

    def __post_init__(self) -> None:
        self.token = token_of(self.member)
        self.desk = Desk(self.service, self.token)
        self.proof = {"csrf": self.desk.csrf()}

    def post(self, path: str, **content: Any) -> Any:
        return self.service.post(path, json=content, token=self.token)

    def send(self, path: str, **form: str) -> Any:
        """Send a form to a page, even if the member cannot see it."""
        return self.desk.post_bare(path, {**self.proof, **form})

    def refused(
        self, code: str, status: int, path: str, audited: str | None = None, **content: Any
    ) -> None:
        """Check that a JSON call is refused with this code and audited, by default as that."""
        before = attempts(self.member)
        error_of(self.post(path, **content), status, code)
        assert attempts(self.member) == [*before, audited or code], path

    def form_refused(self, code: str, status: int, path: str, **form: str) -> None:
        """Check the same of a form."""
        before = attempts(self.member)
        assert self.send(path, **form).status_code == status, path
        assert attempts(self.member) == [*before, code], path


@pytest.fixture
def bound(service: Service) -> Iterator[Service]:
    maintenance.connect(service.settings)
    try:
        yield service
    finally:
        maintenance.disconnect()


@pytest.fixture
def account(bound: Service) -> Account:
    return account_of(SOMEONE)


def attempts(member: StaffMember) -> list[str]:
    """Return the audited causes of the member's refused attempts, oldest first."""
    found = AuditEntry.select().where(
        (AuditEntry.tag == "staff:attempt:refused") & (AuditEntry.actor == member.actor)
    )
    return [json.loads(entry.details)["reason"] for entry in found.order_by(AuditEntry.id)]


def filed_by(member: StaffMember, kind: Any = "phone_change") -> str:
    """Forward a window's ticket about SOMEONE to the centre; return its number."""
    subject = Subject(SOMEONE.name, SOMEONE.id_number, phone=NEW_PHONE)
    return window_desk.file_ticket(member, kind, subject, "旧号停用")[0].number


def of_user(service: Service) -> str:
    """Open a ticket as SOMEONE and return its number."""
    asked = {"kind": "phone_change", "phone": NEW_PHONE}
    token = sign_in(service, SOMEONE)
    return str(data_of(service.post("/tickets", json=asked, token=token), 201)["id"])


def requested(member: StaffMember, ticket_id: str) -> int:
    ticket_desk.claim(member, ticket_id)
    return approvals.request(member, ticket_id, "correct_phone", reason="核对户籍")


def own_identity(member: StaffMember) -> None:
    """Give the member the identity of SOMEONE."""
    StaffRow.update(id_number=SOMEONE.id_number, identity_index=SOMEONE.id_number).where(
        StaffRow.id == member.id
    ).execute()


def test_clerk_cannot_approve_alone(bound: Service, account: Account) -> None:
    clerk, centre = Staff(bound, member_of("clerk")), member_of("centre")
    number = filed_by(clerk.member)
    path = f"/centre/tickets/{number}"
    # A forwarded ticket is the centre's.
    clerk.refused("TICKET_OF_OTHERS", 403, f"{path}/claim")
    clerk.refused("TICKET_OF_OTHERS", 403, f"{path}/end", **END)
    asking = {"act": "correct_phone", "reason": "就这样吧"}
    clerk.refused("FORBIDDEN", 403, f"{path}/approvals", **asking)
    approval = requested(centre, number)
    clerk.refused("FORBIDDEN", 403, f"/centre/approvals/{approval}", decision="approve")
    clerk.form_refused("FORBIDDEN", 403, f"/second-person/{approval}", decision="agree")
    for act in ("claim", "verify_phone", "correct_phone", "answer"):
        clerk.form_refused("FORBIDDEN", 403, f"{path}/{act}", reason="x")
    for act in ("phone-verification", "freeze"):
        clerk.refused("FORBIDDEN", 403, f"{path}/{act}", reason="x")
    assert clerk.desk.get(f"/second-person/{approval}").status_code == 403
    assert Account.get().phone == SOMEONE.phone


def test_own_request_cannot_be_approved(bound: Service, account: Account) -> None:
    centre = Staff(bound, member_of("centre", "clerk"))
    number = of_user(bound)
    approval = requested(centre.member, number)
    code, reason = "SECOND_PERSON_REQUIRED", "我同意"
    for decision, on_page in (("approve", "agree"), ("refuse", "deny")):
        content = {"decision": decision, "reason": reason}
        centre.refused(code, 403, f"/centre/approvals/{approval}", **content)
        form = {"decision": on_page, "reason": reason}
        centre.form_refused(code, 403, f"/second-person/{approval}", **form)
    # Nor by ending the ticket without the second person.
    error_of(centre.post(f"/centre/tickets/{number}/end", **END), 409, "APPROVAL_PENDING")
    assert Account.get().phone == SOMEONE.phone


def test_clerk_of_another_window_is_refused(bound: Service, account: Account) -> None:
    clerk, other = member_of("clerk"), Staff(bound, member_of("clerk"))
    number = filed_by(clerk)
    path, window = f"/centre/tickets/{number}", f"/window/tickets/{number}"
    other.refused("NOT_FOUND", 404, f"{path}/claim", "TICKET_OF_OTHERS")
    other.refused("NOT_FOUND", 404, f"{path}/opening", "TICKET_OF_OTHERS", **OPENING)
    other.refused("NOT_FOUND", 404, f"{path}/end", "TICKET_OF_OTHERS", **END)
    other.refused("NOT_FOUND", 404, f"{window}/handover", "TICKET_OF_OTHERS", note="给我")
    other.refused("NOT_FOUND", 404, f"{window}/card", "TICKET_OF_OTHERS", **SEEN)
    picture = {"image": ("card.jpg", photos.portrait())}
    sent = bound.post(f"{window}/evidence", files=picture, token=other.token)
    error_of(sent, 404, "NOT_FOUND")
    before = attempts(other.member)
    error_of(bound.get(path, token=other.token), 404, "NOT_FOUND")
    assert attempts(other.member) == [*before, "TICKET_OF_OTHERS"]
    listed = data_of(bound.get("/centre/tickets", token=other.token))
    assert listed["tickets"] == []
    assert Ticket.get().owner_id is None


def test_own_matter_is_refused(bound: Service, account: Account) -> None:
    clerk, colleague = Staff(bound, member_of("clerk")), member_of("centre")
    centre = Staff(bound, member_of("centre"))
    number = of_user(bound)
    path = f"/centre/tickets/{number}"
    for who in (clerk, centre):
        own_identity(who.member)
        who.refused("OWN_MATTER", 403, f"{path}/claim")
        who.refused("OWN_MATTER", 403, f"{path}/opening", **OPENING)
        StaffRow.update(id_number=None, identity_index=None).execute()
    own_identity(clerk.member)
    clerk.refused("OWN_MATTER", 403, "/window/verifications", id_number=SOMEONE.id_number, **SEEN)
    person_of = {"id_number": SOMEONE.id_number, "reason": "enquiry"}
    clerk.refused("OWN_MATTER", 403, "/window/persons", **person_of)
    StaffRow.update(id_number=None, identity_index=None).execute()
    own_identity(centre.member)
    for act, form in (("claim", {}), ("opening", OPENING)):
        centre.form_refused("OWN_MATTER", 403, f"{path}/{act}", **form)
    approval = requested(colleague, number)
    centre.refused("OWN_MATTER", 403, f"/centre/approvals/{approval}", decision="approve")
    centre.form_refused("OWN_MATTER", 403, f"/second-person/{approval}", decision="agree")
    assert Account.get().phone == SOMEONE.phone


def test_user_sees_only_own_tickets(bound: Service, account: Account) -> None:
    number = of_user(bound)
    account_of(ELSE)
    for actor, token in (
        (audit.by_wechat("o-stranger"), bound.wechat_login("stranger")),
        ("account:2", sign_in(bound, ELSE, "li")),
    ):
        path = f"/tickets/{number}"
        picture = {"image": ("card.jpg", photos.portrait())}
        for answer in (
            bound.get(path, token=token),
            bound.delete(path, token=token),
            bound.post(f"{path}/evidence", files=picture, token=token),
            bound.post(f"{path}/face-challenges", json={"consent_version": "x"}, token=token),
        ):
            error_of(answer, 404, "NOT_FOUND")
        assert data_of(bound.get("/tickets", token=token))["tickets"] == []
        lines = AuditEntry.select().where(
            (AuditEntry.tag == "api:attempt:refused") & (AuditEntry.actor == actor)
        )
        assert lines.count() == 4
        # The same answer as for an unknown ticket.
        error_of(bound.get("/tickets/4711", token=token), 404, "NOT_FOUND")
        assert lines.clone().count() == 4


def test_stale_approval_is_refused(bound: Service, account: Account) -> None:
    first, second = member_of("centre"), Staff(bound, member_of("centre"))
    approval = requested(first, of_user(bound))
    SecondPersonRequest.update(due_at=clock.now() - timedelta(seconds=1)).execute()
    approve = {"decision": "approve"}
    second.refused("APPROVAL_STALE", 409, f"/centre/approvals/{approval}", **approve)
    second.form_refused("APPROVAL_STALE", 409, f"/second-person/{approval}", decision="agree")
    assert Account.get().phone == SOMEONE.phone
    actions = [line.action for line in LedgerLine.select()]
    assert "phone_corrected" not in actions


def test_auditors_and_administrators_cannot_act(bound: Service, account: Account) -> None:
    number = of_user(bound)
    approval = requested(member_of("centre"), number)
    path = f"/centre/tickets/{number}"
    for role in ("auditor", "administrator", "editor", "operator"):
        who = Staff(bound, member_of(role))
        for act in ("release", "answer", "correct_phone"):
            who.form_refused("FORBIDDEN", 403, f"{path}/{act}", reason="x")
        who.refused("FORBIDDEN", 403, f"/centre/approvals/{approval}", decision="approve")
        who.refused("FORBIDDEN", 403, f"{path}/phone-verification", reason="x")
    assert Account.get().phone == SOMEONE.phone
    assert Ticket.get().owner_id is not None
