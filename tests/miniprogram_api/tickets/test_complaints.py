"""Complaints reach the centre alone, and never the members complained of."""

import json
from collections.abc import Callable

import pytest

from miniprogram_api.desks import queue as ticket_queue
from miniprogram_api.desks import ticket_acts as ticket_desk
from miniprogram_api.ledger import lines as ledger
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.tickets import forms
from miniprogram_api.tickets.forms import TicketForm
from miniprogram_api.tickets.opening import Subject
from miniprogram_api.tickets.tickets import Ticket, TicketAction
from miniprogram_api.windows import tickets as window_tickets
from miniprogram_api.windows import verifications as window_desk
from tests.support.admin.staff import member_of, window_of
from tests.support.people.persons import person
from tests.support.people.registrations import wechat_session
from tests.support.service.rules import Rules

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


def complain(rules: Rules, **more: object) -> Ticket:
    form = TicketForm("complaint", **{"description": "让我跑了三趟", **more})  # type: ignore[arg-type]
    return forms.submit(rules.services, form, session=wechat_session("o-zhang"))


def refusal(act: Callable[[], object]) -> Reason | None:
    try:
        act()
    except Refused as refused:
        return refused.reason
    return None


def sees(member: StaffMember, ticket: Ticket) -> bool:
    """Return whether the queue lists it; a ticket that is not listed cannot be opened either."""
    listed = ticket.id in [found.id for found in ticket_queue.queue(member)]
    expected = None if listed else Reason.NOT_FOUND
    assert refusal(lambda: ticket_desk.get(member, ticket.id)) is expected
    if not listed:
        assert refusal(lambda: ticket_desk.claim(member, ticket.id)) is Reason.NOT_FOUND
    return listed


@BOTH
def test_complaint_is_with_the_centre_and_seen_by_no_clerk(rules: Rules) -> None:
    window = window_of("城东窗口", districts=json.dumps(["城东区"]))
    ticket = complain(rules, window_id=window.id)
    assert (ticket.state, ticket.owner, ticket.district) == ("with_centre", "centre", "城东区")
    assert ticket.actions == (TicketAction("call", "12345政务服务热线", "12345"),)
    assert ticket.description == "被投诉：城东窗口。让我跑了三趟"
    clerk = member_of("clerk", window=window.id)
    assert not sees(clerk, ticket)
    assert not sees(member_of("clerk"), ticket)
    assert not sees(member_of("clerk", "centre"), ticket)
    centre = member_of("centre")
    assert sees(centre, ticket)
    assert sees(member_of("auditor"), ticket)

    ticket_desk.claim(centre, ticket.id)
    ticket_desk.finish(centre, ticket.id, solved=True, reason="已批评教育")
    assert window_tickets.answered(clerk) == []
    assert refusal(lambda: window_tickets.get(clerk, ticket.id)) is Reason.NOT_FOUND


def test_member_complained_of_never_sees_it_in_the_centre(rules: Rules) -> None:
    window = window_of()
    named, colleague = member_of("centre", name="李工"), member_of("centre", name="钱工")
    former_clerk = member_of("centre", window=window.id)
    of_name = complain(rules, clerk_name="李工")
    assert not sees(named, of_name)
    assert sees(colleague, of_name)
    assert of_name.description == "被投诉：李工。让我跑了三趟"
    assert not sees(named, complain(rules, clerk_name="窗口的李工同志"))
    of_window = complain(rules, window_id=window.id)
    assert of_window.id != of_name.id
    assert not sees(former_clerk, of_window)
    assert sees(named, of_window)
    assert complain(rules, window_id=window.id).id == of_window.id


def test_member_complained_of_sees_no_line_of_it_in_the_ledger(rules: Rules) -> None:
    named, colleague = member_of("centre", name="李工"), member_of("centre", name="钱工")
    ticket = complain(rules, clerk_name="李工")
    ticket_desk.claim(colleague, ticket.id)
    ticket_desk.finish(colleague, ticket.id, solved=True, reason="已批评教育")
    other = complain(rules)
    ticket_desk.claim(named, other.id)
    assert [line.number for line in ledger.page(colleague)] == [3, 2, 1]
    assert [line.number for line in ledger.page(named)] == [3]
    assert [line.number for line in ledger.walk(named)] == [3]
    assert ledger.count(named) == 1
    assert refusal(lambda: ledger.get(named, 1)) is Reason.NOT_FOUND
    assert ledger.get(colleague, 1).action == "ticket_claimed"


def test_complaint_needs_a_description_and_a_known_window(rules: Rules) -> None:
    with pytest.raises(Refused) as refused:
        complain(rules, description=None, window_id=999)
    fields = [(field["field"], field["code"]) for field in refused.value.details["fields"]]
    assert fields == [("description", "required"), ("window_id", "not_allowed")]


def test_clerk_cannot_file_a_complaint_for_a_person(rules: Rules) -> None:
    clerk, subject = member_of("clerk"), Subject(id_number=person().id_number)
    with pytest.raises(Refused) as refused:
        window_desk.file_ticket(clerk, "complaint", subject, "我不满意")
    assert refused.value.details["fields"][0]["field"] == "kind"
