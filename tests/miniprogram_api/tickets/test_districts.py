"""Districts of tickets: where they come from, and which window sees which."""

import json

import pytest

from miniprogram_api.desks import people as desk_people
from miniprogram_api.desks import queue as ticket_queue
from miniprogram_api.desks import reminders as desk_reminders
from miniprogram_api.desks import ticket_acts as ticket_desk
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.tickets import forms
from miniprogram_api.tickets.forms import TicketForm
from miniprogram_api.tickets.opening import Subject
from miniprogram_api.tickets.tickets import Ticket
from miniprogram_api.windows import verifications as window_desk
from models.desks import tickets as table
from models.desks.audit import AuditEntry
from tests.support.admin.on_site import on_site
from tests.support.admin.staff import member_of, window_of
from tests.support.people.accounts import account_of, account_session
from tests.support.people.persons import person
from tests.support.people.registrations import wechat_session
from tests.support.service.rules import Rules

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
EAST, WEST = "城东区", "城西区"


def clerk_in(*districts: str) -> StaffMember:
    window = window_of("、".join(districts), districts=json.dumps(districts))
    return member_of("clerk", window=window.id)


def submit(rules: Rules, district: str | None, openid: str = "o-zhang", **more: str) -> Ticket:
    form = TicketForm("other", description="请帮忙", district=district, **more)  # type: ignore[arg-type]
    return forms.submit(rules.services, form, session=wechat_session(openid))


def listed(member: StaffMember) -> list[str]:
    return [ticket.id for ticket in ticket_queue.queue(member)]


@BOTH
def test_window_sees_tickets_of_its_districts_and_of_none(rules: Rules) -> None:
    east, both, west = clerk_in(EAST), clerk_in(EAST, WEST), clerk_in(WEST)
    eastern = submit(rules, EAST).id
    nowhere = submit(rules, None, "o-li").id
    assert listed(east) == listed(both) == [eastern, nowhere]
    assert listed(west) == [nowhere]
    assert desk_reminders.of_member(west).tickets_due_soon <= 1
    assert listed(member_of("centre")) == [eastern, nowhere]

    ticket_desk.claim(both, eastern)
    assert listed(east) == [nowhere]
    assert listed(both) == [eastern, nowhere]


def test_ticket_of_another_district_is_not_found_and_the_attempt_audited(rules: Rules) -> None:
    west = clerk_in(WEST)
    clerk_in(EAST)
    eastern = submit(rules, EAST).id
    for act in (
        lambda: ticket_desk.get(west, eastern),
        lambda: ticket_desk.open_for(west, eastern, "at_window"),
        lambda: ticket_desk.claim(west, eastern),
        lambda: window_desk.hand_on(west, eastern, "x"),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.reason is Reason.NOT_FOUND
    attempts = AuditEntry.select().where(AuditEntry.tag == "staff:attempt:refused")
    assert [json.loads(row.details)["reason"] for row in attempts] == ["TICKET_OF_OTHERS"] * 4
    assert table.Ticket.get().state == "open"


def test_unknown_district_is_a_field_error_with_the_nearest(rules: Rules) -> None:
    clerk_in(EAST)
    with pytest.raises(Refused) as refused:
        submit(rules, "城东")
    (field,) = refused.value.details["fields"]
    assert (field["field"], field["code"], field["suggestion"]) == ("district", "not_allowed", EAST)
    assert submit(rules, f" {EAST} ").district == EAST


def test_district_is_known_from_the_last_ticket_or_its_window(rules: Rules) -> None:
    east, west = clerk_in(EAST), clerk_in(WEST)
    assert submit(rules, None).district is None
    ticket_desk.claim(west, table.Ticket.get().number)
    table.Ticket.update(state="resolved", matter_index=None).execute()
    assert submit(rules, None).district == WEST
    assert submit(rules, EAST).district == EAST
    table.Ticket.update(matter_index=None).execute()
    assert submit(rules, None).district == EAST
    assert submit(rules, None, "o-li").district is None
    account = account_of(person())
    session = account_session(account)
    form = TicketForm("other", description="一", district=WEST)
    forms.submit(rules.services, form, session=session)
    form = TicketForm("phone_change", phone="13800138011")
    assert forms.submit(rules.services, form, session=session).district == WEST
    assert east.window_id != west.window_id


def test_filed_ticket_is_of_the_window_and_its_only_district(rules: Rules) -> None:
    east, both = clerk_in(EAST), clerk_in(EAST, WEST)
    someone, other = person(number=1), person(number=2)
    row, _ = window_desk.file_ticket(east, "other", Subject(id_number=someone.id_number), "x")
    assert (row.district, row.window_id) == (EAST, east.window_id)
    subject = Subject(id_number=other.id_number)
    assert window_desk.file_ticket(both, "other", subject, "x")[0].district is None
    subject = Subject(id_number=person(number=3).id_number)
    assert window_desk.file_ticket(both, "other", subject, "x", WEST)[0].district == WEST


def test_person_at_another_districts_counter_is_served(rules: Rules) -> None:
    someone = person()
    account = account_of(someone)
    west = clerk_in(WEST)
    clerk_in(EAST)
    form = TicketForm("manual_verification", description="刷脸不过", district=EAST)
    asked = forms.submit(rules.services, form, session=account_session(account))
    assert desk_people.find(rules.services, west, someone.id_number).tickets == ()
    done = window_desk.verify_on_site(west, someone.id_number, on_site(["id_card"], "原件一致"))
    assert done.ticket_id == asked.id
    assert table.Ticket.get().window_id == west.window_id


def test_matter_is_filed_where_another_window_has_the_ticket(rules: Rules) -> None:
    someone = person()
    account = account_of(someone)
    east, west = clerk_in(EAST), clerk_in(WEST)
    form = TicketForm("re_registration", description="旧证注册", district=EAST)
    asked = forms.submit(rules.services, form, session=account_session(account))
    ticket_desk.claim(east, asked.id)
    subject = Subject(someone.name, someone.id_number)
    row, _ = window_desk.file_ticket(west, "re_registration", subject, "旧证注册")
    assert (row.number, row.state, row.window_id) == (asked.id, "with_centre", west.window_id)
    assert [ticket.id for ticket in ticket_queue.queue(west)] == [asked.id]
    assert ticket_queue.queue(east) == []


def test_person_is_verified_where_another_window_has_the_ticket(rules: Rules) -> None:
    someone = person()
    account = account_of(someone)
    east, west = clerk_in(EAST), clerk_in(WEST)
    form = TicketForm("manual_verification", description="刷脸不过", district=EAST)
    asked = forms.submit(rules.services, form, session=account_session(account))
    ticket_desk.claim(east, asked.id)
    done = window_desk.verify_on_site(west, someone.id_number, on_site(["id_card"], "原件一致"))
    row = table.Ticket.get()
    assert (done.ticket_id, row.number) == (asked.id, asked.id)
    assert (row.state, row.window_id, row.owner_id) == ("resolved", west.window_id, None)


def test_repeated_ticket_takes_the_new_contact_description_and_district(rules: Rules) -> None:
    clerk_in(EAST)
    first = submit(rules, None)
    again = submit(rules, EAST, contact="13800138011")
    assert (again.id, again.district) == (first.id, EAST)
    assert table.Ticket.get().contact == "13800138011"
    form = TicketForm("other", description="还没人联系我")
    session = wechat_session("o-zhang")
    for _ in range(2):
        forms.submit(rules.services, form, session=session)
    notes = [event.note for event in table.TicketEvent.select()]
    assert notes == [None, "还没人联系我"]
