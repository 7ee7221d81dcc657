"""An act of one clerk against the source waits for a second person and has no effect till then."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from handlers import jobs
from miniprogram_api import clock
from miniprogram_api.accounts import cancellation, switching
from miniprogram_api.captures.taking import Capture
from miniprogram_api.desks import people as desk_people
from miniprogram_api.desks import ticket_acts as ticket_desk
from miniprogram_api.ledger import comparison
from miniprogram_api.reasons import Reason
from miniprogram_api.second_person import verification_details
from miniprogram_api.tickets import tickets
from miniprogram_api.windows import authorisations as window_authorisations
from miniprogram_api.windows import holds
from miniprogram_api.windows import verifications as window_desk
from miniprogram_api.windows.guardians import Guardian
from models.accounts.accounts import Account
from models.accounts.consents import ConsentRecord
from models.desks.audit import AuditEntry
from models.desks.tickets import Ticket
from models.second_person import SecondPersonRequest
from models.storage.database import transaction
from tests.support.admin.holds import (
    DENIED,
    SEEN,
    actions,
    decide,
    denied_account,
    note_check,
    refusal,
    register,
)
from tests.support.admin.staff import member_of, window_of
from tests.support.people.accounts import Time, fresh
from tests.support.people.captures import FILES, picture
from tests.support.people.persons import make_phone, person
from tests.support.people.registrations import synced_account
from tests.support.service.ledger import lines_about
from tests.support.service.rules import Rules

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
PARENT = person("张大山", number=71)


def with_act() -> list[SecondPersonRequest]:
    """Return the requests that still hold an act with its personal data."""
    return [row for row in SecondPersonRequest.select() if holds.act_of(row) is not None]


def texts_to(rules: Rules, phone: str) -> list[str]:
    while jobs.work_once(rules.services, clock.now()):
        pass
    return [message["text"] for message in rules.sandbox.inbox(phone)]


@BOTH
@pytest.mark.parametrize(
    ("name", "denied"),
    [
        ("张不符", "four_elements_mismatch"),
        ("张无记录", "identity_no_record"),
        ("张无效", "identity_invalid"),
    ],
)
def test_registration_against_the_source_has_no_effect(
    rules: Rules, name: str, denied: str
) -> None:
    someone, clerk = person(name, number=62), member_of("clerk")

    held = register(rules, someone, clerk)

    assert (held.effective, held.held, held.account_id) == (False, denied, None)
    assert Account.select().count() == 0
    assert ConsentRecord.select().count() == 0
    ticket = Ticket.get()
    assert (ticket.number, ticket.state, ticket.account_id) == (held.ticket_id, "open", None)
    (line,) = lines_about(someone.id_number)
    assert (line.number, line.action) == (held.ledger_number, "verification_held")
    assert (line.content["act"], line.content["source_said"]) == ("person_registered", denied)
    (waiting,) = verification_details.pending(clerk)
    assert (waiting.effective, waiting.held, waiting.name, waiting.own) == (
        False,
        denied,
        "张*" + "*" * (len(name) - 2),
        True,
    )
    (told,) = texts_to(rules, someone.phone)
    assert "等第二人复核" in told
    assert comparison.compare() == []


@pytest.mark.parametrize("fault", ["busy", "limit"])
def test_source_without_an_answer_is_no_way_round_its_no(rules: Rules, fault: str) -> None:
    clear, denied = person(number=63), person("张不符", number=64)
    rules.sandbox.fault("identity", fault, 1)
    assert register(rules, clear).effective
    assert refusal(lambda: register(rules, denied, despite_source=False)) is (
        Reason.FOUR_ELEMENTS_MISMATCH
    )
    rules.sandbox.fault("identity", fault, 1)
    held = register(rules, denied)
    assert (held.effective, held.held) == (False, "four_elements_mismatch")


def test_used_up_attempts_are_no_way_round_a_no(rules: Rules) -> None:
    clerk = member_of("clerk")
    for _ in range(5):
        refusal(lambda: register(rules, clerk=clerk, despite_source=False))
    assert refusal(lambda: register(rules, clerk=clerk, despite_source=False)) is (
        Reason.TOO_MANY_ATTEMPTS
    )
    assert register(rules, clerk=clerk).held == "four_elements_mismatch"


@BOTH
def test_verification_of_an_account_that_the_source_denies_is_held(rules: Rules) -> None:
    account, clerk = denied_account(), member_of("clerk")

    held = window_desk.verify_on_site(clerk, DENIED.id_number, SEEN)

    assert (held.effective, held.held, held.account_id) == (
        False,
        "four_elements_mismatch",
        account.id,
    )
    assert (fresh(account).level, fresh(account).verified_by) == (3, None)
    switch = {"enabled": True, "until": clock.today().isoformat(), "ticked": ["id_card"]}
    assert (
        refusal(
            lambda: window_authorisations.record(rules.services, clerk, DENIED.id_number, **switch)
        )
        is Reason.LEVEL_TOO_LOW
    )
    assert comparison.compare() == []
    decide(rules, held)
    assert (fresh(account).level, fresh(account).verified_by) == (4, "manual")
    assert actions() == ["verification_held", "manual_verification", "verification_confirmed"]
    assert len(texts_to(rules, DENIED.phone)) == 2
    assert comparison.compare() == []


def test_later_match_counts_again(rules: Rules) -> None:
    account = denied_account()
    note_check(account, "match")
    assert window_desk.verify_on_site(member_of("clerk"), DENIED.id_number, SEEN).effective


@BOTH
def test_synced_account_stays_unactivated_until_then(rules: Rules) -> None:
    old = make_phone(78)
    account = synced_account(DENIED, phone=old, phone_index=old)
    held = register(rules)
    assert (held.effective, held.account_id) == (False, account.id)
    assert (fresh(account).status, fresh(account).phone) == ("unactivated", old)
    decide(rules, held)
    changed = fresh(account)
    assert (changed.status, changed.level, changed.phone) == ("active", 4, DENIED.phone)
    effect = lines_about(DENIED.id_number)[1]
    assert (effect.action, effect.content["before"]["status"]) == (
        "person_activated",
        "unactivated",
    )
    assert comparison.compare() == []


@BOTH
def test_second_request_waits_and_a_match_ends_the_first(rules: Rules) -> None:
    # The clerk typed the name wrongly and went by the card.
    right = person(number=65)
    wrong = replace(right, name="王不符")
    held = register(rules, wrong)
    assert refusal(lambda: register(rules, wrong)) is Reason.VERIFICATION_HELD
    done = register(rules, right)
    assert done.effective
    assert Account.get().name == right.name
    assert verification_details.get(member_of("clerk"), held.verification_id).state == "void"
    assert refusal(lambda: decide(rules, held)) is Reason.NOT_APPLICABLE
    (waiting,) = verification_details.pending(member_of("clerk"))
    assert waiting.id == done.verification_id
    decide(rules, done)
    assert comparison.compare() == []


def test_held_registration_makes_no_guardian(rules: Rules) -> None:
    parent = person("张不符", number=66)
    child = person("张小宝", birth=date(2016, 5, 1), sequence=991, issued=date(2024, 6, 3))
    held = register(rules, parent)
    elements = parent.four_elements
    guardian = Guardian(
        parent.name,
        parent.id_number,
        "父亲",
        elements["valid_from"],
        elements["valid_until"],
        "birth_certificate",
    )
    how = {"guardian": guardian, "phone": PARENT.phone}
    assert refusal(lambda: register(rules, child, **how)) is Reason.GUARDIAN_NOT_CONFIRMED
    decide(rules, held)
    paper = Capture(files={**FILES, "guardian_proof": picture()})
    assert register(rules, child, capture=paper, **how).effective


def test_ticket_waits_for_the_decision(rules: Rules) -> None:
    held, centre = register(rules), member_of("centre")
    ticket_desk.claim(centre, held.ticket_id)
    end = lambda: ticket_desk.finish(centre, held.ticket_id, solved=True, reason="x")  # noqa: E731
    assert refusal(end) is Reason.APPROVAL_PENDING
    assert ticket_desk.get(centre, held.ticket_id).approval_pending
    decide(rules, held, centre)
    assert Ticket.get().state == "resolved"


def test_desk_sees_what_waits(rules: Rules) -> None:
    clerk = member_of("clerk", window=window_of().id)
    held = register(rules, clerk=clerk)
    seen = desk_people.find_opened(rules.services, clerk, DENIED.id_number, "at_window")
    assert seen.held is not None
    assert (seen.held.id, seen.held.own) == (held.verification_id, True)
    assert seen.next_steps[0].act == "tell"
    decide(rules, held)
    later = desk_people.find(rules.services, clerk, DENIED.id_number)
    assert later.held is None


@BOTH
@pytest.mark.parametrize("way", ["withdrawn", "cancelled", "expired"])
def test_hold_without_a_decision_ends_with_its_personal_data(rules: Rules, way: str) -> None:
    """A ticket that ends otherwise and a cancelled account leave nothing to approve."""
    with Time(clock.now()).running() as time:
        account = denied_account()
        ended = window_desk.verify_on_site(member_of("clerk"), DENIED.id_number, SEEN)
        other = register(rules, person("张无记录", number=67))
        if way == "withdrawn":
            with transaction():
                row = Ticket.get(Ticket.number == ended.ticket_id)
                tickets.close(row, "withdrawn", None, actor=f"account:{account.id}")
        elif way == "cancelled":
            cancellation.cancel_by_hand(account.id, "test", actor="command:test")
        else:
            day = timedelta(days=30)
            SecondPersonRequest.update(asked_at=time.now - day).where(
                SecondPersonRequest.id == ended.verification_id
            ).execute()
            assert holds.void_old() == 0
            time.advance(milliseconds=1)
        assert len(with_act()) == 2
        assert holds.void_old() == 1
        (kept,) = with_act()
        assert (kept.id, kept.state) == (other.verification_id, "waiting")
        assert verification_details.get(member_of("clerk"), ended.verification_id).state == "void"
        (waiting,) = verification_details.pending(member_of("clerk"))
        assert waiting.id == other.verification_id
        assert refusal(lambda: decide(rules, ended)) is Reason.NOT_APPLICABLE
        assert comparison.compare() == []
        assert holds.void_old() == 0
        lines = AuditEntry.select().where(AuditEntry.tag == "job:verification:voided")
        assert [line.account_id for line in lines] == [account.id]


@BOTH
def test_switch_closed_by_a_reset_is_not_reopened_by_one_clerk(rules: Rules) -> None:
    account = denied_account(level=4, verified_by="ctid", authorization_closed_at=clock.now())
    clerk = member_of("clerk")

    def switch_on() -> object:
        return window_authorisations.record(
            rules.services,
            clerk,
            DENIED.id_number,
            enabled=True,
            until=clock.today().isoformat(),
            ticked=["id_card"],
        )

    assert refusal(switch_on) is Reason.VERIFICATION_HELD
    assert fresh(account).authorization_closed_at is not None
    # The answer no needs no second person.
    window_authorisations.record(
        rules.services,
        clerk,
        DENIED.id_number,
        enabled=False,
        until=None,
        ticked=["id_card"],
    )
    held = window_desk.verify_on_site(clerk, DENIED.id_number, SEEN)
    assert (held.effective, held.held) == (False, "four_elements_mismatch")
    assert refusal(switch_on) is Reason.VERIFICATION_HELD
    decide(rules, held)
    changed = fresh(account)
    assert (changed.level, changed.verified_by, changed.authorization_closed_at) == (
        4,
        "ctid",
        None,
    )
    effect = lines_about(DENIED.id_number)[1]
    assert (effect.action, effect.content["after"]) == (
        "manual_verification",
        {"level": 4, "verified_by": "ctid"},
    )
    (reopened,) = AuditEntry.select().where(AuditEntry.tag == switching.REOPENED)
    assert '"by": "manual"' in reopened.details
    switch_on()
    assert fresh(account).authorization_enabled
    # It is open, so there is nothing more to verify.
    assert (
        refusal(lambda: window_desk.verify_on_site(clerk, DENIED.id_number, SEEN))
        is Reason.ALREADY_VERIFIED
    )
    Account.update(authorization_closed_at=clock.now()).execute()
    note_check(account, "match")
    switch_on()
    differences = {one.what for one in comparison.compare()}
    assert differences <= {"level_without_check"}


def test_switch_opened_meanwhile_leaves_nothing_to_approve(rules: Rules) -> None:
    account = denied_account(level=4, verified_by="ctid", authorization_closed_at=clock.now())
    held = window_desk.verify_on_site(member_of("clerk"), DENIED.id_number, SEEN)
    Account.update(authorization_closed_at=None).where(Account.id == account.id).execute()
    assert refusal(lambda: decide(rules, held)) is Reason.ALREADY_VERIFIED
