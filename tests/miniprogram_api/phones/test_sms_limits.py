"""Limits on codes after Redis lost its data while the service runs."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest

from miniprogram_api import clock
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.clients.sms.gateway import SmsOutcome, SmsResult
from miniprogram_api.phones import sms_code_states, sms_code_totals
from miniprogram_api.phones.sms_codes import RequestedCode
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from models.accounts import sms_codes as table
from models.accounts.sms_codes import SENT, SmsCode
from tests.support.people.registrations import web_session, wechat_session
from tests.support.people.sms_codes import NOON, PHONE, ask, refusal, with_gateway
from tests.support.service.rules import Rules, at_once
from tests.support.service.valkey import ValkeyServer

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def services(rules: Rules) -> Services:
    return with_gateway(rules.services, lambda: SmsOutcome.ACCEPTED)


def phone(number: int) -> str:
    return f"139{number:07}1"


@both_databases
def test_sixth_code_of_a_day_is_refused_after_redis_lost_its_data(
    services: Services, valkey: ValkeyServer
) -> None:
    now = NOON
    with clock.replaced(lambda: now):
        for hours in range(5):
            now = NOON + timedelta(hours=2 * hours)
            ask(services)
        now += timedelta(hours=2)
        before = refusal(services)
        valkey.lose_data()
        after = refusal(services)
        assert after.reason is Reason.SMS_RATE_LIMITED
        assert after.details == before.details
        assert (after.details["window"], after.details["retry_after"]) == ("day", 14 * 3_600)
        # Other phones get theirs, and this one does when the first code is a day old.
        ask(services, "13800138012")
        now = NOON + timedelta(days=1)
        ask(services)


@pytest.mark.parametrize(
    ("sent_before", "window", "wait"), [((30,), "minute", 30), ((130, 190, 250), "hour", 3_350)]
)
def test_shorter_windows_are_rebuilt(
    services: Services,
    valkey: ValkeyServer,
    sent_before: tuple[int, ...],
    window: str,
    wait: int,
) -> None:
    now = NOON
    with clock.replaced(lambda: now):
        for seconds in reversed(sent_before):
            now = NOON - timedelta(seconds=seconds)
            ask(services)
        now = NOON
        valkey.lose_data()
        details = refusal(services).details
        assert (details["window"], details["retry_after"]) == (window, wait)


@both_databases
def test_simultaneous_requests_share_what_the_lost_limit_left(
    services: Services, valkey: ValkeyServer
) -> None:
    now = NOON
    with clock.replaced(lambda: now):
        for hours in range(4):
            now = NOON + timedelta(hours=2 * hours)
            ask(services)
        now += timedelta(hours=2)
        valkey.lose_data()
        results = at_once([lambda: ask(services)] * 12)
    assert sum(isinstance(result, RequestedCode) for result in results) == 1
    refused = [result for result in results if not isinstance(result, RequestedCode)]
    assert {r.reason for r in refused if isinstance(r, Refused)} == {Reason.SMS_RATE_LIMITED}
    assert len(refused) == 11
    with clock.replaced(lambda: now + timedelta(minutes=2)):
        assert refusal(services).details["window"] == "day"


@pytest.fixture
def losing(valkey: ValkeyServer) -> Iterator[Counter[str]]:
    """Lose the data again and again during the test; return how often."""
    counted: Counter[str] = Counter()
    ended = threading.Event()

    def lose() -> None:
        while not ended.wait(0.003):
            valkey.lose_data()
            counted["lost"] += 1

    thread = threading.Thread(target=lose)
    thread.start()
    yield counted
    ended.set()
    thread.join()


@both_databases
def test_no_code_passes_while_the_data_is_lost_again_and_again(
    rules: Rules, losing: Counter[str]
) -> None:
    sent: Counter[str] = Counter()
    lock = threading.Lock()

    class Counting:
        def send_code(self, phone: str, code: str, minutes: int) -> SmsResult:
            with lock:
                sent[phone] += 1
            return SmsResult(SmsOutcome.ACCEPTED)

    services = with_gateway(rules.services, lambda: SmsOutcome.ACCEPTED)
    object.__setattr__(services.clients, "sms", Counting())

    def flood(user: str) -> None:
        for number in range(8):
            for _ in range(3):
                with suppress(Refused, StoreUnavailable):
                    ask(services, phone(number), session=SessionInfo(b"t", f"o-{user}", None))

    assert at_once([lambda name=name: flood(name) for name in "abcdef"]) == [None] * 6
    assert losing["lost"] > 0
    assert sent.total() >= 1
    assert max(sent.values()) == 1


def test_codes_of_all_and_phones_of_a_user_are_rebuilt(rules: Rules, valkey: ValkeyServer) -> None:
    limited = rules.with_settings(sms_per_hour=7, phones_per_wechat_user=3, phones_per_device=2)
    services = with_gateway(limited, lambda: SmsOutcome.ACCEPTED)
    browser, account = web_session("a", "192.0.2.7"), SessionInfo(b"x", None, 7)
    with clock.replaced(lambda: NOON):
        for number in range(3):
            ask(services, phone(number))
        for number in range(2):
            ask(services, phone(10 + number), session=browser)
        ask(services, phone(20), session=account)
        valkey.lose_data()
        for session, number in ((wechat_session(), 4), (browser, 14)):
            refused = refusal(services, phone(number), session=session)
            assert refused.reason is Reason.TOO_MANY_ATTEMPTS
            assert refused.details == {"scope": "phones", "retry_after": 3_600}
        assert sms_code_totals.used(services) == 6
        ask(services, phone(21), session=account)
        refused = refusal(services, phone(22), session=account)
        assert refused.reason is Reason.SMS_UNAVAILABLE


def test_codes_that_were_not_sent_are_not_counted_again(rules: Rules, valkey: ValkeyServer) -> None:
    for outcome in (SmsOutcome.FAILED, SmsOutcome.UNCERTAIN):
        refusal(with_gateway(rules.services, lambda outcome=outcome: outcome))
    valkey.lose_data()
    ask(with_gateway(rules.services, lambda: SmsOutcome.ACCEPTED))


def test_place_lost_before_the_code_is_handed_over_is_no_place(
    rules: Rules, valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store is emptied after a place was taken and before the code's row is written."""
    sent: list[str] = []

    def send() -> SmsOutcome:
        sent.append("sent")
        return SmsOutcome.ACCEPTED

    services = with_gateway(rules.services, send)
    add = table.add_code

    def lose_and_add(**values: object) -> int:
        valkey.lose_data()
        return add(**values)  # type: ignore[arg-type]

    monkeypatch.setattr(table, "add_code", lose_and_add)
    with pytest.raises(StoreUnavailable):
        ask(services)
    assert sent == []
    monkeypatch.undo()
    assert SmsCode.select().where(SmsCode.state == SENT).count() == 0
    ask(services)
    assert sent == ["sent"]


def test_bot_says_nothing_of_limits_that_redis_lost(rules: Rules, valkey: ValkeyServer) -> None:
    services = with_gateway(rules.services, lambda: SmsOutcome.ACCEPTED)
    ask(services)

    def said() -> object:
        [windows] = services.clients.store.inquire([sms_code_states.windows(PHONE)])
        return windows

    assert said() is not None
    valkey.lose_data()
    assert said() is None
    refusal(services)
    assert said() is not None
