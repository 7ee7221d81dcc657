"""Failed checks that browsers handed over: whose tries they use up, exactly."""

from collections import Counter

import pytest

from miniprogram_api import clock
from miniprogram_api.access import attempts, sessions
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import consents
from miniprogram_api.proofing import handed_checks, handovers, limits
from miniprogram_api.proofing.handovers import HandoverForm
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import Account
from models.accounts.own_data import FaceHandover
from models.accounts.verifications import HandedCheck
from tests.support.people.accounts import ADDRESS, Time, account_of, account_session, fresh
from tests.support.people.faces import (
    assert_no_connection_is_held,
    mismatches_used,
    refusal,
)
from tests.support.people.persons import Person, person
from tests.support.service.rules import Rules, at_once

BOTH_DATABASES = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
DELAYED = HandoverForm(consent_version=consents.current_text().version, is_delayed=True)


def wechat_user(name: str) -> SessionInfo:
    opened = sessions.start(f"o-{name}", None)
    return SessionInfo(opened.token_hash, f"o-{name}", None)


def code_of(rules: Rules, account: Account) -> str:
    return handovers.issue(rules.services, account_session(account, None), account.id).code


def opened(rules: Rules, code: str, session: SessionInfo) -> FaceHandover:
    """Open the face check of a code, to count later."""
    shown = handovers.open_code(rules.services, code, DELAYED, session=session, address=ADDRESS)
    assert shown.challenge is not None
    row = handovers.of_challenge(session, shown.challenge.challenge_id)
    assert row is not None
    return row


def verify(rules: Rules, row: FaceHandover, session: SessionInfo) -> None:
    handed_checks.verify_face(rules.services, row, session=session, address=ADDRESS, image=None)


def reasons(results: list[Exception | None]) -> Counter[Reason | None]:
    assert all(result is None or isinstance(result, Refused) for result in results), results
    return Counter(result.reason if isinstance(result, Refused) else None for result in results)


@BOTH_DATABASES
def test_a_wechat_user_fails_five_times_exactly(rules: Rules) -> None:
    helper = wechat_user("helper")
    people = [person("张不像", number=number) for number in range(101, 109)]
    rows = [opened(rules, code_of(rules, account_of(one)), helper) for one in people]
    results = at_once([lambda row=row: verify(rules, row, helper) for row in rows])  # type: ignore[misc]
    assert reasons(results) == {Reason.FACE_MISMATCH: 5, Reason.TOO_MANY_ATTEMPTS: 3}
    assert [mismatches_used(rules, one) for one in people] == [0] * 8


@BOTH_DATABASES
def test_one_check_fails_once_for_many_callers(rules: Rules) -> None:
    helper, someone = wechat_user("helper"), person("张不像", number=110)
    row = opened(rules, code_of(rules, account_of(someone)), helper)
    results = at_once([lambda: verify(rules, row, helper)] * 6)
    found = reasons(results)
    assert found[Reason.FACE_MISMATCH] == 1
    assert set(found) <= {
        Reason.FACE_MISMATCH,
        Reason.NOT_FOUND,
        Reason.IDENTITY_CHECK_IN_PROGRESS,
    }
    assert left(rules, row, helper) == 4
    assert mismatches_used(rules, someone) == 0


def left(rules: Rules, row: FaceHandover, session: SessionInfo) -> int:
    """Return the fewest tries left of the WeChat user and of the code."""
    assert session.openid is not None
    of_user, of_code, *_ = limits.handed_checks(
        rules.services.settings, session, session.openid, bytes(row.code_hash), ADDRESS
    )
    store, now = rules.services.clients.store, clock.milliseconds(clock.now())
    return min(store.peek([limit], now).remaining["day"] for limit in (of_user, of_code))


