"""Confirm, refuse, lose, accept, withdraw and expire, each in one transaction."""

import json
from datetime import timedelta
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.accounts import accounts, cancellation
from miniprogram_api.matter_lines import changes, content, holders
from miniprogram_api.matters import views
from miniprogram_api.phones.proofs import PhoneProof
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import Account
from models.matters.decisions import Decision
from models.matters.matters import ACCEPTED, CONFIRMED, LOST, PENDING, REFUSED, WAITING, Matter
from models.storage.database import transaction
from tests.support.matters.matters import (
    PEOPLE,
    accept,
    confirm,
    events_of,
    lines_of,
    matter_of,
    named,
    refuse,
    states_of,
    verified,
)
from tests.support.people.accounts import Time, account_session
from tests.support.people.persons import person
from tests.support.people.registrations import CODE, sent_code
from tests.support.service.rules import Rules, at_once

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
ZHANG, LI, WANG = PEOPLE


def refused(call: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value


def open_reasons(rules: Rules, matter: Matter) -> list[str]:
    found = refused(lambda: accept(rules.services, matter))
    assert found.reason is Reason.MATTER_NOT_READY
    return [line["reason"] for line in found.details["lines"]]


def test_matter_is_confirmed_when_all_lines_are(rules: Rules) -> None:
    zhang, li = verified(ZHANG), verified(LI)
    matter = matter_of(rules.services, [named(ZHANG), named(ZHANG, "经理"), named(LI)])

    decided = confirm(rules.services, matter, zhang)
    assert states_of(matter) == (WAITING, [CONFIRMED, CONFIRMED, PENDING])
    assert decided.decision.way == "face"
    assert [line["role"] for line in json.loads(decided.decision.lines)] == ["股东", "经理"]
    confirm(rules.services, matter, li, source_number="f-1")

    assert states_of(matter)[0] == CONFIRMED
    assert events_of(matter) == [
        (1, "matter.line_confirmed"),
        (2, "matter.line_confirmed"),
        (3, "matter.confirmed"),
    ]
    assert Decision.select().count() == 2
    receipts = [line.receipt for line in accept(rules.services, matter)]
    assert len(set(receipts)) == 3
    assert [line.receipt for line in accept(rules.services, matter)] == receipts
    assert states_of(matter)[0] == ACCEPTED


def test_person_has_the_last_word_until_acceptance(rules: Rules) -> None:
    zhang, li = verified(ZHANG), verified(LI)
    matter = matter_of(rules.services, [named(ZHANG), named(LI)])
    confirm(rules.services, matter, zhang)
    refuse(rules.services, matter, zhang)
    assert states_of(matter) == (REFUSED, [REFUSED, PENDING])
    # Others wait for the next version, or for this person.
    closed = refused(lambda: confirm(rules.services, matter, li))
    assert (closed.reason, closed.details["state"]) == (Reason.MATTER_CLOSED, "refused")
    assert open_reasons(rules, matter) == ["not_me", "pending"]

    confirm(rules.services, matter, zhang)
    confirm(rules.services, matter, li)
    accept(rules.services, matter)
    assert refused(lambda: refuse(rules.services, matter, zhang)).details["state"] == ACCEPTED


def test_decided_altered_and_foreign_lines_are_refused(rules: Rules) -> None:
    zhang, li = verified(ZHANG), verified(LI)
    matter = matter_of(rules.services, [named(ZHANG), named(LI)])
    confirm(rules.services, matter, zhang)
    assert refused(lambda: confirm(rules.services, matter, zhang)).reason is Reason.LINE_DECIDED
    mine, other = lines_of(matter)

    def call(line_id: str, digest: str) -> None:
        with transaction():
            changes.confirm_lines(
                rules.services,
                matter.public_id,
                [line_id],
                person=changes.Person(li.id_number, li.name),
                digest=digest,
                evidence=changes.Evidence("face", li.id),
            )

    assert refused(lambda: call(other.public_id, "0" * 64)).reason is Reason.MATTER_CHANGED
    good = content.digest_of(matter, [other])
    assert refused(lambda: call(mine.public_id, good)).reason is Reason.NOT_FOUND
    Account.update(level=3).where(Account.id == li.id).execute()
    assert refused(lambda: call(other.public_id, good)).reason is Reason.LEVEL_TOO_LOW
    assert states_of(matter)[1] == [CONFIRMED, PENDING]


def test_changed_account_loses_lines_of_open_matters_only(rules: Rules) -> None:
    zhang = verified(ZHANG)
    done = matter_of(rules.services, [named(ZHANG)])
    confirm(rules.services, done, zhang)
    accept(rules.services, done)
    matter = matter_of(rules.services, [named(ZHANG)], number="M-2")
    confirm(rules.services, matter, zhang)

    with transaction():
        accounts.freeze(Account.locked(zhang.id))
        holders.disputed(zhang.id)
    assert states_of(matter) == (WAITING, [LOST])
    assert [line.reason for line in lines_of(matter)] == ["frozen"]
    assert states_of(done) == (ACCEPTED, [CONFIRMED])
    with transaction():
        accounts.unfreeze(Account.locked(zhang.id))
        holders.account_changed(zhang.id)
    assert states_of(matter) == (WAITING, [LOST])
    confirm(rules.services, matter, zhang)
    assert states_of(matter) == (CONFIRMED, [CONFIRMED])
    assert events_of(matter)[-3:] == [
        (3, "matter.line_lost"),
        (4, "matter.line_confirmed"),
        (5, "matter.confirmed"),
    ]


def test_cancelling_with_open_matters_asks_once_more(rules: Rules) -> None:
    zhang = verified(ZHANG)
    matter = matter_of(rules.services, [named(ZHANG)])
    confirm(rules.services, matter, zhang)
    session = account_session(zhang)
    sent_code(ZHANG.phone, "confirm")

    def cancel(**more: bool) -> None:
        cancellation.cancel(zhang.id, None, proof=PhoneProof(CODE), session=session, **more)

    asked = refused(cancel)
    assert (asked.reason, asked.details["count"]) == (Reason.MATTERS_OPEN, 1)
    cancel(despite_matters=True)
    assert [(line.state, line.reason) for line in lines_of(matter)] == [(LOST, "cancelled")]


def test_expired_card_and_old_confirmation_do_not_count(rules: Rules) -> None:
    time = Time(clock.now())
    with time.running():
        until = clock.today() + timedelta(days=3)
        zhang = verified(ZHANG, valid_until=until, long_term=False)
        li = verified(LI, valid_until=None, long_term=True)
        matter = matter_of(rules.with_settings(matter_days=60), [named(ZHANG), named(LI)])
        confirm(rules.services, matter, zhang)
        confirm(rules.services, matter, li)
        time.advance(days=4)
        # At the judgement, before the nightly check has seen it.
        reasons = [
            line["reason"]
            for line in refused(lambda: accept(rules.services, matter)).details["lines"]
        ]
        assert reasons == ["card_expired"]
        assert holders.lose_expired_cards() == 1
        assert holders.lose_expired_cards() == 0
        assert states_of(matter) == (WAITING, [LOST, CONFIRMED])
        time.advance(days=27)
        reasons = [
            line["reason"]
            for line in refused(lambda: accept(rules.services, matter)).details["lines"]
        ]
        assert reasons == ["card_expired", "outdated"]
        # What counts no more can be confirmed again.
        recent = timedelta(hours=1)
        assert holders.lose_outdated(rules.services.settings, within=recent) == 0
        assert holders.lose_outdated(rules.services.settings, within=48 * recent) == 1
        assert holders.lose_outdated(rules.services.settings) == 0
        assert [line.reason for line in lines_of(matter)] == ["card_expired", "outdated"]
        confirm(rules.services, matter, li)
        assert states_of(matter) == (WAITING, [LOST, CONFIRMED])


@pytest.mark.parametrize(
    ("guard", "confirmed", "switched_on", "refusing", "accepted"),
    [
        ("matter", True, False, False, True),
        ("matter", False, True, False, False),
        ("either", True, False, False, True),
        ("either", False, True, False, True),
        ("either", False, True, True, False),
        ("switch", True, False, False, False),
        ("switch", False, True, False, True),
        ("switch", False, True, True, False),
    ],
)
def test_guard_says_what_counts(
    rules: Rules, guard: str, confirmed: bool, switched_on: bool, refusing: bool, accepted: bool
) -> None:
    services = rules.with_settings(matter_guard=guard)
    switch = {"authorization_enabled": True, "authorization_until": clock.today()}
    zhang = verified(ZHANG, **(switch if switched_on else {}))
    matter = matter_of(services, [named(ZHANG)])
    if confirmed:
        confirm(services, matter, zhang)
    if refusing:
        refuse(services, matter, zhang)
    if accepted:
        receipt = accept(services, matter)[0].receipt
        assert receipt
        shown = views.receipt(str(matter.key_id), receipt)
        assert (shown.verified, shown.reason) == (True, "ok")
    else:
        assert refused(lambda: accept(services, matter)).reason is Reason.MATTER_NOT_READY
    assert (states_of(matter)[0] == ACCEPTED) is accepted


def test_matter_expires_and_can_be_withdrawn_again(rules: Rules) -> None:
    zhang = verified(ZHANG)
    time = Time(clock.now())
    with time.running():
        gone = matter_of(rules.services, [named(ZHANG)])
        other = matter_of(rules.services, [named(ZHANG)], number="M-2")
        for _ in range(2):
            with transaction():
                changes.withdraw(other.public_id, "重复", actor="test")
        assert (
            refused(lambda: confirm(rules.services, other, zhang)).details["state"] == "withdrawn"
        )
        time.advance(days=30, seconds=1)
        expired = refused(lambda: confirm(rules.services, gone, zhang))
        assert (expired.reason, expired.details["days"]) == (Reason.MATTER_EXPIRED, 30)
        with transaction():
            assert changes.expire(gone.public_id)
            assert not changes.expire(gone.public_id)
            assert not changes.expire(other.public_id)
        assert events_of(gone) == [(1, "matter.expired")]
        assert refused(lambda: accept(rules.services, gone)).reason is Reason.MATTER_EXPIRED


@BOTH
def test_concurrent_confirmations_acceptance_and_cancellation(rules: Rules) -> None:
    people = [ZHANG, *[person(name="赵六", number=number) for number in range(100, 149)]]
    found = [verified(someone) for someone in people]
    roles = [f"股东{number}" for number in range(4)]
    matter = matter_of(rules.services, [named(one, role) for role in roles for one in people])
    services = rules.services

    def accept_soon() -> bool:
        for _ in range(40):
            try:
                accept(services, matter)
            except Refused:
                continue
            return True
        return False

    def cancel() -> None:
        cancellation.cancel_by_hand(found[-1].id, "test", actor="test")

    calls = [lambda account=account: confirm(services, matter, account) for account in found]
    results = at_once([*calls, accept_soon, cancel])

    state, lines = states_of(matter)
    sequences = [sequence for sequence, _ in events_of(matter)]
    assert sequences == list(range(1, len(sequences) + 1))
    confirmed = [kind for _, kind in events_of(matter)].count("matter.line_confirmed")
    assert (
        confirmed
        == Decision.select().count()
        == sum(not isinstance(result, Exception) for result in results[:-2])
    )
    assert lines[:49] == [CONFIRMED] * 49
    last = lines[49::50]
    if state == ACCEPTED:
        assert results[-2] is True
        assert last == [CONFIRMED] * 4
    else:
        # Cancelled before or after the confirmation.
        assert last in ([LOST] * 4, [PENDING] * 4)
        assert state == WAITING
        left = refused(lambda: accept(services, matter)).details
        assert (left["count"], len(left["lines"])) == (1, 4)
