"""Limits on staff passwords: strangers, known devices, questions inside a session."""

from datetime import timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.staff import attempts as staff_attempts
from miniprogram_api.staff import devices as staff_devices
from miniprogram_api.staff import members as staff
from miniprogram_api.staff import sessions as staff_sessions
from models.desks.staff import StaffDevice
from tests.miniprogram_api.staff.test_sessions import (
    BOTH,
    change_password,
    enrol,
    number,
    sign_in,
)
from tests.support.admin.staff import STAFF_PASSWORD, member_of
from tests.support.people.accounts import Time
from tests.support.service.rules import Rules, at_once

NEW_PASSWORD = "Siskin-in-52-trees"


def refused(services: Services, **changes: object) -> Refused:
    with pytest.raises(Refused) as found:
        sign_in(services, **changes)
    return found.value


def attack(services: Services, times: int = 100) -> None:
    """Try wrong passwords, each from another address."""
    for n in range(times):
        refused(services, password="Guess-in-1-go", address=f"10.{n}.0.1")


def attempt(services: Services, **changes: object) -> Reason | None:
    try:
        sign_in(services, **changes)
    except Refused as found:
        return found.reason
    return None


@BOTH
def test_strangers_do_not_lock_a_known_device(rules: Rules) -> None:
    member = member_of("clerk", username="wangfang")
    device = staff_devices.remember("", member.id)
    with Time(clock.now()).running() as time:
        attack(rules.services)
        other = refused(rules.services, address="192.0.2.9")
        assert other.reason is Reason.STAFF_LOCKED
        assert 0 < other.details["retry_after"] <= 900
        assert sign_in(rules.services, device=device, address="10.1.0.1").member.id == member.id
        # Signing in there does not open the name for other devices.
        assert refused(rules.services, address="192.0.2.9").reason is Reason.STAFF_LOCKED
        time.advance(minutes=15)
        assert sign_in(rules.services, address="192.0.2.9").member.id == member.id


@BOTH
def test_second_factor_is_the_way_round_a_lock_made_by_strangers(rules: Rules) -> None:
    member = member_of("clerk", username="wangfang")
    with Time(clock.now()).running() as time:
        generator, codes = enrol(member)
        time.advance(seconds=30)
        attack(rules.services)
        here = {"address": "192.0.2.9"}
        assert refused(rules.services, **here).reason is Reason.STAFF_LOCKED
        # A wrong number, or that of another time, is no way round.
        assert refused(rules.services, totp="000000", **here).reason is Reason.STAFF_LOCKED
        old = str(generator.at(int(clock.now().timestamp()) - 600))
        assert refused(rules.services, totp=old, **here).reason is Reason.STAFF_LOCKED
        # Beside the right number the password is compared, and counted.
        wrong = refused(rules.services, totp=number(generator), password="Guess-in-1-go", **here)
        assert wrong.reason is Reason.STAFF_SIGN_IN_REFUSED
        assert wrong.details == {"attempts_left": 4}
        assert sign_in(rules.services, totp=number(generator), **here).member.id == member.id
        # The number works once, a recovery code as well.
        again = refused(rules.services, totp=number(generator), **here)
        assert again.reason is Reason.STAFF_LOCKED
        assert sign_in(rules.services, totp=codes[0], **here).member.id == member.id
        assert refused(rules.services, totp=codes[0], **here).reason is Reason.STAFF_LOCKED
        # Strangers stay locked out.
        assert refused(rules.services, address="10.1.0.1").reason is Reason.STAFF_LOCKED


def test_second_factor_opens_a_lock_made_by_neighbours_of_the_same_address(rules: Rules) -> None:
    member = member_of("clerk", username="wangfang")
    with Time(clock.now()).running() as time:
        generator, _ = enrol(member)
        time.advance(seconds=30)
        for _ in range(5):
            refused(rules.services, password="Guess-in-1-go")
        assert refused(rules.services).reason is Reason.STAFF_LOCKED
        assert sign_in(rules.services, totp=number(generator)).member.id == member.id


def test_wrong_passwords_beside_the_second_factor_lock_as_others(rules: Rules) -> None:
    member = member_of("clerk", username="wangfang")
    with Time(clock.now()).running() as time:
        generator, _ = enrol(member)
        time.advance(seconds=30)
        attack(rules.services)
        tried = {"totp": number(generator), "password": "Guess-in-1-go", "address": "192.0.2.9"}
        left = [refused(rules.services, **tried).details["attempts_left"] for _ in range(5)]
        assert left == [4, 3, 2, 1, 0]
        locked = refused(rules.services, **{**tried, "password": STAFF_PASSWORD})
        assert (locked.reason, locked.details) == (Reason.STAFF_LOCKED, {"retry_after": 60})


