"""A revoked verification tells the truth everywhere: ticket, messages, desks, the clerk."""

from datetime import timedelta

import pytest

from handlers import jobs
from miniprogram_api import clock
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.desks import asking, past_verifications
from miniprogram_api.desks import people as desk_people
from miniprogram_api.ledger import comparison
from miniprogram_api.reasons import Reason
from miniprogram_api.second_person import deciding, letters, questions
from miniprogram_api.second_person import verification_details as details
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.tickets import own as own_tickets
from miniprogram_api.windows import verifications as window_desk
from miniprogram_api.windows.verifications import VerifiedAtWindow
from models.accounts.accounts import Account
from models.desks.tickets import Ticket
from models.outbox import Notice
from models.second_person import SecondPersonRequest
from tests.support.admin.holds import SEEN, refusal
from tests.support.admin.staff import member_of, window_of
from tests.support.people.accounts import account_of, fresh
from tests.support.people.persons import person
from tests.support.service.ledger import lines_about
from tests.support.service.rules import Rules

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
SOMEONE = person("王秀英", number=9401)
TO_PERSON = "照片与证件不像同一个人：请带本人证件"


def revoke(rules: Rules, done: VerifiedAtWindow, member: StaffMember | None = None) -> None:
    deciding.decide(
        rules.services,
        member or member_of("clerk"),
        done.verification_id,
        agrees=False,
        reason="请带本人证件",
        cause="not_same_person",
    )


@BOTH
def test_ticket_is_open_again_with_the_reason(rules: Rules) -> None:
    account = account_of(SOMEONE, wechat_openid="o-wang")
    clerk = member_of("clerk", window=window_of("二号窗口").id)
    done = window_desk.verify_on_site(clerk, SOMEONE.id_number, SEEN)
    assert Ticket.get().state == "resolved"

    revoke(rules, done)

    assert fresh(account).level == 3
    shown = own_tickets.get(SessionInfo(b"x", "o-wang", account.id), done.ticket_id)
    assert (shown.state, shown.reason, shown.closed_at) == ("open", TO_PERSON, None)
    assert shown.history[-1].action == "reopened"
    (told,) = [row.kind for row in Notice.select()]
    assert told == "verification_revoked"
    # The next desk sees it, and the clerk.
    seen = desk_people.find_opened(
        rules.services, member_of("clerk"), SOMEONE.id_number, "at_window"
    )
    (past,) = seen.verifications
    assert (past.outcome, past.window, past.reason) == ("revoked", "二号窗口", TO_PERSON)
    (own,) = past_verifications.denied_of(clerk)
    assert own.id == done.verification_id
    masked = desk_people.find(rules.services, member_of("clerk"), SOMEONE.id_number)
    assert masked.verifications == ()
    assert comparison.compare() == []


@BOTH
def test_next_verification_within_a_working_day_needs_a_second_person(rules: Rules) -> None:
    account, clerk = account_of(SOMEONE), member_of("clerk")
    first = window_desk.verify_on_site(clerk, SOMEONE.id_number, SEEN)
    revoke(rules, first)

    again = window_desk.verify_on_site(member_of("clerk"), SOMEONE.id_number, SEEN)

    assert (again.effective, again.held) == (False, "after_denial")
    assert again.ticket_id == first.ticket_id
    assert fresh(account).level == 3
    assert comparison.compare() == []
    # Each review shows what its own clerk recorded, and the other one.
    shown = details.get(member_of("clerk"), again.verification_id)
    assert [one.id for one in shown.earlier] == [first.verification_id]
    assert details.get(member_of("clerk"), first.verification_id).decision_reason == TO_PERSON
    assert shown.decision_reason == ""
    deciding.decide(rules.services, member_of("clerk"), again.verification_id, agrees=True)
    assert fresh(account).level == 4
    assert Ticket.get().state == "resolved"
    assert comparison.compare() == []


def test_after_a_working_day_the_desk_is_free_again(rules: Rules) -> None:
    account_of(SOMEONE)
    done = window_desk.verify_on_site(member_of("clerk"), SOMEONE.id_number, SEEN)
    revoke(rules, done)
    assert asking.denied_lately(SOMEONE.id_number)
    SecondPersonRequest.update(decided_at=clock.now() - timedelta(days=15)).execute()
    assert not asking.denied_lately(SOMEONE.id_number)
    assert window_desk.verify_on_site(member_of("clerk"), SOMEONE.id_number, SEEN).effective


def test_level_of_a_face_is_not_taken_away_nor_the_ticket_opened(rules: Rules) -> None:
    account = account_of(SOMEONE)
    done = window_desk.verify_on_site(member_of("clerk"), SOMEONE.id_number, SEEN)
    Account.update(verified_by="face").execute()
    revoke(rules, done)
    assert (fresh(account).level, Ticket.get().state) == (4, "resolved")


def test_letter_to_a_person_without_a_phone(rules: Rules) -> None:
    window = window_of("三号窗口").id
    clerk, other = member_of("clerk", window=window), member_of("clerk")
    account_of(SOMEONE)
    Account.update(phone=None, phone_index=None).execute()
    done = window_desk.verify_on_site(clerk, SOMEONE.id_number, SEEN)
    revoke(rules, done, other)
    while jobs.work_once(rules.services, clock.now()):
        pass
    assert Notice.select().count() == 0
    assert not letters.is_needed(other, done.verification_id)
    assert refusal(lambda: letters.read(other, done.verification_id)) is Reason.NOT_APPLICABLE
    letter = letters.read(clerk, done.verification_id)
    assert (letter.name, letter.reason, letter.was_effective) == (SOMEONE.name, TO_PERSON, True)
    assert letter.office is not None
    assert letter.office.name == "三号窗口"
    assert lines_about(SOMEONE.id_number)[0].action == "letter_printed"
    # It is a task of the window.
    assert (Ticket.get().state, Ticket.get().window_id) == ("open", window)


def test_no_letter_where_a_phone_gets_the_news(rules: Rules) -> None:
    account_of(SOMEONE)
    clerk = member_of("clerk")
    done = window_desk.verify_on_site(clerk, SOMEONE.id_number, SEEN)
    revoke(rules, done)
    assert not letters.is_needed(clerk, done.verification_id)


@BOTH
def test_question_and_answer_are_kept(rules: Rules) -> None:
    clerk, reviewer = member_of("clerk", name="王经办"), member_of("clerk", name="李复核")
    account_of(SOMEONE)
    done = window_desk.verify_on_site(clerk, SOMEONE.id_number, SEEN)
    review = done.verification_id
    ask = lambda: questions.ask(reviewer, review, "证件照和本人差别大，怎么核对的？")  # noqa: E731
    answer = lambda: questions.answer(clerk, review, "本人近期手术，看过出院证明。")  # noqa: E731

    ask()

    assert details.get(reviewer, review).review.question_open
    assert refusal(lambda: questions.ask(clerk, review, "x")) is Reason.SECOND_PERSON_REQUIRED
    assert refusal(lambda: questions.answer(reviewer, review, "x")) is Reason.FORBIDDEN
    assert refusal(lambda: questions.ask(reviewer, review, " ")) is Reason.INVALID_INPUT
    answer()
    shown = details.get(reviewer, review)
    assert [(one.by, one.question) for one in shown.remarks] == [
        ("李复核", True),
        ("王经办", False),
    ]
    assert not shown.review.question_open
    deciding.decide(rules.services, reviewer, review, agrees=True)
    assert refusal(ask) is Reason.NOT_APPLICABLE
    assert len(details.get(reviewer, review).remarks) == 2
