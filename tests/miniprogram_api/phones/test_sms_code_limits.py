"""SMS limits per phone: 1 in 60 s, 3 in 3,600 s, 5 in 86,400 s."""

import dataclasses
import itertools
import multiprocessing
from collections.abc import Iterator
from datetime import datetime, timedelta
from math import ceil
from multiprocessing.pool import Pool

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from miniprogram_api import clock
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.clients.sms.gateway import SmsOutcome, SmsResult
from miniprogram_api.phones import sms_codes
from miniprogram_api.phones.sms_codes import RequestedCode
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from tests.support.service.concurrent_codes import ask_for_codes
from tests.support.service.rules import Rules, at_once
from tests.support.service.valkey import ValkeyServer

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)

START = datetime(2026, 11, 23, 23, 30, tzinfo=clock.SHANGHAI)
# Name → milliseconds and limit.
WINDOWS = {"minute": (60_000, 1), "hour": (3_600_000, 3), "day": (86_400_000, 5)}
PHONES = itertools.count(13900000011, 20)


class Gateway:
    """Return the given outcome without a call."""

    def __init__(self) -> None:
        self.outcome = SmsOutcome.ACCEPTED

    def send_code(self, phone: str, code: str, minutes: int) -> SmsResult:
        return SmsResult(self.outcome)

    def send_notice(self, phone: str, kind: str, *parameters: str) -> SmsResult:
        return SmsResult(self.outcome)


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def services(rules: Rules, gateway: Gateway) -> Services:
    return Services(
        rules.services.settings, dataclasses.replace(rules.services.clients, sms=gateway)
    )


def ask(services: Services, phone: str, user: str = "zhang") -> RequestedCode | Refused:
    try:
        return sms_codes.request(
            services,
            session=SessionInfo(b"t" * 32, f"o-{user}", None),
            phone_text=phone,
            purpose="register",
            activation_token=None,
        )
    except Refused as refused:
        return refused


def test_requests_every_20_seconds_for_two_days_follow_the_rule(services: Services) -> None:
    sent = []
    second = 0
    with clock.replaced(lambda: START + timedelta(seconds=second)):
        for second in range(0, 2 * 86_400, 20):
            answer = ask(services, "13800138011")
            if isinstance(answer, RequestedCode):
                sent.append(second)
            else:
                assert answer.reason is Reason.SMS_RATE_LIMITED

    day = [0, 60, 120, 3600, 3660]
    assert sent == day + [86_400 + second for second in day]


class Day:
    """Implement the rule naively, as a reference for the script."""

    def __init__(self) -> None:
        self.sent: list[int] = []

    def wait(self, now: int) -> tuple[str, int] | None:
        """The window that frees last and the seconds until then; None when all have room."""
        waits = {}
        for name, (length, limit) in WINDOWS.items():
            inside = [moment for moment in self.sent if now - moment < length]
            if len(inside) >= limit:
                waits[name] = inside[-limit] + length - now
        if not waits:
            return None
        last = max(waits, key=lambda name: waits[name])
        return last, ceil(waits[last] / 1000)

    def remaining(self, now: int) -> dict[str, int]:
        return {
            name: WINDOWS[name][1] - sum(now - m < WINDOWS[name][0] for m in self.sent)
            for name in ("hour", "day")
        }


steps = st.lists(
    st.tuples(
        st.one_of(
            st.sampled_from([0, 1, 59_999, 60_000, 60_001, 3_480_000, 3_599_999, 82_740_000]),
            st.integers(0, 20_000_000),
        ),
        st.sampled_from([*[SmsOutcome.ACCEPTED] * 4, SmsOutcome.FAILED, SmsOutcome.UNCERTAIN]),
    ),
    min_size=1,
    max_size=40,
)


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=steps)
def test_any_sequence_of_requests_follows_the_rule(
    services: Services, gateway: Gateway, valkey: ValkeyServer, steps: list[tuple[int, SmsOutcome]]
) -> None:
    # Each example begins at the same instant.
    valkey.clear()
    phone = str(next(PHONES))
    day, now = Day(), 0
    with clock.replaced(lambda: START + timedelta(milliseconds=now)):
        for gap, outcome in steps:
            now += gap
            gateway.outcome = outcome
            expected = day.wait(now)
            answer = ask(services, phone, user=phone)
            if isinstance(answer, RequestedCode):
                assert (expected, outcome) == (None, SmsOutcome.ACCEPTED)
                day.sent.append(now)
                assert answer.remaining == day.remaining(now)
                later = day.wait(now)
                assert later is not None
                assert answer.resend_after == later[1]
            elif expected is None:
                assert answer.reason is Reason.SMS_UNAVAILABLE
                assert outcome is not SmsOutcome.ACCEPTED
            else:
                assert answer.reason is Reason.SMS_RATE_LIMITED
                assert (answer.details["window"], answer.details["retry_after"]) == expected
                assert answer.details["remaining"] == day.remaining(now)


@both_databases
def test_simultaneous_threads_get_one_code(rules: Rules) -> None:
    phone = "13800138011"

    # As many as PostgreSQL's pool has connections for.
    results = at_once([lambda: ask(rules.services, phone)] * 8)

    refused = [result for result in results if isinstance(result, Refused)]
    assert [type(result) for result in results].count(RequestedCode) == 1
    assert [r.details["window"] for r in refused] == ["minute"] * 7
    assert len(rules.sandbox.inbox(phone)) == 1


@pytest.fixture
def processes() -> Iterator[Pool]:
    with multiprocessing.get_context("spawn").Pool(8) as pool:
        yield pool


def test_eight_simultaneous_processes_get_one_code(rules: Rules, processes: Pool) -> None:
    phone = "13800138011"
    with multiprocessing.Manager() as manager:
        start = manager.Barrier(8)
        jobs = [(rules.overrides, phone, f"user-{number}", 10, start) for number in range(8)]
        answers = processes.starmap(ask_for_codes, jobs, chunksize=1)

    assert sorted(itertools.chain(*answers)) == ["minute"] * 79 + ["sent"]
    assert len(rules.sandbox.inbox(phone)) == 1
    assert len(rules.sandbox.calls("SendSms")) == 1
