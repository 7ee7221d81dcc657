"""What a person confirms in a sitting whose verification is held counts when it takes effect."""

import json

import pytest

from miniprogram_api.ledger import comparison
from miniprogram_api.matter_lines import changes, guard
from miniprogram_api.reasons import Reason
from miniprogram_api.second_person import deciding, verification_details
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.tickets import tickets
from miniprogram_api.windows import holds, matter_confirmations
from miniprogram_api.windows.matter_confirmations import DeskDecided, Sitting
from models.accounts.accounts import Account
from models.desks.tickets import Ticket
from models.matters.matters import Matter
from models.matters.pictures import MatterPicture
from models.second_person import SecondPersonRequest
from models.storage.database import transaction
from tests.support.admin.holds import DENIED, SEEN, decide, denied_account, refusal, register
from tests.support.admin.staff import member_of
from tests.support.matters.matters import lines_of, matter_of, named
from tests.support.people import photos
from tests.support.people.accounts import fresh
from tests.support.people.signatures import signature
from tests.support.service.rules import Rules

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


@BOTH
def test_lines_confirmed_in_a_held_sitting_wait_for_its_decision(rules: Rules) -> None:
    account, clerk = denied_account(), member_of("clerk")
    first, other = (
        matter_of(rules.services, [named(DENIED)]),
        matter_of(rules.services, [named(DENIED)]),
    )

    held = confirm_lines(rules, clerk, first)

    assert not held.effective
    assert (fresh(account).level, lines_of(first)[0].state) == (3, "pending")
    assert reason_of(rules, first) == "held"
    # The sitting goes on, as one verification.
    assert confirm_lines(rules, clerk, other).review_id == held.review_id
    assert refusal(lambda: confirm_lines(rules, clerk, other)) is Reason.LINE_DECIDED
    assert refusal(lambda: accept(rules, first)) is Reason.MATTER_NOT_READY
    (waiting,) = verification_details.pending(clerk)
    assert waiting.id == held.review_id
    deciding.decide(rules.services, member_of("clerk"), waiting.id, agrees=True)
    assert [line.state for one in (first, other) for line in lines_of(one)] == ["confirmed"] * 2
    accept(rules, first)
    # They are reviewed like others.
    reviews = [row.state for row in SecondPersonRequest.of_kinds(["on_site_confirmation"])]
    assert reviews == ["waiting"] * 2
    assert comparison.compare() == []


@BOTH
@pytest.mark.parametrize("way", ["denied", "void"])
def test_lines_of_a_sitting_that_takes_no_effect_are_open_again(rules: Rules, way: str) -> None:
    denied_account()
    matter, clerk = matter_of(rules.services, [named(DENIED)]), member_of("clerk")
    held = confirm_lines(rules, clerk, matter)
    assert held.review_id is not None
    if way == "denied":
        deciding.decide(
            rules.services,
            member_of("clerk"),
            held.review_id,
            agrees=False,
            cause="not_same_person",
        )
    else:
        cancelled = Ticket.get()
        with transaction():
            tickets.close(cancelled, "withdrawn", None, actor="test")
        assert holds.void_old() == 1
    (line,) = lines_of(matter)
    assert (line.state, line.reason) == ("pending", "")
    assert MatterPicture.select().count() == 0
    assert SecondPersonRequest.of_kinds(["held_confirmation"])[0].state == "void"


def test_minor_without_a_photographed_proof_waits_on_for_a_decision_of_its_own(
    rules: Rules,
) -> None:
    denied_account()
    matter, clerk = matter_of(rules.services, [named(DENIED)]), member_of("clerk")
    held = confirm_lines(rules, clerk, matter)
    (filed,) = SecondPersonRequest.of_kinds(["held_confirmation"])
    filed.content = json.dumps(json.loads(filed.content) | {"guardian": {"name": "李四"}})
    filed.save()
    assert held.review_id is not None
    deciding.decide(rules.services, member_of("clerk"), held.review_id, agrees=True)
    assert [line.state for line in lines_of(matter)] == ["pending"]
    (minors,) = SecondPersonRequest.of_kinds(["minor_confirmation"])
    assert minors.id == filed.id
    deciding.decide(rules.services, member_of("clerk"), minors.id, agrees=True, reason="看过户口簿")
    assert [line.state for line in lines_of(matter)] == ["confirmed"]


def test_lines_of_a_registration_that_is_held_wait_too(rules: Rules) -> None:
    held, clerk = register(rules), member_of("clerk")
    matter = matter_of(rules.services, [named(DENIED)])
    assert not confirm_lines(rules, clerk, matter).effective
    decide(rules, held)
    (line,) = lines_of(matter)
    assert (line.state, line.account_id) == ("confirmed", Account.get().id)


def confirm_lines(rules: Rules, clerk: StaffMember, matter: Matter) -> DeskDecided:
    """Confirm the person's lines of a matter at the window."""
    (done,) = matter_confirmations.confirm_on_site(
        rules.services,
        clerk,
        [line.public_id for line in lines_of(matter)],
        Sitting(on_site=SEEN, photo=photos.portrait(), signature=signature()),
        address="192.0.2.1",
    )
    return done


def reason_of(rules: Rules, matter: Matter) -> str:
    (line,) = lines_of(matter)
    account = Account.get_or_none(Account.id == line.account_id)
    return guard.reason_of(rules.services.settings, line, account)


def accept(rules: Rules, matter: Matter) -> None:
    with transaction():
        changes.accept(rules.services, matter.public_id, matter.version, actor="test")
