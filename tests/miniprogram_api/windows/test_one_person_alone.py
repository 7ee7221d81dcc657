"""An act of the held kind takes no effect by one person, in any order of calls, races included."""

import random
from collections.abc import Callable

import pytest

from miniprogram_api import clock
from miniprogram_api.ledger import comparison
from miniprogram_api.ledger import integrity as ledger_check
from miniprogram_api.reasons import Refused
from miniprogram_api.second_person import deciding, questions
from miniprogram_api.second_person import verification_details as details
from miniprogram_api.staff.members import StaffMember
from miniprogram_api.windows import authorisations, matter_confirmations
from miniprogram_api.windows import verifications as window_desk
from miniprogram_api.windows.matter_confirmations import Sitting
from models.accounts.accounts import Account
from models.matters.matters import Line
from models.second_person import SecondPersonRequest
from tests.support.admin.holds import DENIED, SEEN, denied_account, register
from tests.support.admin.staff import member_of
from tests.support.matters.matters import lines_of, matter_of, named
from tests.support.people import photos
from tests.support.people.accounts import fresh
from tests.support.people.signatures import signature
from tests.support.service.rules import Rules, at_once

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
ORDERS = 6
Call = Callable[[], object]


def calls_of(rules: Rules, clerk: StaffMember, line_ids: list[str]) -> dict[str, Call]:
    """Return what one clerk can try for a person whom the source denies, by name."""
    sitting = Sitting(on_site=SEEN, photo=photos.portrait(), signature=signature())

    def decide_all(*, agrees: bool) -> None:
        for row in SecondPersonRequest.select(SecondPersonRequest.id):
            try:
                deciding.decide(
                    rules.services, clerk, row.id, agrees=agrees, cause="not_same_person"
                )
            except Refused:
                continue

    def answer_all() -> None:
        for row in SecondPersonRequest.select(SecondPersonRequest.id):
            try:
                questions.answer(clerk, row.id, "核对过")
            except Refused:
                continue

    return {
        "verify": lambda: window_desk.verify_on_site(clerk, DENIED.id_number, SEEN),
        "verify_again": lambda: window_desk.verify_on_site(clerk, DENIED.id_number, SEEN),
        "register": lambda: register(rules, clerk=clerk),
        "confirm": lambda: matter_confirmations.confirm_on_site(
            rules.services, clerk, line_ids, sitting, address="192.0.2.1"
        ),
        "switch": lambda: authorisations.record(
            rules.services,
            clerk,
            DENIED.id_number,
            enabled=True,
            until=clock.today().isoformat(),
            ticked=["id_card"],
        ),
        "agree": lambda: decide_all(agrees=True),
        "deny": lambda: decide_all(agrees=False),
        "answer": answer_all,
    }


def tried(call: Call) -> None:
    try:
        call()
    except Refused:
        return


def is_refusal(error: Exception) -> bool:
    """Return whether a call failed without effect: refused, or SQLite was busy for too long."""
    return isinstance(error, Refused) or "database is locked" in str(error)


def require_no_effect() -> None:
    """Fail when the person has a level, a switch, a confirmed line or a decided request."""
    for account in Account.select():
        assert (account.level, account.verified_by, account.authorization_enabled) == (
            3,
            None,
            False,
        )
    assert {line.state for line in Line.select()} <= {"pending"}
    assert {row.state for row in SecondPersonRequest.select()} <= {"waiting"}
    assert comparison.compare() == []


@BOTH
@pytest.mark.parametrize("seed", range(ORDERS))
def test_no_order_of_calls_gives_a_level(rules: Rules, seed: int) -> None:
    denied_account()
    lines = [line.public_id for line in lines_of(matter_of(rules.services, [named(DENIED)]))]
    calls = [*calls_of(rules, member_of("clerk"), lines).values()] * 2
    random.Random(seed).shuffle(calls)
    for call in calls:
        tried(call)
        require_no_effect()
    assert SecondPersonRequest.select().count() > 0, "nothing was tried"


@BOTH
@pytest.mark.parametrize("has_account", [True, False])
def test_no_race_of_calls_gives_a_level(rules: Rules, has_account: bool) -> None:
    if has_account:
        denied_account()
    lines = [line.public_id for line in lines_of(matter_of(rules.services, [named(DENIED)]))]
    clerk = member_of("clerk")
    calls = [*calls_of(rules, clerk, lines).values()]
    for _ in range(2):
        failed = [one for one in at_once(calls) if isinstance(one, Exception)]
        assert [one for one in failed if not is_refusal(one)] == []
        require_no_effect()
    tried(calls_of(rules, clerk, lines)["verify" if has_account else "register"])
    waiting = details.pending(clerk)
    assert len(waiting) == 1, "one verification waits, however often it was sent"
    assert ledger_check.verify(rules.services.settings).faults == ()

    deciding.decide(rules.services, member_of("clerk"), waiting[0].id, agrees=True)

    assert Account.get().level == 4
    assert comparison.compare() == []


@BOTH
def test_clerk_and_reviewer_at_once_never_give_a_level_without_a_decision(rules: Rules) -> None:
    """The clerk repeats and the second person denies meanwhile: a no stays a no."""
    account, clerk, second = denied_account(), member_of("clerk"), member_of("clerk")
    held = window_desk.verify_on_site(clerk, DENIED.id_number, SEEN)
    calls: list[Call] = [lambda: window_desk.verify_on_site(clerk, DENIED.id_number, SEEN)] * 3
    calls.append(
        lambda: deciding.decide(
            rules.services,
            second,
            held.verification_id,
            agrees=False,
            cause="not_same_person",
        )
    )
    failed = [one for one in at_once(calls) if isinstance(one, Exception)]
    assert [one for one in failed if not is_refusal(one)] == []
    assert fresh(account).level == 3
    states = {row.state for row in SecondPersonRequest.select()}
    assert states <= {"denied", "waiting"}
    assert comparison.compare() == []


def test_colleague_of_the_same_window_does_not_decide(rules: Rules) -> None:
    clerk = member_of("clerk")
    held = register(rules, clerk=clerk)
    colleague = member_of("clerk", window=clerk.window_id)
    with pytest.raises(Refused) as refused:
        deciding.decide(rules.services, colleague, held.verification_id, agrees=True)
    assert refused.value.details == {"cause": "window"}
    require_no_effect()
    # The centre decides, also where it sits at a window.
    both = member_of("clerk", "centre", window=clerk.window_id)
    deciding.decide(rules.services, both, held.verification_id, agrees=True)
    assert Account.get().level == 4
