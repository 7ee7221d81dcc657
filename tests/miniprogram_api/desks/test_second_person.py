"""The rule of two people: no role lets a member decide what the same member filed or did."""

from collections.abc import Callable

import pytest

from miniprogram_api.centre import acts as centre_acts
from miniprogram_api.desks import ticket_acts as ticket_desk
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person import approvals, deciding
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.tickets import opening
from miniprogram_api.tickets.opening import Opening, Subject
from miniprogram_api.tickets.tickets import Kind
from miniprogram_api.windows import verifications as window_desk
from models.accounts.accounts import Account
from models.desks.audit import AuditEntry
from tests.support.admin.on_site import on_site
from tests.support.admin.staff import member_of
from tests.support.people.accounts import account_of
from tests.support.people.persons import person
from tests.support.service.rules import Rules

SOMEONE = person(number=61)
ABOUT = Subject(SOMEONE.name, SOMEONE.id_number, phone=SOMEONE.phone)
SEEN = on_site(["id_card"], "核对原件一致")


def both_roles() -> StaffMember:
    return member_of("clerk", "centre")


def refusal(call: Callable[[], object]) -> Reason:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.reason


def opened(rules: Rules, kind: Kind) -> str:
    return opening.open_ticket(
        rules.services, Opening(kind=kind, source="user", openid="o-victim", subject=ABOUT)
    ).id


@pytest.mark.parametrize("handed_on", [False, True])
def test_filer_with_the_centre_role_cannot_decide_the_ticket(rules: Rules, handed_on: bool) -> None:
    filer, other = both_roles(), member_of("centre")
    if handed_on:
        ticket_id = opened(rules, "other")
        ticket_desk.claim(member_of("clerk"), ticket_id)
        window_desk.hand_on(filer, ticket_id, "请省局处理")
    else:
        row, _ = window_desk.file_ticket(filer, "other", ABOUT, "证件照片有误")
        ticket_id = row.number

    assert refusal(lambda: ticket_desk.claim(filer, ticket_id)) is Reason.SECOND_PERSON_REQUIRED
    assert ticket_desk.claim_next(filer) is None
    assert ticket_desk.get(filer, ticket_id).filed_by_caller
    assert not ticket_desk.get(other, ticket_id).filed_by_caller
    assert AuditEntry.select().where(AuditEntry.tag == "staff:attempt:refused").count() == 1
    ticket_desk.claim(other, ticket_id)
    ticket_desk.finish(other, ticket_id, solved=True, reason="已更正")


@pytest.mark.parametrize("act", ["finish", "verify_phone", "request"])
def test_filer_who_holds_the_ticket_cannot_act_on_it(rules: Rules, act: str) -> None:
    filer = both_roles()
    kind: Kind = "phone_change" if act == "request" else "phone_verification"
    row, _ = window_desk.file_ticket(filer, kind, ABOUT, "手机丢失")
    account_of(SOMEONE)
    row.owner_id, row.openid = filer.id, "o-someone"
    row.save()
    calls: dict[str, Callable[[], object]] = {
        "finish": lambda: ticket_desk.finish(filer, row.number, solved=False, reason="不办"),
        "verify_phone": lambda: centre_acts.verify_phone(filer, row.number, "回拨一致"),
        "request": lambda: approvals.request(filer, row.number, "correct_phone", reason="核对一致"),
    }
    assert refusal(calls[act]) is Reason.SECOND_PERSON_REQUIRED


@pytest.mark.parametrize("part", ["filed", "froze"])
@pytest.mark.parametrize("approve", [True, False])
def test_member_with_a_part_in_the_matter_decides_no_approval(
    rules: Rules, part: str, approve: bool
) -> None:
    account_of(SOMEONE)
    first, second, third = both_roles(), member_of("centre"), member_of("centre")
    if part == "filed":
        row, _ = window_desk.file_ticket(first, "re_registration", ABOUT, "旧证注册")
        ticket_id = row.number
    else:
        ticket_id = opened(rules, "identity_dispute")
        window_desk.card_seen(first, ticket_id, SEEN)
    ticket_desk.claim(second, ticket_id)
    approval = approvals.request(second, ticket_id, "cancel_account", reason="核对一致")

    def decide(member: StaffMember) -> int:
        return deciding.decide(rules.services, member, approval, agrees=approve, reason="理由")

    assert approvals.get(first, approval).involved
    assert not approvals.get(third, approval).involved
    assert refusal(lambda: decide(first)) is Reason.SECOND_PERSON_REQUIRED
    assert refusal(lambda: decide(second)) is Reason.SECOND_PERSON_REQUIRED
    assert Account.get().status != "cancelled"
    decide(third)
    assert (Account.get().status == "cancelled") is approve
