"""Who was refused something a moment ago and says no more than that something is wrong."""

import pytest

from faq.publishing import Published
from faq.troubles import STILL_BEFORE_HIM
from miniprogram_api import clock
from miniprogram_api.reasons import Reason
from miniprogram_api.sessions import SessionInfo
from tests.support.accounts import Time
from tests.support.bot import Bot
from tests.support.diagnosing import asker_of, noted
from tests.support.people import person
from tests.support.registering import register
from tests.support.registrations import form, requested_code, sent_code, wechat_session
from tests.support.rules import Rules

MISMATCH = person("王不符", number=4711)
QUOTA = person("王秀英限次", number=47)
NOT_SUPPORTED = "19912345678"


def refused_phone(rules: Rules, session: SessionInfo) -> None:
    refused = noted(session, lambda: requested_code(rules, session, NOT_SUPPORTED), NOT_SUPPORTED)
    assert refused.reason is Reason.PHONE_SEGMENT_UNSUPPORTED


def refused_elements(rules: Rules, session: SessionInfo) -> None:
    sent_code(MISMATCH.phone)
    refused = noted(session, lambda: register(rules, form(MISMATCH), session))
    assert refused.reason is Reason.FOUR_ELEMENTS_MISMATCH


@pytest.mark.parametrize("text", ["怎么办", "报错了", "怎么回事", "不行啊", "没反应"])
def test_he_is_told_what_was_refused(rules: Rules, bot: Bot, text: str) -> None:
    session = wechat_session()
    refused_phone(rules, session)
    said = bot.ask(text, asker=asker_of(session))
    assert (said.case, said.diagnosis[0]["code"]) == (2, "phone_segment_unsupported")
    # The newest counts.
    refused_elements(rules, session)
    said = bot.ask(text, asker=asker_of(session))
    assert (said.case, said.diagnosis[0]["code"]) == (4, "four_elements_mismatch")


def test_what_was_refused_stands_first_where_it_is_not_clear_what_he_means(
    rules: Rules, bot: Bot, published: Published
) -> None:
    session, unclear = wechat_session(), "办照"
    stranger = bot.ask(unclear)
    assert (stranger.kind, len(stranger.options)) == ("clarify", 3)
    refused_elements(rules, session)
    said = bot.ask(unclear, asker=asker_of(session))
    assert (said.kind, said.options[0]["slug"]) == ("clarify", "verify_data_missing")
    others = [option["slug"] for option in stranger.options]
    assert [option["slug"] for option in said.options[1:]] == others[:2]
    # Where nothing is understood at all it is the first to be offered.
    unknown = "说我证件那个状态什么的"
    assert published.matcher.match(unknown).kind == "fallback"
    said = bot.ask(unknown, asker=asker_of(session))
    assert (said.kind, said.related[0]["slug"]) == ("fallback", "verify_data_missing")


def test_a_matter_that_is_open_is_not_told_again(rules: Rules, bot: Bot) -> None:
    session = wechat_session()
    refused_phone(rules, session)
    talk = bot.talk(asker_of(session))
    assert talk.say("怎么办").slug == "segment_199"
    assert talk.say("怎么办").kind == "smalltalk"
    refused_elements(rules, session)
    assert talk.say("怎么办").slug == "verify_data_missing"


def test_what_holds_him_up_no_more_is_not_told(rules: Rules, bot: Bot) -> None:
    session, phone = wechat_session(), MISMATCH.phone
    time = Time(clock.now())
    with time.running():
        requested_code(rules, session, phone)
        time.pass_by(seconds=1)
        refused = noted(session, lambda: requested_code(rules, session, phone), phone)
        assert refused.reason is Reason.SMS_RATE_LIMITED
        assert bot.ask("怎么办", asker=asker_of(session)).case == 5
        time.pass_by(minutes=15)
        assert bot.ask("怎么办", asker=asker_of(session)).kind == "smalltalk"


def test_what_was_refused_long_ago_is_not_told(rules: Rules, bot: Bot) -> None:
    session, time = wechat_session(), Time(clock.now())
    with time.running():
        refused_phone(rules, session)
        time.pass_by(seconds=STILL_BEFORE_HIM.total_seconds() + 1)
        assert bot.ask("怎么办", asker=asker_of(session)).kind == "smalltalk"


@pytest.mark.parametrize(
    "text", ["今天次数满了", "次数用完了怎么办", "提示次数已达上限", "说太频繁了", "核验次数满了"]
)
def test_which_limit_is_meant_is_known_from_what_was_refused(
    rules: Rules, bot: Bot, text: str
) -> None:
    session = wechat_session()
    sent_code(QUOTA.phone)
    refused = noted(session, lambda: register(rules, form(QUOTA), session))
    assert refused.reason is Reason.IDENTITY_DAILY_LIMIT
    # What else was refused meanwhile is no limit.
    refused_phone(rules, session)
    said = bot.ask(text, asker=asker_of(session))
    assert (said.case, said.diagnosis[0]["code"]) == (12, "identity_daily_limit")
    # Who says of what is heard.
    assert bot.ask("验证码次数用完了", asker=asker_of(session)).case == 5


def test_other_courtesies_and_other_people_are_not_told(rules: Rules, bot: Bot) -> None:
    session = wechat_session()
    refused_phone(rules, session)
    for text in ("谢谢", "你好"):
        assert bot.ask(text, asker=asker_of(session)).kind == "smalltalk"
    assert bot.ask("怎么办", asker=asker_of(wechat_session("li"))).kind == "smalltalk"
    assert bot.ask("怎么办").kind == "smalltalk"
