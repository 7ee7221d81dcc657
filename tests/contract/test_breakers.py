"""The breakers of signing in by WeChat, of its other calls, and of the SMS gateway."""

import itertools
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.clients import Clients
from miniprogram_api.clients.sms.gateway import SmsOutcome, SmsResult
from miniprogram_api.clients.wechat import WeChatCodeInvalid, WeChatUnavailable
from models.storage.database import SHANGHAI
from tests.support.service.sandbox import SandboxServer

OPENID, JPEG = "o-zhang", b"\xff\xd8 a picture"
_numbers = itertools.count()


def code(prefix: str) -> str:
    """Return a code that was not used before."""
    return f"{prefix}~{next(_numbers)}"


CALLS: dict[str, tuple[str, Callable[[Clients], object]]] = {
    "jscode2session": ("wechat", lambda c: c.wechat.user_of_code(code("wx-zhang"))),
    "getuserphonenumber": (
        "wechat",
        lambda c: c.wechat.phone_of_code(code("phone-13800138011"), OPENID),
    ),
    "idcard": ("wechat", lambda c: c.wechat.read_card(JPEG)),
    "msg_sec_check": ("wechat", lambda c: c.wechat_messages.judge_text("你好", OPENID, 2)),
    "SendSms": ("sms", lambda c: c.sms.send_code("13800138011", "604219", 10)),
}


@pytest.fixture
def wall() -> Iterator[list[datetime]]:
    """Replace the clock; its last element is now."""
    instants = [datetime(2026, 11, 24, 12, tzinfo=SHANGHAI)]
    with clock.replaced(lambda: instants[-1]):
        yield instants


def is_answered(outside: Clients, action: str) -> bool:
    try:
        answer = CALLS[action][1](outside)
    except WeChatUnavailable:
        return False
    except Exception:
        return True
    return not isinstance(answer, SmsResult) or answer.outcome is SmsOutcome.ACCEPTED


@pytest.mark.parametrize("mode", ["error", "reset"])
@pytest.mark.parametrize("action", CALLS)
def test_ten_consecutive_failures_stop_the_calls_for_30_s(
    outside: Clients, sandbox: SandboxServer, wall: list[datetime], action: str, mode: str
) -> None:
    sandbox.fault(CALLS[action][0], mode, 10, action=action)
    for _ in range(13):
        assert not is_answered(outside, action)
    assert len(sandbox.calls(action)) == 10
    wall.append(wall[-1] + timedelta(seconds=30))
    assert is_answered(outside, action)
    assert is_answered(outside, action)
    assert len(sandbox.calls(action)) == 12


@pytest.mark.parametrize("mode", ["busy", "limit"])
@pytest.mark.parametrize("action", CALLS)
def test_a_vendor_that_is_busy_is_asked_again(
    outside: Clients, sandbox: SandboxServer, action: str, mode: str
) -> None:
    sandbox.fault(CALLS[action][0], mode, 15, action=action)
    for _ in range(15):
        is_answered(outside, action)
    assert is_answered(outside, action)
    assert len(sandbox.calls(action)) == 16


def test_wrong_codes_are_answers(outside: Clients, sandbox: SandboxServer) -> None:
    for _ in range(15):
        with pytest.raises(WeChatCodeInvalid):
            outside.wechat.user_of_code("nonsense")
    assert outside.wechat.user_of_code(code("wx-zhang")).openid == OPENID


def test_time_outs_of_the_gateway_open_its_breaker_and_nothing_is_sent_twice(
    outside: Clients, sandbox: SandboxServer
) -> None:
    sandbox.fault("sms", "slow", 10, seconds=1.5)
    found = [outside.sms.send_code("13800138011", "604219", 10).outcome for _ in range(12)]
    assert found == [SmsOutcome.UNCERTAIN] * 10 + [SmsOutcome.NOT_REACHED] * 2
    assert len(sandbox.inbox("13800138011")) == 10


def test_signing_in_goes_on_while_the_access_token_fails(
    outside: Clients, sandbox: SandboxServer
) -> None:
    sandbox.fault("wechat", "error", 10, action="stable_token")
    for _ in range(11):
        assert not is_answered(outside, "getuserphonenumber")
    assert is_answered(outside, "jscode2session")
