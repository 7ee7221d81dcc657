"""Two SMS vendors as one gateway: the second is asked only where the first one took nothing."""

import socket
import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from miniprogram_api import clock
from miniprogram_api.clients import Clients
from miniprogram_api.clients.sms import aliyun_codes
from miniprogram_api.clients.sms.aliyun import signature
from miniprogram_api.clients.sms.gateway import SmsOutcome
from miniprogram_api.clients.sms.reports import SentMessage
from tests.contract.conftest import TIMEOUT, Build
from tests.support.people.persons import make_phone
from tests.support.service.sandbox import SandboxServer

PHONE = make_phone(9)
BLACKLISTED = "FailedOperation.PhoneNumberInBlacklist"
BOTH = ("tencent", "aliyun")


@pytest.fixture
def two(build: Build) -> Clients:
    return build(sms_providers=BOTH)


@pytest.fixture
def silent_address() -> Iterator[str]:
    """Return ``host:port`` where connecting takes for ever: a full accept queue."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        queue = [socket.socket() for _ in range(3)]
        for waiting in queue:
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        yield f"127.0.0.1:{full.getsockname()[1]}"
        for waiting in queue:
            waiting.close()


def asked(sandbox: SandboxServer) -> tuple[int, int]:
    return len(sandbox.calls("SendSms")), len(sandbox.calls("aliyun:SendSms"))


def test_while_the_first_takes_it_the_second_is_not_asked(
    two: Clients, sandbox: SandboxServer
) -> None:
    result = two.sms.send_code(PHONE, "604219", 10)
    assert (result.outcome, result.vendor) == (SmsOutcome.ACCEPTED, "tencent")
    assert asked(sandbox) == (1, 0)


def test_the_second_sends_the_same_text(build: Build, sandbox: SandboxServer) -> None:
    only = build(sms_providers=("aliyun",))
    assert only.sms.send_code(PHONE, "604219", 10).outcome is SmsOutcome.ACCEPTED
    build().sms.send_code(PHONE, "604219", 10)
    second, first = sandbox.inbox(PHONE)
    assert (first["text"], first["code"]) == (second["text"], "604219")
    assert only.sms.send_notice(PHONE, "matter_lost", "证件到期").outcome is SmsOutcome.ACCEPTED
    assert "证件到期" in sandbox.inbox(PHONE)[0]["text"]


@pytest.mark.parametrize("mode", ["error", "busy", "limit"])
def test_after_a_refusal_the_second_sends(two: Clients, sandbox: SandboxServer, mode: str) -> None:
    sandbox.fault("sms", mode)
    result = two.sms.send_code(PHONE, "604219", 10)
    assert (result.outcome, result.vendor) == (SmsOutcome.ACCEPTED, "aliyun")
    assert asked(sandbox) == (1, 1)
    assert len(sandbox.inbox(PHONE)) == 1


def test_a_carrier_that_the_first_refuses_gets_codes_of_the_second(
    two: Clients, sandbox: SandboxServer
) -> None:
    sandbox.phone(PHONE[:3], vendor="tencent", refusal=BLACKLISTED)
    assert two.sms.send_code(PHONE, "604219", 10).vendor == "aliyun"
    assert sandbox.last_code(PHONE) == "604219"


def test_a_dead_first_vendor_leaves_time_for_the_second(
    build: Build, sandbox: SandboxServer, closed_port: str, silent_address: str
) -> None:
    for address in (closed_port, silent_address):
        two = build(sms_providers=BOTH, tencentcloud_sms_endpoint=address, sms_timeout=4)
        began = time.monotonic()
        result = two.sms.send_code(PHONE, "604219", 10)
        assert (result.outcome, result.vendor) == (SmsOutcome.ACCEPTED, "aliyun")
        assert time.monotonic() - began < 4
    assert len(sandbox.inbox(PHONE)) == 2


@pytest.mark.parametrize("mode", ["slow", "reset"])
def test_after_an_uncertain_answer_none_is_asked(
    two: Clients, sandbox: SandboxServer, mode: str
) -> None:
    sandbox.fault("sms", mode, seconds=TIMEOUT + 1)
    assert two.sms.send_code(PHONE, "604219", 10).outcome is SmsOutcome.UNCERTAIN
    assert asked(sandbox) == (1, 0)


def test_a_vendor_that_stays_slow_is_passed_over(two: Clients, sandbox: SandboxServer) -> None:
    sandbox.fault("sms", "reset", 10)
    for _ in range(10):
        assert two.sms.send_code(PHONE, "604219", 10).outcome is SmsOutcome.UNCERTAIN
    assert two.sms.send_code(PHONE, "604219", 10).vendor == "aliyun"
    assert asked(sandbox) == (10, 1)


def test_a_number_is_blocked_when_all_refused_it(two: Clients, sandbox: SandboxServer) -> None:
    sandbox.phone(PHONE, vendor="tencent", refusal=BLACKLISTED)
    sandbox.phone(PHONE, vendor="aliyun", refusal="isv.BLACK_LIST_CONTROL")
    assert two.sms.send_code(PHONE, "604219", 10).outcome is SmsOutcome.NUMBER_BLOCKED
    assert asked(sandbox) == (1, 1)
    sandbox.phone(PHONE, vendor="aliyun", refusal="isv.AMOUNT_NOT_ENOUGH")
    assert two.sms.send_code(PHONE, "604219", 10).outcome is SmsOutcome.OPERATOR


def test_a_wrong_number_is_not_tried_again(two: Clients, sandbox: SandboxServer) -> None:
    sandbox.phone(PHONE, vendor="tencent", refusal="InvalidParameterValue.IncorrectPhoneNumber")
    assert two.sms.send_code(PHONE, "604219", 10).outcome is SmsOutcome.NUMBER_WRONG
    assert asked(sandbox) == (1, 0)


def test_a_limit_of_one_vendor_is_told_with_its_end(two: Clients, sandbox: SandboxServer) -> None:
    sandbox.phone(PHONE, vendor="tencent", refusal="LimitExceeded.PhoneNumberOneHourLimit")
    sandbox.phone(PHONE, vendor="aliyun", refusal="isv.AMOUNT_NOT_ENOUGH")
    result = two.sms.send_code(PHONE, "604219", 10)
    assert (result.outcome, result.retry_after) == (SmsOutcome.RATE, 3_600)


def test_reports_of_the_second_are_fetched(build: Build, sandbox: SandboxServer) -> None:
    sms = build(sms_providers=BOTH, tencentcloud_sms_endpoint="127.0.0.1:1").sms
    sandbox.phone(PHONE, report="powered_off")
    sent = sms.send_code(PHONE, "604219", 10)
    waiting = SentMessage("aliyun", sent.serial, clock.now(), PHONE)
    [report] = sms.reports([waiting])
    assert (report.serial, report.phone) == (sent.serial, PHONE)
    assert (report.is_delivered, report.reason) == (False, "powered_off")
    assert sms.reports([SentMessage("aliyun", "1^0", clock.now(), PHONE)]) == []


def test_every_code_of_the_second_over_http(build: Build, sandbox: SandboxServer) -> None:
    sms = build(sms_providers=("aliyun",)).sms
    walked = 0
    for code, outcome in aliyun_codes.OUTCOMES.items():
        if outcome is SmsOutcome.ACCEPTED:
            continue
        sandbox.phone(PHONE, vendor="aliyun", refusal=code)
        result = sms.send_code(PHONE, "604219", 10)
        assert (result.outcome, result.code, result.serial) == (outcome, code, ""), code
        walked += 1
    assert walked > 45
    assert sandbox.inbox(PHONE) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"aliyun_access_key_id": "LTAIother"}, "InvalidAccessKeyId.NotFound"),
        ({"aliyun_sms_sign_name": ""}, "isv.SMS_SIGNATURE_ILLEGAL"),
    ],
)
def test_a_wrong_setting_is_the_operators(
    build: Build, sandbox: SandboxServer, changes: dict[str, str], code: str
) -> None:
    result = build(sms_providers=("aliyun",), **changes).sms.send_code(PHONE, "604219", 10)
    assert (result.outcome, result.code) == (SmsOutcome.OPERATOR, code)


def test_signature_of_the_documented_example() -> None:
    """From Alibaba Cloud's page of the RPC signature."""
    parameters = {
        "Timestamp": "2016-02-23T12:46:24Z",
        "Format": "XML",
        "AccessKeyId": "testid",
        "Action": "DescribeRegions",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
        "Version": "2014-05-26",
        "SignatureVersion": "1.0",
    }
    assert signature("GET", parameters, "testsecret") == "OLeaidS1JvxuMvnyHOwuJ+uX5qY="


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("触发分钟级流控Permits:1", 60),
        ("触发小时级流控Permits:5", 3_600),
        ("触发天级流控Permits:10", 12 * 3_600),
        ("", 60),
    ],
)
def test_a_limit_of_the_second_says_when_it_ends(message: str, seconds: int) -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=clock.SHANGHAI)
    with clock.replaced(lambda: noon):
        assert aliyun_codes.retry_after(message) == seconds
