"""What a second person leaves undecided: the centre, the block of the clerk, the lapse."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from handlers import jobs
from miniprogram_api import clock
from miniprogram_api.ledger import comparison
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person import deciding, escalation, figures, listing
from miniprogram_api.second_person import verification_details as details
from miniprogram_api.second_person.kinds import KINDS
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.tickets import due
from miniprogram_api.windows import holds
from miniprogram_api.windows import verifications as window_desk
from miniprogram_api.windows.verifications import VerifiedAtWindow
from models.desks.tickets import Ticket
from models.matters.matters import Line
from models.matters.pictures import MatterPicture
from models.second_person import SecondPersonRequest
from tests.support.admin.held_kinds import HELD
from tests.support.admin.holds import (
    DENIED,
    SEEN,
    decide,
    denied_account,
    refusal,
    register,
)
from tests.support.admin.staff import member_of, window_of
from tests.support.people.accounts import account_of
from tests.support.people.persons import person
from tests.support.service.rules import Rules

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
FIRST, SECOND = person(number=81), person(number=82)


def verified(clerk: StaffMember, number: int = 81) -> VerifiedAtWindow:
    someone = person(number=number)
    account_of(someone)
    return window_desk.verify_on_site(clerk, someone.id_number, SEEN)


def change(done: VerifiedAtWindow, **columns: Any) -> None:
    of_act = SecondPersonRequest.id == done.verification_id
    SecondPersonRequest.update(**columns).where(of_act).execute()


def texts_to(rules: Rules, phone: str) -> list[str]:
    while jobs.work_once(rules.services, clock.now()):
        pass
    return [message["text"] for message in rules.sandbox.inbox(phone)]


@BOTH
def test_overdue_review_goes_to_the_centre_and_counts_for_the_window(rules: Rules) -> None:
    window = window_of("一号窗口")
    clerk, centre = member_of("clerk", window=window.id), member_of("centre")
    done = verified(clerk)
    assert escalation.escalate() == 0
    assert escalation.overdue_by_window() == []

    change(done, due_at=clock.now() - timedelta(minutes=1))
    assert escalation.escalate() == 1
    assert escalation.escalate() == 0

    assert escalation.overdue_by_window() == [("一号窗口", 1)]
    (shown,) = details.pending(centre)
    assert (shown.escalated, shown.overdue) == (True, True)
    deciding.decide(rules.services, centre, done.verification_id, agrees=True)
    assert escalation.overdue_by_window() == []


@BOTH
def test_twice_the_term_blocks_the_clerk_s_next_acts_until_the_review(rules: Rules) -> None:
    clerk, other = member_of("clerk"), member_of("clerk")
    done = verified(clerk)
    change(done, due_at=clock.now() - timedelta(minutes=1))
    assert verified(clerk, 82).effective
    change(done, due_at=clock.now() - timedelta(days=15))

    account_of(person(number=83))
    with pytest.raises(Refused) as refused:
        window_desk.verify_on_site(clerk, person(number=83).id_number, SEEN)
    assert (refused.value.reason, refused.value.details["count"]) == (Reason.REVIEWS_OVERDUE, 1)
    assert refusal(lambda: register(rules, person(number=84), clerk)) is Reason.REVIEWS_OVERDUE
    # The act of another clerk of any window is possible, and the review frees the clerk.
    assert window_desk.verify_on_site(other, person(number=83).id_number, SEEN).effective
    deciding.decide(rules.services, other, done.verification_id, agrees=True)
    assert register(rules, person(number=84), clerk).effective


@BOTH
def test_held_act_lapses_after_ten_working_days_and_is_told_before(rules: Rules) -> None:
    held = register(rules)
    assert [escalation.warn_lapsing(), escalation.lapse()] == [0, 0]
    change(held, **waiting_so_that(due.held_warning))
    assert [escalation.warn_lapsing(), escalation.warn_lapsing(), escalation.lapse()] == [1, 0, 0]
    told, first = texts_to(rules, DENIED.phone)
    assert "等第二人复核" in first
    assert "刷脸" in told

    change(held, **waiting_so_that(due.held_lapse))
    assert [escalation.lapse(), escalation.lapse()] == [1, 0]

    row = SecondPersonRequest.get()
    assert (row.state, holds.act_of(row)) == ("late", None)
    assert details.get(member_of("clerk"), held.verification_id).state == "lapsed"
    assert refusal(lambda: decide(rules, held)) is Reason.NOT_APPLICABLE
    assert Ticket.get().state == "open"
    assert comparison.compare() == []
    # The person may come back.
    assert not register(rules).effective


def waiting_so_that(over: Any) -> dict[str, datetime]:
    """Return the latest times of a request, by days, for which a term is over now."""
    asked = clock.now()
    while not due.is_overdue(over(due.second_person_due(asked))):
        asked -= timedelta(days=1)
    return {"asked_at": asked, "due_at": due.second_person_due(asked)}


@BOTH
@pytest.mark.parametrize("name", HELD)
def test_every_held_kind_lapses_and_is_told_before(rules: Rules, name: str) -> None:
    clerk, second = member_of("clerk"), member_of("clerk")
    held = HELD[name](rules, clerk)
    of_act = SecondPersonRequest.id == held.request_id
    assert [escalation.warn_lapsing(), escalation.lapse()] == [0, 0]
    SecondPersonRequest.update(**waiting_so_that(due.held_warning)).where(of_act).execute()
    assert [escalation.warn_lapsing(), escalation.warn_lapsing(), escalation.lapse()] == [1, 0, 0]
    assert "刷脸" in texts_to(rules, held.phone)[0]
    SecondPersonRequest.update(**waiting_so_that(due.held_lapse)).where(of_act).execute()
    assert [escalation.lapse(), escalation.lapse()] == [1, 0]

    row = SecondPersonRequest.get_by_id(held.request_id)
    assert (row.state, KINDS[row.kind].state_of(row)) == ("late", "lapsed")
    agree = partial(deciding.decide, rules.services, second, row.id, agrees=True)
    assert refusal(agree) is Reason.NOT_APPLICABLE
    held.require_no_effect()
    assert {line.reason for line in Line.select()} <= {""}
    assert MatterPicture.select().count() == 0
    # Accounts of tests have a level without a check.
    assert {one.what for one in comparison.compare()} <= {"level_without_check"}
    # The person may come back.
    again = HELD[name](rules, clerk)
    assert again.request_id != held.request_id
    deciding.decide(rules.services, second, again.request_id, agrees=True)


def test_what_is_held_and_risky_comes_first(rules: Rules) -> None:
    clerk, reviewer = member_of("clerk"), member_of("clerk")
    plain = verified(clerk)
    denied_account()
    held = window_desk.verify_on_site(clerk, DENIED.id_number, SEEN)
    risky = verified(member_of("clerk"), 82)
    change(risky, risk="clerk_volume,repeated_person", risks=2)
    change(plain, risk="typed_card", risks=1)

    shown = details.pending(reviewer)

    assert [one.id for one in shown] == [
        held.verification_id,
        risky.verification_id,
        plain.verification_id,
    ]
    assert shown[0].held == "four_elements_mismatch"
    assert shown[1].risks == ("clerk_volume", "repeated_person")
    assert [row.id for row in listing.rows(reviewer)] == [one.id for one in shown]


def test_wait_of_held_acts_is_counted_in_opening_hours(rules: Rules) -> None:
    held = register(rules)
    friday = datetime(2026, 11, 27, 16, 50, tzinfo=clock.SHANGHAI)
    monday = datetime(2026, 11, 30, 9, 4, tzinfo=clock.SHANGHAI)
    assert figures.open_time(friday, monday) == timedelta(minutes=14)
    found = figures.of_held()
    assert (found.waiting, found.decided, found.median_wait) == (1, 0, None)
    decide(rules, held)
    found = figures.of_held()
    assert (found.waiting, found.decided, found.within_target) == (0, 1, 1)
