"""The lock of a whole account where its holder signs in, and its end by a face check."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from miniprogram_api import clock
from miniprogram_api.access import sign_in_origins
from miniprogram_api.accounts import consents
from miniprogram_api.proofing import person_checks
from miniprogram_api.sign_in import sign_in
from models.storage.database import database
from tests.miniprogram_api.sign_in.test_sign_in import (
    SOMEONE,
    WRONG,
    enter,
    lock_everywhere,
    refusal,
)
from tests.support.people.accounts import ADDRESS, Time, account_of
from tests.support.people.registrations import wechat_session
from tests.support.service.rules import Rules


@pytest.fixture
def time() -> Iterator[Time]:
    with Time(datetime(2026, 11, 24, 10, 0, tzinfo=clock.SHANGHAI)).running() as running:
        yield running


@pytest.mark.parametrize(
    "known",
    [
        {"session": "zhang", "address": "198.51.100.1"},
        {"session": None, "address": ADDRESS},
        {"session": "li", "address": ADDRESS},
    ],
)
def test_stranger_does_not_lock_out_a_known_user_or_address(
    rules: Rules, time: Time, known: dict[str, Any]
) -> None:
    account_of(SOMEONE)
    enter(rules, session=wechat_session())
    lock_everywhere(rules)
    stranger = {"session": wechat_session("stranger"), "address": "198.51.100.9"}
    assert refusal(rules, **stranger).details == {"retry_after": 86_400, "needs_code": True}

    name = known["session"]
    here = {**known, "session": None if name is None else wechat_session(name)}
    for left in (4, 3, 2, 1):
        assert refusal(rules, password=WRONG, **here).details == {"attempts_left": left}
    # The lock of the pair stays.
    last = refusal(rules, password=WRONG, **here)
    assert last.details == {"attempts_left": 0, "retry_after": 60}
    assert refusal(rules, **here).details == {"retry_after": 60, "needs_code": False}
    time.advance(minutes=1)
    enter(rules, **{**here, "session": None if name is None else wechat_session(name)})
    assert refusal(rules, **stranger).details["needs_code"] is True


def test_origin_is_known_for_ninety_days(rules: Rules, time: Time) -> None:
    account_of(SOMEONE)
    enter(rules, session=wechat_session())
    time.advance(days=89, hours=23)
    lock_everywhere(rules)
    assert sign_in_origins.remove_old() == 0
    enter(rules, session=wechat_session())
    time.advance(days=90)
    lock_everywhere(rules)
    assert refusal(rules, session=wechat_session()).details["needs_code"] is True
    time.advance(seconds=1)
    assert sign_in_origins.remove_old() == 2


def test_bound_user_who_came_by_wechat_is_known(rules: Rules) -> None:
    account = account_of(SOMEONE, wechat_openid="o-zhang")
    sign_in.as_wechat_user(rules.services, "wx-zhang", "192.0.2.7")
    lock_everywhere(rules)
    assert refusal(rules, address="198.51.100.9").details["needs_code"] is True
    enter(rules, session=wechat_session(), address="198.51.100.9")
    # Only hashes are stored.
    rows = database.execute_sql("SELECT account_id, origin FROM sign_in_origin").fetchall()
    assert {row[0] for row in rows} == {account.id}
    assert all(len(bytes(row[1])) == 32 and b"zhang" not in bytes(row[1]) for row in rows)


def test_passed_face_check_opens_the_lock_over_all_addresses(rules: Rules) -> None:
    account_of(SOMEONE)
    lock_everywhere(rules)
    session = wechat_session()
    challenge = person_checks.open_challenge(
        rules.services,
        session=session,
        name=SOMEONE.name,
        id_number=SOMEONE.id_number,
        address=ADDRESS,
        consent_version=consents.current_text().version,
    )
    person_checks.verify(
        rules.services,
        session=session,
        address=ADDRESS,
        challenge_id=challenge.challenge_id,
        image=None,
    )
    enter(rules, session=session)
