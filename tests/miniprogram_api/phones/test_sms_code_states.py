"""Whether the gateway fails for all users."""

from collections.abc import Iterator

import pytest

from miniprogram_api.clients.sms.gateway import SmsOutcome
from miniprogram_api.phones.sms_code_states import failing_since
from tests.support.people.accounts import Time
from tests.support.people.persons import make_phone
from tests.support.people.sms_codes import NOON, ask, refusal, with_gateway
from tests.support.service.rules import Rules

both_databases = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def time() -> Iterator[Time]:
    with Time(NOON).running() as running:
        yield running


@both_databases
def test_gateway_fails_once_it_takes_no_code_of_several_phones(rules: Rules, time: Time) -> None:
    down = with_gateway(rules.services, lambda: SmsOutcome.FAILED)
    silent = with_gateway(rules.services, lambda: SmsOutcome.UNCERTAIN)
    works = with_gateway(rules.services, lambda: SmsOutcome.ACCEPTED)
    ask(works, make_phone(1))
    time.advance(minutes=1)
    began = time.now
    refusal(down, make_phone(2))
    time.advance(minutes=1)
    refusal(down, make_phone(2))
    # One phone may be the reason itself.
    assert failing_since() is None
    time.advance(minutes=1)
    refusal(silent, make_phone(3))
    assert failing_since() == began
    # Ten minutes without a code: nothing is known any more.
    time.advance(minutes=9)
    assert failing_since() is None
    refusal(down, make_phone(4))
    refusal(down, make_phone(5))
    assert failing_since() == began
    ask(works, make_phone(6))
    # This one may still be on its way.
    assert failing_since() == began
    time.advance(minutes=1)
    assert failing_since() is None
