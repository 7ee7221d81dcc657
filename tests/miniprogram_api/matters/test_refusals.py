"""Refusing own lines, and the ticket of "not mine"."""

from miniprogram_api import clock, working_days
from miniprogram_api.desks import queue
from miniprogram_api.matters import own
from miniprogram_api.reasons import Reason
from miniprogram_api.tickets import own as own_tickets
from models.accounts.accounts import ACTIVE, Account
from models.desks.tickets import Ticket
from models.matters.decisions import Decision
from models.matters.matters import Matter
from tests.support.admin.staff import member_of, window_of
from tests.support.matters.matters import PEOPLE, accept, events_of, matter_of, named, states_of
from tests.support.matters.people import Holder, in_days
from tests.support.people.faces import refusal
from tests.support.service.rules import Rules

ZHANG, LI, WANG = PEOPLE


def test_refusal_pauses_the_matter_and_opens_a_ticket(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(ZHANG), named(LI)])
    Holder(rules, LI, "li").confirm(matter)
    holder = Holder(rules, ZHANG)
    decided = holder.refuse(matter)
    assert (decided.state, decided.lines[0].reason) == ("refused", "not_me")
    assert events_of(matter)[-1] == (2, "matter.line_refused")
    refused = refusal(accept, rules.services, matter)
    assert refused.reason is Reason.MATTER_NOT_READY
    assert Account.get_by_id(holder.account.id).status == ACTIVE
    (ticket,) = own_tickets.of_caller(holder.session)
    assert (ticket.kind, ticket.state) == ("matter_not_mine", "open")
    day = working_days.nth_after(clock.today(), 1).day
    assert ticket.due_at.date() == day
    (action,) = ticket.actions
    assert (action.type, action.ticket) == ("ticket", "identity_dispute")
    assert "没有办过" in ticket.description
    assert rules.sandbox.calls("getverifyid")[1:] == []


def test_the_receiving_office_and_the_centre_see_the_ticket(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(ZHANG)])
    office, other = window_of("登记窗口"), window_of("另一个窗口")
    Matter.update(office=office.id).execute()
    Holder(rules, ZHANG).refuse(matter)
    clerk = member_of("clerk", window_id=office.id)
    for member, seen in (
        (clerk, 1),
        (member_of("clerk", window_id=other.id), 0),
        (member_of("centre"), 1),
    ):
        found = [one.kind for one in queue.queue(member)]
        assert found == ["matter_not_mine"] * seen


def test_other_reasons_open_no_ticket(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(ZHANG)])
    holder = Holder(rules, ZHANG)
    for reason in ("wrong_content", "unwilling"):
        holder.refuse(matter, reason=reason)
        holder.confirm(matter)
    assert Ticket.select().count() == 0


def test_refusing_twice_needs_a_change_of_mind(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(ZHANG), named(LI)])
    holder, other = Holder(rules, ZHANG), Holder(rules, LI, "li")
    holder.refuse(matter)
    assert refusal(holder.refuse, matter).reason is Reason.LINE_DECIDED
    refused = refusal(other.open, matter)
    assert (refused.reason, refused.details) == (Reason.MATTER_CLOSED, {"state": "refused"})
    holder.confirm(matter)
    assert states_of(matter) == ("waiting", ["confirmed", "pending"])
    other.confirm(matter)
    holder.refuse(matter)
    assert states_of(matter) == ("refused", ["refused", "confirmed"])
    holder.confirm(matter)
    accept(rules.services, matter)
    refused = refusal(holder.refuse, matter)
    assert (refused.reason, refused.details["state"]) == (Reason.MATTER_CLOSED, "accepted")
    kinds = [(one.kind, one.way) for one in Decision.select().order_by(Decision.id)]
    assert kinds == [
        ("refusal", "app"),
        ("confirmation", "face"),
        ("confirmation", "face"),
        ("refusal", "app"),
        ("confirmation", "face"),
    ]
    # One ticket for the person and the matter.
    assert Ticket.select().count() == 1


def test_expired_matter_is_not_refused(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(ZHANG)])
    holder = Holder(rules, ZHANG)
    with in_days(31):
        assert refusal(holder.refuse, matter).reason is Reason.MATTER_EXPIRED


def test_nothing_offers_to_confirm_what_is_not_mine(rules: Rules) -> None:
    matter = matter_of(rules.services, [named(ZHANG), named(ZHANG, "经理"), named(LI)])
    holder = Holder(rules, ZHANG)
    assert not holder.seen(matter).disowned
    holder.refuse(matter, reason="unwilling")
    assert not holder.seen(matter).disowned
    holder.confirm(matter)
    holder.refuse(matter)
    assert holder.seen(matter).disowned
    (item,) = own.listed(holder.account.id, "open").items or ()
    assert (item.state, item.todo) == ("refused", False)
    other = Holder(rules, LI, "li")
    assert not other.seen(matter).disowned
    # One's own word counts until acceptance.
    holder.confirm(matter)
    assert not holder.seen(matter).disowned
