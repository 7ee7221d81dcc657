"""Messages of several subjects, and subjects after a courtesy."""

import pytest

from faq.content import shipped
from faq.language.grammar import in_list
from tests.support.faq.bot import Bot

REPLIES = shipped.part("replies")


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ("1、刷脸不过 2、密码不对", ["刷脸不过", "密码不对"]),
        ("两件事：一、收不到码 二、名字带点", ["收不到码", "名字带点"]),
        ("①刷脸不过②密码不对", ["刷脸不过", "密码不对"]),
        ("第一要激活第二号码换了", ["要激活", "号码换了"]),
        # Times and steps are counted, too, and one subject is no list.
        ("第一次收不到，第二次说太多", []),
        ("第一步填身份证，第二步收不到验证码", []),
        ("操作步骤：1.打开小程序 2.点注册", []),
        ("1.怎么激活", []),
        ("2.怎么激活 3.刷脸不过", []),
        ("13:1.5倍，2:30办的", []),
        ("", []),
    ],
)
def test_only_numbered_subjects_are_a_list(message: str, parts: list[str]) -> None:
    assert in_list(message) == parts


def test_list_of_several_subjects_asks_which_comes_first(bot: Bot) -> None:
    talk = bot.talk()
    said = talk.say("1、登录提示用户不存在 2、名字里的点打不出来")
    assert (said.kind, said.answer) == ("clarify", REPLIES["one_at_a_time"])
    assert talk.say("1").slug == "user_not_found"
    assert talk.say("名字里的点打不出来").slug == "name_symbol"


def test_list_of_one_subject_is_answered(bot: Bot) -> None:
    said = bot.ask("1、刷脸人脸比对不一致 2、刷脸一直失败")
    assert (said.kind, said.slug) == ("answer", "face_check_errors")


def test_subject_after_thanks_is_matched(bot: Bot) -> None:
    talk = bot.talk()
    talk.say("刷脸人脸比对不一致")
    assert talk.say("多谢，好了，那激活咋搞").slug == "activation_flow"
    # Who only thanks is not taken back to anything.
    assert talk.say("可以了，谢谢").kind == "smalltalk"
