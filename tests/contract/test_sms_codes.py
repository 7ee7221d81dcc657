"""Every documented code of the SMS vendors, refused over HTTP: who can help, and what is said."""

from datetime import datetime

import pytest
from tencentcloud.sms.v20210111 import errorcodes

from miniprogram_api import clock
from miniprogram_api.clients import Clients
from miniprogram_api.clients.sms import tencent_codes
from miniprogram_api.clients.sms.gateway import OF_NUMBER, SmsOutcome
from miniprogram_api.phones import sms_code_refusals
from miniprogram_api.reasons import Reason
from miniprogram_api.texts.sentences import sentence
from tests.support.people.persons import make_phone
from tests.support.service.sandbox import SandboxServer

PHONE = make_phone(8)
LIMITS = {
    "LimitExceeded.PhoneNumberThirtySecondLimit": 30,
    "LimitExceeded.PhoneNumberOneHourLimit": 3_600,
    # Until midnight.
    "LimitExceeded.PhoneNumberDailyLimit": 12 * 3_600,
    "LimitExceeded.PhoneNumberSameContentDailyLimit": 12 * 3_600,
}
REASONS = {
    **dict.fromkeys(OF_NUMBER, (Reason.SMS_NUMBER_BLOCKED, None)),
    SmsOutcome.RATE: (Reason.SMS_UNAVAILABLE, "rate"),
    SmsOutcome.OPERATOR: (Reason.SMS_UNAVAILABLE, "operator"),
    SmsOutcome.FAILED: (Reason.SMS_UNAVAILABLE, "gateway"),
    SmsOutcome.UNCERTAIN: (Reason.SMS_UNAVAILABLE, "gateway"),
}
# What the product's own table of codes in the SDK holds.
DOCUMENTED = {value for name, value in vars(errorcodes).items() if name.isupper()}


def test_every_documented_code_is_in_the_table() -> None:
    assert len(DOCUMENTED) > 80
    assert DOCUMENTED - tencent_codes.OUTCOMES.keys() == set()
    assert len(tencent_codes.OUTCOMES) > 120


def test_every_code_over_http(outside: Clients, sandbox: SandboxServer) -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=clock.SHANGHAI)
    walked = 0
    for code, outcome in tencent_codes.OUTCOMES.items():
        if outcome is SmsOutcome.ACCEPTED:
            continue
        sandbox.phone(PHONE, refusal=code)
        result = outside.sms.send_code(PHONE, "604219", 10)
        assert (result.outcome, result.code, result.serial) == (outcome, code, ""), code
        with clock.replaced(lambda: noon):
            refused = sms_code_refusals.of_gateway(result, "register")
            said = sentence(refused.reason, refused.details)
        assert (refused.reason, refused.details.get("side")) == REASONS[outcome]
        assert "占次数" in said
        is_outage = outcome in (SmsOutcome.FAILED, SmsOutcome.UNCERTAIN)
        assert ("稍后再试" in said) == is_outage, code
        walked += 1
    assert walked > 120
    assert sandbox.inbox(PHONE) == []


@pytest.mark.parametrize("code", LIMITS)
def test_a_limit_says_when_it_ends(code: str) -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=clock.SHANGHAI)
    with clock.replaced(lambda: noon):
        assert tencent_codes.retry_after(code) == LIMITS[code]


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("FailedOperation.SomethingNew", SmsOutcome.OPERATOR),
        ("UnauthorizedOperation.SomethingNew", SmsOutcome.OPERATOR),
        ("InternalError.SomethingNew", SmsOutcome.UNCERTAIN),
        ("RequestLimitExceeded.SomethingNew", SmsOutcome.RATE),
        ("UnsupportedOperation.SomethingNew", SmsOutcome.NUMBER_WRONG),
        ("", SmsOutcome.OPERATOR),
    ],
)
def test_an_unknown_code_is_judged_by_its_first_word(code: str, outcome: SmsOutcome) -> None:
    assert tencent_codes.outcome_of(code) is outcome
