"""The next step of a user without a recent refusal."""

from typing import Any

import pytest

from miniprogram_api.access.sessions import SessionInfo
from tests.support.faq.bot import Bot
from tests.support.faq.diagnosis import asker_of
from tests.support.people.accounts import account_of, account_session
from tests.support.people.persons import person
from tests.support.people.registrations import synced_account, wechat_session
from tests.support.people.sms_codes import activation
from tests.support.service.rules import Rules

NEXT = ("然后呢", "下一步", "我该点哪里")


def heard(bot: Bot, session: SessionInfo, text: str) -> tuple[str | None, list[str]]:
    """Return entry and buttons of the answer."""
    said = bot.ask(text, asker=asker_of(session))
    return said.slug, [action["label"] for action in said.actions]


@pytest.mark.parametrize("text", NEXT)
@pytest.mark.parametrize(
    ("columns", "slug", "labels"),
    [
        ({}, "registration_guide", ["去刷脸", "改用网证", "查看窗口"]),
        ({"level": 4}, "authorization_setting", ["去设置"]),
        ({"status": "frozen"}, "account_frozen", ["查看窗口"]),
    ],
)
def test_next_step_is_the_one_missing_for_the_account(
    bot: Bot, text: str, columns: dict[str, Any], slug: str, labels: list[str]
) -> None:
    session = account_session(account_of(person(number=4721), **columns))
    assert heard(bot, session, text) == (slug, labels)
    assert heard(bot, session, "怎么办") == (slug, labels)


def test_open_activation_is_the_next_step(rules: Rules, bot: Bot) -> None:
    session = wechat_session()
    activation(synced_account(person(number=4722)).id, session)
    assert heard(bot, session, "然后呢") == ("activation_flow", ["去激活"])


@pytest.mark.parametrize("text", NEXT)
def test_visitor_has_no_next_step(bot: Bot, text: str) -> None:
    assert bot.ask(text).kind != "answer"
    assert bot.ask(text, asker=asker_of(wechat_session())).kind != "answer"
    session = account_session(account_of(person(number=4723)))
    assert bot.ask("我妈收不到验证码，然后呢", asker=asker_of(session)).diagnosis == []


def test_next_step_in_a_conversation_is_of_the_same_entry(bot: Bot) -> None:
    session = account_session(account_of(person(number=4724)))
    talk = bot.talk(asker_of(session))
    assert talk.say("收不到验证码").slug == "sms_not_received"
    assert talk.say("然后呢").slug == "sms_not_received"
    assert talk.say("我该点哪里").slug == "sms_not_received"
    assert talk.say("下一步做什么").slug in ("sms_not_received", None)
