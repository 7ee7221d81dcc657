"""Occasions of subscription messages: opened ranges, freed limits, ending authorisations."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest

from handlers import jobs
from miniprogram_api import clock
from miniprogram_api.access import refusals
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts
from miniprogram_api.messaging import subscription_occasions as occasions
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import FROZEN, Account
from models.outbox import OutboxJob
from models.storage.database import SHANGHAI, transaction
from models.subscriptions import Subscription
from subscription_templates import SubscriptionTopic
from tests.support.people.accounts import account_of
from tests.support.people.persons import person
from tests.support.people.registrations import wechat_session
from tests.support.people.sms_codes import PHONE, ask, refusal
from tests.support.service.rules import Rules

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
EVENING = datetime(2026, 11, 30, 20, 30, tzinfo=SHANGHAI)
FIRST = date(2026, 12, 1)


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    with clock.replaced(lambda: instant):
        yield


def subscribe(
    rules: Rules,
    topic: SubscriptionTopic,
    session: SessionInfo | None = None,
    segment: str | None = None,
) -> None:
    occasions.subscribe(
        rules.services,
        session=session or wechat_session("wang"),
        topic=topic,
        template_id=f"sandbox-{topic}",
        segment=segment,
    )


def refused(rules: Rules, topic: SubscriptionTopic, segment: str | None = None) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        subscribe(rules, topic, segment=segment)
    assert caught.value.reason is Reason.INVALID_INPUT
    (entry,) = caught.value.details["fields"]
    return entry["field"], entry["code"]


def work(rules: Rules) -> None:
    """Run the worker at this instant."""
    jobs.plan_periodic(clock.now())
    while jobs.work_once(rules.services, clock.now()):
        pass
    for table in (OutboxJob, Subscription):
        assert table.select().where(table.last_error != "").count() == 0


def told(rules: Rules, name: str = "wang") -> list[str]:
    messages = rules.sandbox.wechat_messages(f"o-{name}")
    return [message["text"] for message in reversed(messages)]


# Number ranges ----------------------------------------------------------------------------------


@BOTH
def test_opened_range_is_notified_at_once_and_once(rules: Rules) -> None:
    with at(EVENING + timedelta(hours=5)):
        subscribe(rules, "number_range_supported", segment="199")
        subscribe(rules, "number_range_supported", segment="1990")
        subscribe(rules, "number_range_supported", wechat_session("li"))
        work(rules)
        assert told(rules) == told(rules, "li") == []
        number_ranges.set_range("199", FIRST, actor="command")
        number_ranges.set_range("166", None, actor="command")
        work(rules)
    assert told(rules) == told(rules, "li")
    (text,) = told(rules)
    assert text == "199号段手机号 · 已支持 · 2026年12月1日 01:30 · 现在可以用它注册和收验证码了。"
    assert Subscription.select().where(Subscription.happened_at.is_null()).count() == 0


@BOTH
def test_scheduled_range_is_notified_in_the_morning_of_its_day(rules: Rules) -> None:
    with at(EVENING):
        number_ranges.set_range("199", FIRST, actor="command")
        subscribe(rules, "number_range_supported", segment="199")
        work(rules)
    for hours in (3.6, 8, 11):
        with at(EVENING + timedelta(hours=hours)):
            work(rules)
            assert told(rules) == []
    for hours in (11.6, 12, 30):
        with at(EVENING + timedelta(hours=hours)):
            work(rules)
            assert len(told(rules)) == 1


def test_subscription_is_for_the_range_of_the_last_refusal(rules: Rules) -> None:
    number_ranges.set_range("166", None, actor="command")
    number_ranges.set_range("1701", None, actor="command")
    for phone in ("17012345678", "16612345678"):
        session = wechat_session("wang")
        refusals.note(session, refusal(rules.services, phone, session=session), phone)
    subscribe(rules, "number_range_supported")
    subscribe(rules, "number_range_supported", wechat_session("li"))
    assert {row.openid: row.subject for row in Subscription.select()} == {
        "o-wang": "166",
        # Nothing was refused to him: the first one on the list.
        "o-li": "166",
    }


def test_subscription_without_an_occasion_is_refused(rules: Rules) -> None:
    nothing = ("topic", "nothing_to_wait_for")
    assert refused(rules, "number_range_supported", "138") == nothing
    assert refused(rules, "number_range_supported", "299") == ("segment", "wrong_form")
    assert refused(rules, "number_range_supported", "13800138000") == ("segment", "wrong_form")
    assert refused(rules, "sms_window_over") == nothing
    number_ranges.remove("199", actor="command")
    assert refused(rules, "number_range_supported") == nothing
    assert Subscription.select().count() == 0


# The limit of codes -----------------------------------------------------------------------------


@BOTH
def test_end_of_a_full_window_is_notified_unless_full_again(rules: Rules) -> None:
    session = wechat_session("wang")

    def be_refused() -> None:
        refusals.note(session, refusal(rules.services, session=session), PHONE)

    for minutes in (0, 2, 4):
        with at(EVENING + timedelta(minutes=minutes)):
            ask(rules.services, session=session)
    with at(EVENING + timedelta(minutes=5)):
        be_refused()
        subscribe(rules, "sms_window_over")
        subscribe(rules, "sms_window_over")
    with at(EVENING + timedelta(minutes=59)):
        work(rules)
    with at(EVENING + timedelta(minutes=60)):
        ask(rules.services, session=session)
        be_refused()
    with at(EVENING + timedelta(minutes=61)):
        work(rules)
        assert told(rules) == []
    with at(EVENING + timedelta(minutes=63)):
        work(rules)
        (text,) = told(rules)
        assert text.startswith("短信验证码 · 可获取")


# The authorisation ------------------------------------------------------------------------------


@BOTH
def test_end_of_an_authorisation_is_notified_the_day_before(rules: Rules) -> None:
    account = account_of(
        person(number=1), level=4, authorization_enabled=True, authorization_until=FIRST
    )
    with transaction():
        accounts.bind_wechat(account, "o-wang")
    subscribe(rules, "authorisation_ending")
    subscribe(rules, "authorisation_ending")
    subscribe(rules, "authorisation_ending", wechat_session("li"))
    for begin, number in ((-24, 0), (-10, 1), (0, 1), (14, 1)):
        with at(EVENING + timedelta(hours=begin)):
            work(rules)
            assert len(told(rules)) == number
    assert told(rules) == [
        "是否办理工商登记注册 · 将到期 · 2026年12月1日 23:59 · 12月1日当天仍有效，需要可延长。"
    ]
    assert told(rules, "li") == []


@pytest.mark.parametrize("changes", [{"authorization_enabled": False}, {"status": FROZEN}])
def test_ineffective_authorisation_is_not_notified(
    rules: Rules, changes: dict[str, object]
) -> None:
    account = account_of(
        person(number=1), level=4, authorization_enabled=True, authorization_until=FIRST
    )
    subscribe(rules, "authorisation_ending", SessionInfo(b"s" * 32, "o-wang", account.id))
    Account.update(**changes).where(Account.id == account.id).execute()
    with at(EVENING):
        work(rules)
    assert told(rules) == []