def test_numbers_cannot_be_guessed_through_a_lock(rules: Rules) -> None:
    member = member_of("clerk", username="wangfang")
    with Time(clock.now()).running() as time:
        generator, _ = enrol(member)
        time.advance(seconds=30)
        attack(rules.services)
        guess = {"address": "192.0.2.9", "totp": "000000"}
        for _ in range(5):
            assert refused(rules.services, **guess).reason is Reason.STAFF_LOCKED
        # Even the right one is of no use there for a minute; elsewhere it is.
        right = {**guess, "totp": number(generator)}
        assert refused(rules.services, **right).reason is Reason.STAFF_LOCKED
        assert sign_in(rules.services, **{**right, "address": "192.0.2.8"}).member.id == member.id
        time.advance(minutes=1)
        again = {**guess, "totp": number(generator)}
        assert sign_in(rules.services, **again).member.id == member.id


def test_member_without_a_second_factor_stays_locked(rules: Rules) -> None:
    member_of("clerk", username="wangfang")
    attack(rules.services)
    for name in ("wangfang", "nobody"):
        tried = {"username": name, "totp": "123456", "address": "192.0.2.9"}
        if name == "nobody":
            for n in range(30):
                refused(rules.services, username=name, address=f"10.{n}.0.1")
        assert refused(rules.services, **tried).reason is Reason.STAFF_LOCKED


def test_one_address_waits_15_minutes_at_most(rules: Rules) -> None:
    member_of("clerk", username="wangfang")
    with Time(clock.now()).running() as time:
        waits = []
        for _ in range(100):
            found = refused(rules.services, password="Guess-in-1-go")
            if found.reason is Reason.STAFF_LOCKED:
                waits.append(found.details["retry_after"])
                time.advance(seconds=waits[-1])
        assert waits[:3] == [60, 300, 900]
        assert max(waits) == 900


def test_known_device_has_its_own_limit(rules: Rules) -> None:
    member = member_of("clerk", username="wangfang")
    device = staff_devices.remember("", member.id)
    with Time(clock.now()).running():
        for n in range(5):
            wrong = {"device": device, "password": "Guess-in-1-go", "address": f"10.{n}.0.1"}
            assert refused(rules.services, **wrong).reason is Reason.STAFF_SIGN_IN_REFUSED
        locked = refused(rules.services, device=device)
        assert (locked.reason, locked.details["retry_after"]) == (Reason.STAFF_LOCKED, 60)
        until = staff_attempts.locked_until(rules.services, staff.members())
        assert until[member.id] - clock.now() <= timedelta(minutes=1)
        # It counts for no other device, and an administrator unlocks it.
        assert sign_in(rules.services).member.id == member.id
        staff_attempts.unlock(rules.services, member_of("administrator"), member.id)
        assert sign_in(rules.services, device=device).member.id == member.id


def test_parallel_guesses_exceed_no_limit(rules: Rules) -> None:
    member = member_of("clerk", username="wangfang")
    device = staff_devices.remember("", member.id)

    def guess(n: int, **more: str) -> Reason | None:
        wrong = {"password": "Guess-in-1-go", "address": f"10.{n}.0.1"}
        return attempt(rules.services, **wrong, **more)

    on_device = at_once([lambda: guess(1, device=device)] * 12)
    assert on_device.count(Reason.STAFF_SIGN_IN_REFUSED) == 5
    strange = at_once([lambda n=n: guess(n) for n in range(40)])  # type: ignore[misc]
    assert strange.count(Reason.STAFF_SIGN_IN_REFUSED) == 30


@pytest.mark.parametrize("cookie", ["", "x", "forged", "unsigned", "rotated", "other", "expired"])
def test_other_cookies_give_nothing(rules: Rules, cookie: str) -> None:
    member = member_of("clerk", username="wangfang")
    first = staff_devices.remember("", member.id)
    second = staff_devices.remember(first, member.id)
    cookies = {
        "forged": f"{second.partition('.')[0]}.{'0' * 64}",
        "unsigned": second.partition(".")[0],
        "rotated": first,
        "other": staff_devices.remember("", member_of("clerk").id),
        "expired": second,
    }
    attack(rules.services, 30)
    with Time(clock.now()).running() as time:
        if cookie == "expired":
            time.advance(days=90)
            attack(rules.services, 30)
            assert staff_devices.remove_expired() == 2
        device = cookies.get(cookie, cookie)
        found = refused(rules.services, device=device, address="192.0.2.9")
        assert found.reason is Reason.STAFF_LOCKED
        token = sign_in_again(rules, member, time)
        assert staff_sessions.find_idle(rules.services, token, device) is None


