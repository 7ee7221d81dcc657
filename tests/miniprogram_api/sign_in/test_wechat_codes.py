"""Codes of wx.login from an address that sends many invalid ones."""

import dataclasses
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from threading import Barrier, Event

import pytest

from miniprogram_api import clock
from miniprogram_api.clients.wechat import WeChatCodeInvalid, WeChatUnavailable, WeChatUser
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from miniprogram_api.sign_in import wechat_codes
from tests.support.service.rules import Rules
from tests.support.service.waiting import eventually

NOON = datetime(2026, 11, 24, 12, tzinfo=clock.SHANGHAI)
ADDRESS, HALL = "192.0.2.7", "198.51.100.7"


class FakeWeChat:
    """Answer codes by a function of the test and count the calls."""

    def __init__(self, answer: Callable[[str], WeChatUser]) -> None:
        self.calls: list[str] = []
        self._answer = answer

    def user_of_code(self, code: str) -> WeChatUser:
        self.calls.append(code)
        return self._answer(code)


def answer(code: str) -> WeChatUser:
    if code == "invalid":
        raise WeChatCodeInvalid()
    if code == "down":
        raise WeChatUnavailable()
    return WeChatUser(f"o-{code}")


def with_wechat(
    rules: Rules, of_code: Callable[[str], WeChatUser] = answer, **settings: object
) -> tuple[Services, FakeWeChat]:
    limited = rules.with_settings(**{"hall_networks": "198.51.100.0/24", **settings})
    wechat = FakeWeChat(of_code)
    clients = dataclasses.replace(limited.clients, wechat=wechat)  # type: ignore[arg-type]
    return Services(limited.settings, clients), wechat


def openid(services: Services, code: str = "zhang", address: str = ADDRESS) -> str:
    return wechat_codes.openid_of(services, code, address)


def refusal(services: Services, code: str = "zhang", address: str = ADDRESS) -> Refused:
    with pytest.raises(Refused) as refused:
        openid(services, code, address)
    return refused.value


def fill(services: Services, count: int, address: str = ADDRESS) -> None:
    for _ in range(count):
        assert refusal(services, "invalid", address).reason is Reason.WECHAT_CODE_INVALID


def test_thirty_calls_a_minute_follow_many_invalid_codes(rules: Rules) -> None:
    services, wechat = with_wechat(rules, wechat_codes_per_address=3)
    now = NOON
    with clock.replaced(lambda: now):
        fill(services, 3)
        assert [openid(services) for _ in range(29)] == ["o-zhang"] * 29
        fill(services, 1)
        refused = refusal(services)
        assert refused.reason is Reason.TOO_MANY_ATTEMPTS
        assert refused.details == {"scope": "wechat_logins", "retry_after": 60}
        assert len(wechat.calls) == 33
        # Other addresses are not slowed down.
        assert [openid(services, address="192.0.2.8") for _ in range(40)] == ["o-zhang"] * 40
        now = NOON + timedelta(minutes=1)
        assert [openid(services) for _ in range(40)] == ["o-zhang"] * 40


def test_hall_has_ten_times_the_codes_and_calls(rules: Rules) -> None:
    services, _ = with_wechat(rules, wechat_codes_per_address=1)
    with clock.replaced(lambda: NOON):
        fill(services, 10, HALL)
        for _ in range(300):
            openid(services, address=HALL)
        assert refusal(services, address=HALL).details["scope"] == "wechat_logins"


@pytest.mark.parametrize("code", ["zhang", "down"])
def test_only_invalid_codes_count(rules: Rules, code: str) -> None:
    services, wechat = with_wechat(rules, wechat_codes_per_address=2)
    with clock.replaced(lambda: NOON):
        for _ in range(40):
            if code == "down":
                assert refusal(services, "down").reason is Reason.WECHAT_UNAVAILABLE
            else:
                openid(services)
    assert len(wechat.calls) == 40


def test_simultaneous_invalid_codes_do_not_exceed_the_limit(rules: Rules) -> None:
    together = Barrier(4)

    def invalid(code: str) -> WeChatUser:
        # All are under way before the first is known to be invalid; a fifth would break the wait.
        together.wait(timeout=60)
        raise WeChatCodeInvalid()

    services, wechat = with_wechat(rules, invalid, wechat_codes_per_address=4, web_threads=4)
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(openid, services) for _ in range(4)]
        wait(calls, timeout=60)
    refused = [call.exception() for call in calls]
    assert {isinstance(r, Refused) and r.reason for r in refused} == {Reason.WECHAT_CODE_INVALID}
    assert len(wechat.calls) == 4
    assert refusal(with_wechat(rules, wechat_codes_per_address=4)[0], "invalid").reason is (
        Reason.WECHAT_CODE_INVALID
    )
    services, wechat = with_wechat(rules, wechat_codes_per_address=4)
    for _ in range(29):
        openid(services)
    assert refusal(services).details["scope"] == "wechat_logins"
    assert len(wechat.calls) == 29


def test_slowed_address_has_one_call_at_a_time_and_few_waiters(rules: Rules) -> None:
    begun, release = Event(), Event()

    def slow(code: str) -> WeChatUser:
        if code == "slow":
            begun.set()
            assert release.wait(60)
        return answer(code)

    services, wechat = with_wechat(rules, slow, wechat_codes_per_address=1, web_threads=8)
    fill(services, 1)
    with ThreadPoolExecutor(2) as pool:
        slow_call = pool.submit(openid, services, "slow")
        assert begun.wait(60)
        waiting = pool.submit(openid, services, "second")
        assert eventually(lambda: wechat_codes.waiting(ADDRESS))
        # A third caller would occupy another thread, so it is refused at once.
        refused = refusal(services, "third")
        assert refused.details == {"scope": "wechat_logins", "retry_after": 2}
        assert not waiting.done()
        assert wechat.calls == ["invalid", "slow"]
        release.set()
        assert slow_call.result(60) == "o-slow"
        wait([waiting], timeout=60)
        # It took the slot that became free, or was refused after two seconds.
        error = waiting.exception()
        assert error is None or isinstance(error, Refused)
    assert wechat_codes.waiting(ADDRESS) == 0
    assert openid(services) == "o-zhang"


def test_waiting_ends_while_the_slot_stays_taken(rules: Rules) -> None:
    begun, release = Event(), Event()

    def slow(code: str) -> WeChatUser:
        begun.set()
        assert release.wait(60)
        return answer(code)

    services, _ = with_wechat(rules, wechat_codes_per_address=1)
    fill(services, 1)
    services, _ = with_wechat(rules, slow, wechat_codes_per_address=1)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(openid, services, "slow")
        assert begun.wait(60)
        assert refusal(services).details == {"scope": "wechat_logins", "retry_after": 2}
        release.set()
        assert call.result(60) == "o-slow"
