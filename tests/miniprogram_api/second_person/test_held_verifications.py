"""A second person decides about what one clerk did against the source."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from handlers import jobs
from miniprogram_api import clock
from miniprogram_api.access import sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import cancellation
from miniprogram_api.accounts.accounts import freeze
from miniprogram_api.ledger import comparison
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.second_person import listing, verification_details
from miniprogram_api.tickets import own as own_tickets
from miniprogram_api.tickets.opening import Subject
from miniprogram_api.windows import holds
from miniprogram_api.windows import verifications as window_desk
from models.accounts.accounts import Account
from models.accounts.consents import ConsentRecord
from models.desks.tickets import Ticket, TicketEvent
from models.second_person import SecondPersonRequest
from models.storage.database import transaction
from tests.support.admin.holds import (
    DENIED,
    SEEN,
    actions,
    decide,
    denied_account,
    refusal,
    register,
)
from tests.support.admin.staff import member_of
from tests.support.people.accounts import Time, account_of, fresh
from tests.support.people.persons import make_phone, person
from tests.support.service.ledger import lines_about
from tests.support.service.rules import Rules, at_once

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)

TO_PERSON = "照片与证件不像同一个人：照片与来人不符"


def texts_to(rules: Rules, phone: str) -> list[str]:
    while jobs.work_once(rules.services, clock.now()):
        pass
    return [message["text"] for message in rules.sandbox.inbox(phone)]


@BOTH
@pytest.mark.parametrize("role", ["clerk", "centre"])
def test_second_person_of_any_window_or_the_centre_approves(rules: Rules, role: str) -> None:
    held, second = register(rules), member_of(role)
    waiting = verification_details.get(second, held.verification_id)
    assert (waiting.state, waiting.registered, waiting.obstacle) == ("held", True, None)
    assert waiting.evidence_seen == ("居民身份证原件",)

    decide(rules, held, second, reason="与原件照片一致")

    account = Account.get()
    assert (account.level, account.verified_by, account.source) == (4, "manual", "window")
    assert (account.phone, account.phone_verified_by) == (DENIED.phone, "manual")
    assert {row.key for row in ConsentRecord.select()} == {"general", "identity", "desk"}
    ticket = Ticket.get()
    assert (ticket.state, ticket.account_id) == ("resolved", account.id)
    assert actions() == ["verification_held", "person_registered", "verification_confirmed"]
    clerk = SecondPersonRequest.get().asked_by_id
    effect = lines_about(DENIED.id_number)[1]
    assert (effect.actor, effect.content["requested_by"]) == (second.actor, f"staff:{clerk}")
    assert effect.content["reason"] == SEEN.reason
    done = verification_details.get(second, held.verification_id)
    assert (done.state, done.review.effective, done.registered) == ("confirmed", True, True)
    assert done.decision_reason == "与原件照片一致"
    assert holds.act_of(SecondPersonRequest.get()) is None
    told, first = texts_to(rules, DENIED.phone)
    assert "等第二人复核" in first
    assert "账号状态有变动" in told
    assert comparison.compare() == []


@BOTH
def test_refusal_leaves_no_account_and_tells_the_person(rules: Rules) -> None:
    held = register(rules)
    no_cause = lambda: decide(rules, held, confirm=False, reason="x", cause="")  # noqa: E731
    assert refusal(no_cause) is Reason.INVALID_INPUT
    decide(rules, held, confirm=False, reason="照片与来人不符")
    assert Account.select().count() == 0
    ticket = Ticket.get()
    assert (ticket.state, ticket.reason) == ("rejected", TO_PERSON)
    assert actions() == ["verification_held", "verification_refused"]
    told, _ = texts_to(rules, DENIED.phone)
    assert "没有生效" in told
    for hidden in (DENIED.name, DENIED.id_number, "核验"):
        assert hidden not in told.partition("】")[2]
    row = SecondPersonRequest.get()
    assert (row.state, holds.act_of(row), row.account_id) == ("denied", None, None)
    done = verification_details.get(member_of("clerk"), held.verification_id)
    assert (done.review.effective, done.review.name) == (False, "张**")
    assert verification_details.pending(member_of("clerk")) == []
    assert comparison.compare() == []
    # The person may come back.
    assert not register(rules).effective


@pytest.mark.parametrize("confirm", [True, False])
def test_clerk_of_it_and_the_person_do_not_decide(rules: Rules, confirm: bool) -> None:
    clerk = member_of("clerk")
    held = register(rules, clerk=clerk)
    number = {"id_number": DENIED.id_number, "identity_index": DENIED.id_number}
    for member, reason in (
        (clerk, Reason.SECOND_PERSON_REQUIRED),
        (member_of("clerk", **number), Reason.OWN_MATTER),
        (member_of("auditor"), Reason.FORBIDDEN),
    ):
        with pytest.raises(Refused) as refused:
            decide(rules, held, member, confirm=confirm, reason="x")
        assert refused.value.reason is reason
    assert Account.select().count() == 0


@BOTH
@pytest.mark.parametrize("both_confirm", [True, False])
def test_of_two_second_persons_at_once_one_decides(rules: Rules, both_confirm: bool) -> None:
    held, first, second = register(rules), member_of("clerk"), member_of("centre")
    results = at_once(
        [
            lambda: decide(rules, held, first),
            lambda: decide(rules, held, second, confirm=both_confirm, reason="不符"),
        ]
    )
    refused = [one.reason for one in results if isinstance(one, Refused)]
    assert len(refused) == 1
    # The person's claim is held by the first, or the act was decided.
    assert refused[0] in (Reason.NOT_APPLICABLE, Reason.IDENTITY_CHECK_IN_PROGRESS)
    assert Account.select().count() == (SecondPersonRequest.get().state == "agreed")
    assert comparison.compare() == []


def test_refused_verification_leaves_the_level(rules: Rules) -> None:
    account = denied_account(wechat_openid="o-zhang")
    held = window_desk.verify_on_site(member_of("clerk"), DENIED.id_number, SEEN)
    decide(rules, held, confirm=False, reason="照片与来人不符")
    assert (fresh(account).level, fresh(account).status) == (3, "active")
    session = SessionInfo(b"x", "o-zhang", account.id)
    shown = own_tickets.get(session, held.ticket_id)
    assert (shown.state, shown.reason) == ("rejected", TO_PERSON)
    assert "verification_held" in [step.action for step in shown.history]
    assert len(texts_to(rules, DENIED.phone)) == 2


def test_person_who_registered_meanwhile_keeps_the_own_account(rules: Rules) -> None:
    held = register(rules)
    own = account_of(DENIED, phone=make_phone(5), phone_index=make_phone(5))
    second = member_of("clerk")
    assert verification_details.get(second, held.verification_id).obstacle == "ALREADY_REGISTERED"
    assert refusal(lambda: decide(rules, held, second)) is Reason.ALREADY_REGISTERED
    assert [row.id for row in Account.select()] == [own.id]
    assert fresh(own).level == 3
    decide(rules, held, second, confirm=False, reason="本人已自行注册")
    assert SecondPersonRequest.get().state == "denied"


def _frozen(account: Account) -> None:
    with transaction():
        freeze(Account.locked(account.id))


def _cancelled(account: Account) -> None:
    cancellation.cancel_by_hand(account.id, "test", actor="test")


def _verified(account: Account) -> None:
    Account.update(level=4, verified_by="face").where(Account.id == account.id).execute()


def _withdrawn(account: Account) -> None:
    opened = sessions.start("o-zhang", account.id)
    session = SessionInfo(opened.token_hash, "o-zhang", account.id)
    own_tickets.withdraw(session, Ticket.get().number)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_frozen, Reason.ACCOUNT_FROZEN),
        (_cancelled, Reason.NOT_APPLICABLE),
        (_verified, Reason.ALREADY_VERIFIED),
        (_withdrawn, Reason.TICKET_CLOSED),
    ],
)
def test_approval_judges_the_account_again(
    rules: Rules, change: Callable[[Account], None], reason: Reason
) -> None:
    account, second = denied_account(), member_of("clerk")
    held = window_desk.verify_on_site(member_of("clerk"), DENIED.id_number, SEEN)
    change(account)
    before = (fresh(account).level, fresh(account).verified_by)
    assert verification_details.get(second, held.verification_id).obstacle == reason.name
    assert refusal(lambda: decide(rules, held, second)) is reason
    assert (fresh(account).level, fresh(account).verified_by) == before
    assert SecondPersonRequest.get().state == "waiting"
    decide(rules, held, second, confirm=False, reason="情况已变化")
    assert SecondPersonRequest.get().state == "denied"
    assert (fresh(account).level, fresh(account).verified_by) == before


def test_dispute_of_meanwhile_stops_the_approval(rules: Rules) -> None:
    held = register(rules)
    claimed = Ticket.create(
        number="D123456789",
        kind="identity_dispute",
        source="user",
        matter="x",
        matter_index="x",
        id_number=DENIED.id_number,
        identity_index=DENIED.id_number,
        description="",
        facts="{}",
        created_at=clock.now(),
        due_at=clock.now(),
    )
    TicketEvent.create(
        ticket=claimed.id, at=clock.now(), state="open", actor="x", action="face_passed"
    )
    assert refusal(lambda: decide(rules, held)) is Reason.IDENTITY_RESERVED
    assert Account.select().count() == 0


def test_phone_that_serves_too_many_accounts_stops_the_approval(rules: Rules) -> None:
    held = register(rules)
    most = rules.services.settings.accounts_per_phone
    for number in range(most):
        account_of(person(number=80 + number), phone=DENIED.phone, phone_index=DENIED.phone)
    assert refusal(lambda: decide(rules, held)) is Reason.PHONE_ACCOUNT_LIMIT


def test_it_is_due_within_two_working_days_and_possible_later(rules: Rules) -> None:
    with Time(datetime(2026, 11, 24, 10, tzinfo=clock.SHANGHAI)).running() as time:
        held, second = register(rules), member_of("clerk")
        (waiting,) = verification_details.pending(second)
        assert (waiting.due_at, waiting.overdue) == (
            datetime(2026, 11, 26, 18, tzinfo=clock.SHANGHAI),
            False,
        )
        assert listing.to_decide(second)["verifications"] == 1
        time.advance(days=30)
        assert verification_details.pending(second)[0].overdue
        decide(rules, held, second)
        assert Account.get().level == 4


def test_consent_is_recorded_as_signed(rules: Rules) -> None:
    begin = clock.now()
    held = register(rules)
    with clock.replaced(lambda: begin + timedelta(days=3)):
        decide(rules, held)
    assert {row.given_at.date() for row in ConsentRecord.select()} == {begin.date()}


def test_clerk_who_filed_the_ticket_does_not_decide(rules: Rules) -> None:
    denied_account()
    filer, clerk = member_of("clerk"), member_of("clerk")
    subject = Subject(DENIED.name, DENIED.id_number)
    window_desk.file_ticket(filer, "manual_verification", subject, "多次刷脸未通过")
    held = window_desk.verify_on_site(clerk, DENIED.id_number, SEEN)
    assert refusal(lambda: decide(rules, held, filer)) is Reason.SECOND_PERSON_REQUIRED
    decide(rules, held)