def sign_in_again(rules: Rules, member: staff.StaffMember, time: Time) -> str:
    """Return the token of a session that has become idle."""
    staff_attempts.forget(rules.services, member)
    token = sign_in(rules.services).token
    time.advance(minutes=15, seconds=1)
    return token


def test_members_share_a_device(rules: Rules) -> None:
    first, second = member_of("clerk"), member_of("clerk")
    cookie = staff_devices.remember("", first.id)
    latest = staff_devices.remember(cookie, second.id)
    for member in (first, second):
        assert staff_devices.known(cookie, member.id) is None
        assert staff_devices.known(latest, member.id) is not None


@pytest.mark.parametrize("act", ["reset", "deactivate", "everywhere", "own password"])
def test_devices_are_forgotten(rules: Rules, act: str) -> None:
    member = member_of("clerk", username="wangfang")
    administrator = member_of("administrator")
    here, there = (staff_devices.remember("", member.id) for _ in range(2))
    kept = 0
    if act == "reset":
        staff.reset(administrator, member.id)
    elif act == "deactivate":
        staff.deactivate(administrator, member.id)
    elif act == "everywhere":
        staff_sessions.end_all(member)
    else:
        signed_in = sign_in(rules.services, device=here)
        staff_sessions.change_password(
            rules.services, member, STAFF_PASSWORD, NEW_PASSWORD,
            token=signed_in.token, address="10.0.0.1", device=here,
        )  # fmt: skip
        assert staff_devices.known(here, member.id) is not None
        kept = 1
    assert staff_devices.known(there, member.id) is None
    assert StaffDevice.select().count() == kept


def test_guesses_inside_a_session_have_the_limit_of_the_sign_in(rules: Rules) -> None:
    member_of("clerk", username="wangfang")
    signed_in = sign_in(rules.services)
    found = []
    for n in range(40):
        with pytest.raises(Refused) as wrong:
            change_password(rules.services, signed_in, f"Guess-{n}", NEW_PASSWORD)
        found.append(wrong.value.reason)
    assert found == [Reason.INVALID_INPUT] * 5 + [Reason.STAFF_LOCKED] * 35
    # The right one does not pass either, and the sign-in is locked with it.
    with pytest.raises(Refused) as locked:
        change_password(rules.services, signed_in, STAFF_PASSWORD, NEW_PASSWORD)
    assert locked.value.reason is Reason.STAFF_LOCKED
    assert refused(rules.services).reason is Reason.STAFF_LOCKED


def test_password_alone_continues_an_idle_session_for_12_hours(rules: Rules) -> None:
    member = member_of("clerk", username="wangfang")
    device = staff_devices.remember("", member.id)
    services = rules.services

    def resume(password: str = STAFF_PASSWORD) -> None:
        staff_sessions.resume(services, token, password, address="10.0.0.1", device=device)

    with Time(clock.now()).running() as time:
        token = sign_in(services, device=device).token
        time.advance(hours=11, minutes=50)
        assert staff_sessions.find_session(services, token) is None
        resume()
        assert staff_sessions.find_session(services, token) == member
        time.advance(minutes=10, seconds=1)
        with pytest.raises(Refused) as ended:
            resume()
        assert ended.value.reason is Reason.UNAUTHENTICATED


def test_guesses_at_an_idle_session_are_cut(rules: Rules) -> None:
    member = member_of("clerk", username="wangfang")
    device = staff_devices.remember("", member.id)
    with Time(clock.now()).running() as time:
        token = sign_in(rules.services, device=device).token
        time.advance(minutes=15, seconds=1)
        found = []
        for n in range(40):
            with pytest.raises(Refused) as wrong:
                staff_sessions.resume(
                    rules.services, token, f"Guess-{n}", address=f"10.{n}.0.1", device=device
                )
            found.append(wrong.value.reason)
        assert found == [Reason.STAFF_SIGN_IN_REFUSED] * 5 + [Reason.STAFF_LOCKED] * 35
        assert staff_sessions.find_session(rules.services, token) is None