def test_a_code_fails_five_times_whoever_opens_it(rules: Rules) -> None:
    with Time(clock.now()).running() as time:
        helper, someone = wechat_user("helper"), person("张不像", number=111)
        code = code_of(rules, account_of(someone))
        for count in range(1, 6):
            row = opened(rules, code, helper)
            assert refusal(verify, rules, row, helper).reason is Reason.FACE_MISMATCH
            assert left(rules, row, helper) == 5 - count
        of_code = limits.handed_checks(
            rules.services.settings, wechat_user("new"), "o-new", bytes(row.code_hash), ADDRESS
        )
        refused = refusal(attempts.require_room, rules.services, of_code, scope="handed")
        assert refused.reason is Reason.TOO_MANY_ATTEMPTS
        # Its time is over besides.
        time.now += handovers.OPENED_VALID
        assert refusal(opened, rules, code, helper).reason is Reason.NOT_FOUND


def test_what_does_not_count_and_the_code_of_a_user_who_opened_it(rules: Rules) -> None:
    with Time(clock.now()).running() as time:
        helper, someone = wechat_user("helper"), person(number=112)
        account = account_of(someone)
        code = code_of(rules, account)
        time.now += handovers.VALID
        assert refusal(opened, rules, code, helper).reason is Reason.NOT_FOUND
        code = code_of(rules, account)
        time.advance(seconds=119)
        handovers.open_code(rules.services, code, HandoverForm(), session=helper, address=ADDRESS)
        # Once opened, the user has time to read and to prove the number.
        time.advance(minutes=9)
        row = opened(rules, code, helper)
        rules.sandbox.fault("face", "error", 1)
        assert refusal(verify, rules, row, helper).reason is Reason.IDENTITY_SOURCE_BUSY
        assert left(rules, row, helper) == 5
        # The browser's newer code does not end the check that has begun.
        code_of(rules, account)
        verify(rules, row, helper)
        assert fresh(account).level == 3
        row = opened(rules, code_of(rules, account_of(person(number=116))), helper)
        rules.sandbox.face("o-helper", 90002)
        assert refusal(verify, rules, row, helper).reason is Reason.FACE_NOT_FINISHED
        assert left(rules, row, helper) == 5


def test_no_connection_is_held_while_the_source_is_asked(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper, account = wechat_user("helper"), account_of(person(number=113))
    row = opened(rules, code_of(rules, account), helper)
    client = type(rules.services.clients.face)
    ask = client.wechat_result

    def look(*arguments: object) -> object:
        assert_no_connection_is_held()
        return ask(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(client, "wechat_result", look)
    verify(rules, row, helper)


def test_level_reached_meanwhile_and_frozen_account(rules: Rules) -> None:
    helper = wechat_user("helper")

    def begun(someone: Person) -> tuple[Account, FaceHandover]:
        account = account_of(someone)
        return account, opened(rules, code_of(rules, account), helper)

    account, row = begun(person(number=114))
    Account.update(level=4, verified_by="ctid").where(Account.id == account.id).execute()
    assert refusal(verify, rules, row, helper).reason is Reason.ALREADY_VERIFIED
    account, row = begun(person(number=115))
    Account.update(status="frozen").where(Account.id == account.id).execute()
    assert refusal(verify, rules, row, helper).reason is Reason.ACCOUNT_FROZEN


@pytest.mark.parametrize("way", ["withdrawn", "replaced"])
def test_code_that_ends_while_the_source_is_asked_records_nothing(
    rules: Rules, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    helper, account = wechat_user("helper"), account_of(person(number=117))
    consents.record(account.id, [consents.FACE])
    row = opened(rules, code_of(rules, account), helper)
    client = type(rules.services.clients.face)
    ask = client.wechat_result

    def end(*arguments: object) -> object:
        if way == "withdrawn":
            consents.withdraw(account.id, consents.FACE)
        else:
            FaceHandover.update(challenge_id="f" * 32).execute()
        return ask(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(client, "wechat_result", end)
    assert refusal(verify, rules, row, helper).reason is Reason.NOT_FOUND
    (consent,) = consents.latest(account.id)
    assert (consent.withdrawn_at is not None) is (way == "withdrawn")
    assert HandedCheck.select().count() == 0
