"""Codes requested by one network, and in all."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import structlog

from miniprogram_api import clock
from miniprogram_api.clients.sms.gateway import SmsOutcome
from miniprogram_api.phones import sms_code_totals
from miniprogram_api.phones.sms_codes import RequestedCode
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts.sentences import sentence
from models.desks.audit import AuditEntry
from tests.support.people.registrations import web_session, wechat_session
from tests.support.people.sms_codes import NOON, PHONE, ask, refusal, with_gateway
from tests.support.service.rules import Rules, at_once

ADDRESS = "192.0.2.7"


def phone(number: int) -> str:
    return f"139{number:07}1"


def test_an_address_gets_codes_for_sixty_phones_an_hour(rules: Rules) -> None:
    services = with_gateway(rules.services, lambda: SmsOutcome.ACCEPTED)
    with clock.replaced(lambda: NOON):
        for number in range(60):
            # Other browsers do not help.
            ask(services, phone(number), session=web_session(f"user-{number}", ADDRESS))

        refused = refusal(services, phone(60), session=web_session("last", ADDRESS))
        assert refused.reason is Reason.TOO_MANY_ATTEMPTS
        assert refused.details == {"retry_after": 3_600, "scope": "phones_of_address"}
        ask(services, phone(60), session=web_session("last", "192.0.2.8"))
        # WeChat users have only their own limit.
        ask(services, phone(61), session=replace(wechat_session(), address=ADDRESS))
    with clock.replaced(lambda: NOON + timedelta(minutes=1)):
        # The phones of the hour may get another code.
        ask(services, phone(0), session=web_session("user-0", ADDRESS))
        refused = refusal(services, phone(62), session=web_session("last", ADDRESS))
        assert refused.details["scope"] == "phones_of_address"


def test_an_ipv6_network_is_one_address_and_a_hall_ten(rules: Rules) -> None:
    limited = rules.with_settings(phones_per_address=1, hall_networks="198.51.100.0/24")
    services = with_gateway(limited, lambda: SmsOutcome.ACCEPTED)
    ask(services, phone(1), session=web_session("a", "2001:db8:1:2::1"))
    refused = refusal(services, phone(2), session=web_session("b", "2001:db8:1:2:3::1"))
    assert refused.reason is Reason.TOO_MANY_ATTEMPTS
    for number in range(3, 13):
        ask(services, phone(number), session=web_session(f"user-{number}", "198.51.100.7"))
    refused = refusal(services, phone(13), session=web_session("last", "198.51.100.7"))
    assert refused.details["scope"] == "phones_of_address"


def test_simultaneous_requests_do_not_exceed_the_phones_of_an_address(rules: Rules) -> None:
    limited = rules.with_settings(phones_per_address=5)
    services = with_gateway(limited, lambda: SmsOutcome.ACCEPTED)
    sessions = [web_session(f"user-{number}", ADDRESS) for number in range(12)]

    results = at_once(
        [lambda n=n, s=s: ask(services, phone(n), session=s) for n, s in enumerate(sessions)]
    )

    assert sum(isinstance(result, RequestedCode) for result in results) == 5
    refused = [result for result in results if isinstance(result, Refused)]
    assert {r.details["scope"] for r in refused} == {"phones_of_address"}


@pytest.mark.parametrize(("purpose", "case"), [("register", 1), ("reset_password", 1)])
def test_full_total_is_an_outage_with_an_alarm_once_an_hour(
    rules: Rules, purpose: str, case: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited = rules.with_settings(sms_per_hour=2)
    services = with_gateway(limited, lambda: SmsOutcome.ACCEPTED)
    now = NOON
    with clock.replaced(lambda: now):
        for number in (1, 2):
            ask(services, phone(number), session=wechat_session(f"user-{number}"))
        assert sms_code_totals.used(services) == 2
        assert AuditEntry.select().count() == 0
        log = structlog.testing.CapturingLogger()
        monkeypatch.setattr(sms_code_totals, "log", log)
        for number in (3, 4):
            refused = refusal(services, phone(number), purpose=purpose)
            assert (refused.reason, refused.case) == (Reason.SMS_UNAVAILABLE, case)
            assert refused.details == {"side": "rate", "retry_after": 3_600}
            for details in (refused.details, {**refused.details, "purpose": "activate"}):
                assert "13:00后可再获取" in sentence(refused.reason, details)
        assert [(call.method_name, call.args) for call in log.calls] == [
            ("error", ("sms_limit_reached",))
        ]
        [line] = AuditEntry.select()
        assert (line.tag, line.details) == ("api:sms:limit_reached", '{"limit": 2}')
        now = NOON + timedelta(hours=1)
        # Refused requests used nothing up.
        ask(services, phone(3))
        assert sms_code_totals.used(services) == 1


def test_message_that_was_not_accepted_is_not_counted(rules: Rules) -> None:
    services = with_gateway(rules.services, lambda: SmsOutcome.FAILED)
    refusal(services, PHONE, session=web_session("a", ADDRESS))
    assert sms_code_totals.used(services) == 0


def alarms(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Return the arguments of every error logged from now on."""
    log = structlog.testing.CapturingLogger()
    monkeypatch.setattr(sms_code_totals, "log", log)
    return log.calls  # type: ignore[return-value]


def test_a_hundredth_of_the_hour_from_one_address_is_an_alarm_once_an_hour(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited = rules.with_settings(sms_per_hour=250)
    services = with_gateway(limited, lambda: SmsOutcome.ACCEPTED)
    calls = alarms(monkeypatch)
    now = NOON

    def send(number: int, address: str) -> None:
        # WeChat users count as browsers do: their codes are paid for, too.
        session = wechat_session if number % 2 else lambda name: web_session(name, address)
        ask(services, phone(number), session=replace(session(f"user-{number}"), address=address))

    with clock.replaced(lambda: now):
        for number in (1, 2):
            send(number, "203.0.113.77")
            send(10 + number, "203.0.113.78")
        assert calls == []
        # 1 % of 250, rounded up; two more raise no second alarm.
        for number in (3, 4, 5):
            send(number, "203.0.113.77")
        expected = {"network": "203.0.113.*", "codes": 3, "limit": 250}
        assert [(c.method_name, c.args, c.kwargs) for c in calls] == [
            ("error", ("sms_from_one_address",), expected)
        ]
        [line] = AuditEntry.select()
        assert line.tag == "api:sms:flood_suspected"
        assert json.loads(line.details) == expected
        send(6, "2001:db8:1:2::7")
        now = NOON + timedelta(hours=1)
        for number in (7, 8, 9):
            send(number, "203.0.113.77")
        assert len(calls) == 2


def test_hall_raises_the_alarm_at_ten_times_the_codes(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited = rules.with_settings(sms_per_hour=100, hall_networks="198.51.100.0/24")
    services = with_gateway(limited, lambda: SmsOutcome.ACCEPTED)
    calls = alarms(monkeypatch)
    for number in range(9):
        ask(services, phone(number), session=web_session(f"user-{number}", "198.51.100.7"))
    assert calls == []
    ask(services, phone(9), session=web_session("user-9", "198.51.100.7"))
    assert len(calls) == 1


def test_codes_that_were_not_sent_raise_no_alarm(
    rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = with_gateway(rules.with_settings(sms_per_hour=100), lambda: SmsOutcome.FAILED)
    calls = alarms(monkeypatch)
    refusal(services, PHONE, session=web_session("a", ADDRESS))
    assert calls == []
