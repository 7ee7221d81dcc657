"""How the bot takes a message after what it has just asked or advised."""

import pytest

from faq.publishing import Published
from tests.support.bot import Bot

SMS_ASKED, STEP_ASKED = "收不到验证码怎么办", "核验数据缺失"
SMS, STEP = "sms_not_received", "verify_data_missing"


@pytest.mark.parametrize(
    ("asked", "reply", "slug"),
    [
        (SMS_ASKED, "是的", "segment_199"),
        (SMS_ASKED, "199的", "segment_199"),
        (SMS_ASKED, "不是", SMS),
        (STEP_ASKED, "刷脸的时候", "face_check_errors"),
    ],
)
def test_a_reply_decides(bot: Bot, asked: str, reply: str, slug: str) -> None:
    talk = bot.talk()
    talk.say(asked)
    assert talk.say(reply).slug == slug


@pytest.mark.parametrize("asked", [SMS_ASKED, STEP_ASKED])
@pytest.mark.parametrize("text", ["没用", "不行", "没反应", "不好使", "还是不行"])
def test_what_did_not_help_is_no_reply(
    bot: Bot, published: Published, asked: str, text: str
) -> None:
    talk = bot.talk()
    slug = talk.say(asked).slug
    said = talk.say(text)
    assert slug is not None
    assert (said.slug, said.steps) == (slug, [published.content.by_slug[slug].plain_steps[1]])


@pytest.mark.parametrize("text", ["可以了", "行了", "没事了，谢谢", "好了，谢谢"])
def test_thanks_are_no_reply(bot: Bot, text: str) -> None:
    talk = bot.talk()
    talk.say(SMS_ASKED)
    said = talk.say(text)
    assert (said.kind, said.case) == ("smalltalk", None)


@pytest.mark.parametrize(
    ("asked", "text", "slug"),
    [
        (SMS_ASKED, "没有智能手机怎么办", "no_smartphone_other_phone"),
        (SMS_ASKED, "无法刷脸怎么办", "face_check_errors"),
        (STEP_ASKED, "收不到注册验证码", SMS),
        (STEP_ASKED, "身份证被别人注册了怎么办", "identity_taken"),
        (STEP_ASKED, "怎么变更注册地址", "change_registration"),
    ],
)
def test_another_subject_is_no_reply(bot: Bot, asked: str, text: str, slug: str) -> None:
    talk = bot.talk()
    talk.say(asked)
    assert talk.say(text).slug == slug


def test_a_question_waits_for_one_message(bot: Bot) -> None:
    for between in ("谢谢", "你好", "今天天气怎么样", "还是不行"):
        talk = bot.talk()
        assert "请问手机号是" in talk.say(SMS_ASKED).answer
        talk.say(between)
        assert talk.say("是的").slug != "segment_199"


def test_none_of_what_was_asked_leaves_the_matter_open(bot: Bot) -> None:
    talk = bot.talk()
    talk.say(STEP_ASKED)
    said = talk.say("都不是")
    assert (said.kind, said.slug) == ("smalltalk", None)
    assert "人工" in said.answer
    assert talk.say("还是不行").slug == STEP
