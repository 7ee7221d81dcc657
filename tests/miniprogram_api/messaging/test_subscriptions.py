"""Subscription messages: one message per accept, in WeChat's format."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import jobs
from miniprogram_api import clock
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.accounts import accounts
from miniprogram_api.delivery import dead_letters, subscription_messages
from miniprogram_api.messaging import subscriptions
from miniprogram_api.messaging.subscriptions import News
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import Account
from models.storage.database import SHANGHAI, transaction
from models.subscriptions import Subscription
from subscription_templates import SubscriptionTemplate, SubscriptionTopic
from tests.support.people.accounts import account_of
from tests.support.people.persons import person
from tests.support.people.registrations import wechat_session
from tests.support.service.rules import Rules, at_once

BOTH = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
NOON = datetime(2026, 12, 1, 12, 5, tzinfo=SHANGHAI)
NEWS = News("补正手机号", "已办结", "手机号已更正，请重新激活。", NOON)


def accept(
    rules: Rules, session: SessionInfo | None = None, topic: SubscriptionTopic = "ticket"
) -> int:
    session = session or wechat_session("wang")
    template_id = rules.services.settings.wechat_templates[topic].id
    return subscriptions.accept(
        rules.services, session=session, topic=topic, template_id=template_id
    ).waiting


def notify(cause: str = "ticket:7:resolved", **whom: Any) -> bool:
    with transaction():
        return subscriptions.notify("ticket", NEWS, cause=cause, **(whom or {"openid": "o-wang"}))


def work(rules: Rules, after: timedelta = timedelta()) -> None:
    while jobs.work_once(rules.services, clock.now() + after):
        pass


@BOTH
def test_one_accept_allows_one_message(rules: Rules) -> None:
    assert accept(rules) == 1
    assert notify()
    assert notify()
    assert not notify("ticket:8:resolved")
    work(rules)
    (message,) = rules.sandbox.wechat_messages("o-wang")
    assert message["body"]["page"] == "pages/tickets/index"
    assert {key: field["value"] for key, field in message["body"]["data"].items()} == {
        "thing1": "补正手机号",
        "phrase2": "已办结",
        "time3": "2026年12月1日 12:05",
        "thing4": "手机号已更正，请重新激活。",
    }


def test_accepts_add_up_to_a_limit(rules: Rules) -> None:
    assert [accept(rules) for _ in range(22)][-3:] == [20, 20, 20]
    assert accept(rules, topic="review") == 1
    assert accept(rules, wechat_session("li")) == 1
    offers = subscriptions.offers(rules.services, wechat_session("wang"))
    assert {offer.topic: offer.waiting for offer in offers} == {
        "number_range_supported": 0,
        "sms_window_over": 0,
        "ticket": 20,
        "review": 1,
        "authorisation_ending": 0,
        "matter": 0,
    }


def test_invalid_accepts_are_refused(rules: Rules) -> None:
    none = rules.with_settings(wechat_templates="{}")
    nobody = SessionInfo(b"t" * 32, None, 1)
    right = rules.services.settings.wechat_templates["ticket"].id
    for services, session, template_id, field, code in (
        (none, wechat_session(), right, "topic", "not_offered"),
        (rules.services, nobody, right, "topic", "wechat_required"),
        (rules.services, wechat_session(), "another", "template_id", "not_allowed"),
    ):
        with pytest.raises(Refused) as refused:
            subscriptions.accept(services, session=session, topic="ticket", template_id=template_id)
        assert refused.value.reason is Reason.INVALID_INPUT
        (entry,) = refused.value.details["fields"]
        assert (entry["field"], entry["code"]) == (field, code)


def test_no_message_without_an_accept(rules: Rules) -> None:
    assert not notify()
    assert Subscription.select().count() == 0


@BOTH
def test_accepts_of_account_and_wechat_user_are_shared(rules: Rules) -> None:
    account = account_of(person(number=1))
    with transaction():
        accounts.bind_wechat(account, "o-wang")
    accept(rules)
    assert notify(account_id=account.id)
    # A session of the account that is not bound, on another phone.
    accept(rules, SessionInfo(b"s" * 32, "o-li", account.id))
    assert notify("ticket:8:resolved", account_id=account.id)
    work(rules)
    assert {message["openid"] for message in rules.sandbox.wechat_messages()} == {"o-wang", "o-li"}


@BOTH
def test_simultaneous_events_use_one_accept(rules: Rules) -> None:
    for _ in range(6):
        accept(rules)
    assert at_once([notify] * 6) == [True] * 6
    assert Subscription.select().where(Subscription.happened_at.is_null()).count() == 5


@pytest.mark.parametrize("mode", ["busy", "reset", "error"])
def test_failed_message_is_retried(rules: Rules, mode: str) -> None:
    accept(rules)
    notify()
    rules.sandbox.fault("wechat", mode, 2, action="subscribe/send")
    work(rules)
    assert rules.sandbox.wechat_messages() == []
    work(rules, timedelta(hours=1))
    work(rules, timedelta(hours=2))
    assert len(rules.sandbox.wechat_messages()) == 1


def test_retries_are_limited(rules: Rules) -> None:
    accept(rules)
    notify()
    rules.sandbox.fault("wechat", "busy", 20, action="subscribe/send")
    began = clock.now()
    with clock.replaced(lambda: began + timedelta(hours=13)):
        work(rules)
    row = Subscription.get()
    assert (row.done_at, row.code) == (None, -1)
    assert row.failed_at is not None
    assert len(dead_letters.list_all()) == 1


def test_accept_used_up_at_wechat_is_ended(rules: Rules) -> None:
    accept(rules)
    notify()
    template_id = rules.services.settings.wechat_templates["ticket"].id
    rules.sandbox.subscribe("o-wang", template_id, 0)
    work(rules)
    row = Subscription.get()
    assert (row.done_at, row.code) == (None, subscription_messages.USED_UP)
    work(rules, timedelta(days=1))
    assert len(rules.sandbox.calls("subscribe/send")) == 1


LONG = {"ticket": {"id": "long-1", "kind": "long", "fields": {"thing1": "subject"}}}


@BOTH
def test_accept_of_a_long_term_template_allows_each_message(rules: Rules) -> None:
    services = rules.with_settings(wechat_templates=json.dumps(LONG))
    session = wechat_session("wang")
    for _ in range(2):
        accepted = subscriptions.accept(
            services, session=session, topic="ticket", template_id="long-1"
        )
        assert accepted.waiting == 1
    assert [offer.kind for offer in subscriptions.offers(services, session)] == ["long"]
    assert notify()
    assert notify("ticket:8:resolved")
    while jobs.work_once(services, clock.now()):
        pass
    assert len(rules.sandbox.wechat_messages("o-wang")) == 2
    # Switched off at WeChat: its answer ends the accept.
    rules.sandbox.subscribe("o-wang", "long-1", 0)
    assert notify("ticket:9:resolved")
    while jobs.work_once(services, clock.now()):
        pass
    assert not notify("ticket:10:resolved")
    assert len(rules.sandbox.wechat_messages("o-wang")) == 2


def test_replaced_template_sends_nothing(rules: Rules) -> None:
    accept(rules)
    notify()
    Subscription.update(template_id="the former one").execute()
    work(rules)
    assert rules.sandbox.calls("subscribe/send") == []
    row = Subscription.get()
    assert (row.failed_at is not None, row.code) == (True, subscription_messages.NO_TEMPLATE)


@BOTH
def test_unbinding_and_cancellation_end_subscriptions(rules: Rules) -> None:
    account = account_of(person(number=1))
    of_account = SessionInfo(b"s" * 32, "o-wang", account.id)
    with transaction():
        accounts.bind_wechat(account, "o-wang")
    accept(rules, of_account)
    accept(rules, SessionInfo(b"s" * 32, "o-li", account.id))
    with transaction():
        accounts.end_binding(Account.get_by_id(account.id), notify=False)
    assert [row.openid for row in Subscription.select()] == ["o-li"]
    with transaction():
        subscriptions.drop_of_account(account.id)
    assert Subscription.select().count() == 0


def test_switching_off_in_wechat_ends_the_subscription(rules: Rules) -> None:
    accept(rules)
    accept(rules, topic="review")
    accept(rules, wechat_session("li"))
    template_id = rules.services.settings.wechat_templates["ticket"].id
    assert subscriptions.revoke("o-wang", [template_id]) == 1
    assert Subscription.select().count() == 2


def test_old_subscriptions_are_deleted(rules: Rules) -> None:
    accept(rules)
    notify()
    accept(rules)
    began = clock.now()
    for days, left in ((89, 2), (91, 1), (364, 1), (366, 0)):
        with clock.replaced(lambda days=days: began + timedelta(days=days)):  # type: ignore[misc]
            subscriptions.remove_old()
            assert Subscription.select().count() == left


KINDS = ("thing", "phrase", "name", "character_string", "date", "time")


@given(
    subject=st.text(st.characters(), max_size=60),
    state=st.text(st.characters(), max_size=60),
    note=st.text(st.characters(), max_size=60),
)
def test_every_text_fits_the_template(subject: str, state: str, note: str) -> None:
    names = {"thing1": "subject", "thing2": "note", "phrase1": "state", "name1": "subject",
             "character_string1": "note", "date1": "at", "time1": "at"}  # fmt: skip
    template = SubscriptionTemplate.model_validate({"id": "t", "fields": names})
    values = subscription_messages.values(template, News(subject, state, note, NOON))
    assert set(values) == set(names)
    assert all(value.strip() for value in values.values())
    assert max(len(values["thing1"]), len(values["thing2"])) <= 20
    assert len(values["phrase1"]) <= 5
    assert len(values["name1"]) <= 10
    assert len(values["character_string1"]) <= 32
    assert (values["date1"], values["time1"]) == ("2026年12月1日", "2026年12月1日 12:05")
