"""Requests of all kinds in one list: the members that see and decide them, and those too late."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.desks import ticket_acts as ticket_desk
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person import approvals, deciding, kinds, listing
from miniprogram_api.second_person.kinds import GROUPS
from miniprogram_api.staff import members as staff
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.texts.sentences import sentence
from miniprogram_api.tickets import opening
from miniprogram_api.tickets.opening import Opening, Subject
from miniprogram_api.windows import verifications as window_desk
from models import second_person as table
from models.desks.audit import AuditEntry
from models.desks.tickets import Ticket
from models.second_person import SecondPersonRequest
from tests.support.admin.on_site import on_site
from tests.support.admin.staff import member_of
from tests.support.people.accounts import Time, account_of
from tests.support.people.persons import make_phone, person
from tests.support.service.rules import Rules

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
SOMEONE, ELSE = person(number=1), person(number=2)
SEEN = on_site(["id_card"], "核对原件一致")


def refusal(call: Callable[[], object]) -> Reason:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.reason


def verification(clerk: StaffMember) -> int:
    account_of(SOMEONE)
    return window_desk.verify_on_site(clerk, SOMEONE.id_number, SEEN).verification_id


def approval(rules: Rules, member: StaffMember) -> int:
    """Ask for another phone of ELSE; return the request's id."""
    account_of(ELSE)
    subject = Subject(ELSE.name, ELSE.id_number, phone=make_phone(9))
    ticket = opening.open_ticket(
        rules.services,
        Opening(kind="phone_change", source="user", openid="o-else", subject=subject),
    )
    ticket_desk.claim(member, ticket.id)
    return approvals.request(member, ticket.id, "correct_phone", reason="核对户籍")


def ids(found: list[listing.Listed]) -> list[int]:
    return [row.id for row in found]


def test_every_kind_has_a_group_and_an_outcome() -> None:
    named = [kind for group in GROUPS.values() for kind in group]
    assert sorted(named) == sorted(kinds.KINDS)
    assert len(named) == 9
    assert {*kinds.LAPSING} == {*table.CENTRE_ACTS}


@BOTH
def test_members_see_and_count_what_they_may_decide(rules: Rules) -> None:
    clerk, other = member_of("clerk"), member_of("clerk")
    first, second, auditor = member_of("centre"), member_of("centre"), member_of("auditor")
    reviewed, asked = verification(clerk), approval(rules, first)

    nothing = {"verifications": 0, "confirmations": 0, "centre_acts": 0}
    assert listing.to_decide(clerk) == listing.to_decide(auditor) == nothing
    assert listing.to_decide(other) == listing.to_decide(first) == {**nothing, "verifications": 1}
    assert listing.to_decide(second) == {**nothing, "verifications": 1, "centre_acts": 1}

    assert ids(listing.listed(clerk)) == [reviewed]
    assert ids(listing.listed(auditor)) == [reviewed, asked]
    assert ids(listing.listed(second, "centre_acts")) == [asked]
    assert refusal(lambda: listing.listed(clerk, "centre_acts")) is Reason.FORBIDDEN
    assert refusal(lambda: listing.get(clerk, asked)) is Reason.FORBIDDEN
    (one,) = listing.listed(clerk)
    assert (one.group, one.kind, one.state, one.own) == (
        "verifications",
        "verification",
        "pending",
        True,
    )
    assert SOMEONE.name not in one.name

    deciding.decide(rules.services, other, reviewed, agrees=True, reason="")
    assert listing.to_decide(other) == nothing
    (decided,) = listing.listed(clerk, which="decided")
    assert (decided.id, decided.state, decided.decided_by) == (reviewed, "confirmed", other.name)


@BOTH
def test_member_with_a_new_password_or_role_decides_after_some_days(rules: Rules) -> None:
    administrator, clerk, other = member_of("administrator"), member_of("clerk"), member_of("clerk")
    services = rules.with_settings(second_person_days=3)

    def decide() -> int:
        # The member has set a password of its own since.
        now = replace(staff.get(other.id), pending=frozenset())
        return deciding.decide(services, now, asked, agrees=True, reason="")

    with Time(clock.now().replace(microsecond=0)).running() as time:
        asked = verification(clerk)
        staff.reset(administrator, other.id)
        with pytest.raises(Refused) as refused:
            decide()
        assert refused.value.reason is Reason.SECOND_PERSON_REQUIRED
        assert refused.value.details == {"cause": "new", "retry_after": 3 * 86400}
        assert "后才能复核" in sentence(refused.value.reason, refused.value.details)

        time.advance(days=2)
        staff.change_roles(administrator, other.id, {"clerk", "centre"}, other.window_id)
        time.advance(days=2)
        assert refusal(decide) is Reason.SECOND_PERSON_REQUIRED
        # A role less gives no further power.
        staff.change_roles(administrator, other.id, {"clerk"}, other.window_id)
        time.advance(days=1, seconds=1)
        decide()


def test_request_is_decided_in_its_own_group(rules: Rules) -> None:
    centre, second = member_of("centre"), member_of("centre")
    asked = approval(rules, centre)
    for group in (kinds.VERIFICATIONS, kinds.CONFIRMATIONS):
        decide = lambda of=group: deciding.decide(  # noqa: E731
            rules.services, second, asked, of, agrees=True, reason=""
        )
        assert refusal(decide) is Reason.NOT_FOUND
    deciding.decide(
        rules.services, second, asked, kinds.CENTRE_ACTS, agrees=False, reason="材料不齐"
    )
    assert SecondPersonRequest.get().state == "denied"


@BOTH
def test_late_request_lapses_and_late_review_does_not(rules: Rules) -> None:
    clerk, centre, second = member_of("clerk"), member_of("centre"), member_of("centre")
    with Time(clock.now().replace(microsecond=0)).running() as time:
        reviewed, asked = verification(clerk), approval(rules, centre)
        assert deciding.end_late() == 0
        due = SecondPersonRequest.get_by_id(asked).due_at
        time.advance(milliseconds=(due - clock.now()) // timedelta(milliseconds=1))
        assert deciding.end_late() == 0
        assert listing.get(second, asked).state == "pending"
        # Columns hold whole milliseconds.
        time.advance(milliseconds=2)

        # Late by the clock alone, before the job ends it.
        assert listing.get(second, asked).state == "stale"
        assert listing.listed(second, which="late")[0].id == asked
        assert listing.to_decide(second)["centre_acts"] == 0
        late = lambda: deciding.decide(rules.services, second, asked, agrees=True, reason="")  # noqa: E731
        assert refusal(late) is Reason.APPROVAL_STALE

        assert deciding.end_late() == 1
        assert deciding.end_late() == 0
        row = SecondPersonRequest.get_by_id(asked)
        assert (row.state, row.blocked_ticket, row.decided_by) == ("late", None, None)
        assert refusal(late) is Reason.APPROVAL_STALE
        assert listing.get(second, asked).state == "stale"
        (audited,) = AuditEntry.select().where(AuditEntry.tag == "job:second_person:late")
        assert str(asked) in audited.details
        number = Ticket.get_by_id(row.ticket_id).number
        assert approvals.request(centre, number, "correct_phone", reason="重新核对") > asked

        assert listing.get(second, reviewed).overdue
        deciding.decide(rules.services, second, reviewed, agrees=True, reason="")
        assert listing.get(second, reviewed).state == "confirmed"
