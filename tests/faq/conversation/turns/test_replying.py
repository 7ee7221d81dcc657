"""Replies to the questions back."""

import pytest

from faq.conversation.conversations import Conversation, Memory, new_id
from faq.conversation.turns.deciding import respond
from faq.conversation.turns.turn import Turn
from faq.diagnosis.asker import ANONYMOUS
from faq.release.publishing import Published
from tests.support.faq.bot import Bot

RANGE, SMS, WRONG = "segment_199", "sms_not_received", "activation_wrong_phone"
OPEN = {"phone_prefix": SMS, "old_phone": "activation_flow"}
OPEN |= {"failed_step": "verify_data_missing", "sign_in_says": "user_not_found"}


@pytest.mark.parametrize(
    ("asked", "text", "slug"),
    [
        *(("phone_prefix", text, RANGE) for text in ("是", "是的", "199", "一九九", "199的")),
        *(("phone_prefix", text, RANGE) for text in ("19912345678", "不是138，是199")),
        *(("phone_prefix", text, SMS) for text in ("不是", "138", "不是199", "不是，是138的")),
        *(("failed_step", text, "face_check_errors") for text in ("刷脸时", "人脸那一步")),
        *(("failed_step", text, "verify_data_missing") for text in ("填信息", "前面那个")),
        ("failed_step", "填长期的时候", "long_term_id"),
        *(("sign_in_says", text, "user_not_found") for text in ("用户不存在", "不存在", "第一个")),
        *(("sign_in_says", text, "activation_flow") for text in ("让我激活", "3")),
        *(("old_phone", text, SMS) for text in ("能", "是的")),
        *(("old_phone", text, WRONG) for text in ("不能", "不能了")),
    ],
)
def test_reply_selects_its_entry(
    bot: Bot, published: Published, asked: str, text: str, slug: str
) -> None:
    memory = Memory(None, None, slug=OPEN[asked], step=1, question=asked)
    turn = Turn(
        bot.services, published, Conversation(new_id(), memory), ANONYMOUS, text, new_id(), ""
    )
    said = respond(turn)
    assert said.entry is not None
    assert said.entry.slug == slug


@pytest.mark.parametrize("text", ["好的，谢谢", "好的，那我先照你说的试试", "嗯，谢谢，再见"])
def test_courtesy_is_no_reply(bot: Bot, text: str) -> None:
    talk = bot.talk()
    assert "199开头吗" in talk.say("收不到验证码").answer
    said = talk.say(text)
    assert (said.kind, said.slug) == ("smalltalk", None)


def test_replies_to_a_question_are_offered(bot: Bot) -> None:
    talk = bot.talk()
    offered = talk.say("收不到验证码").options
    assert [(option["title"], option["slug"]) for option in offered] == [
        ("是", "segment_199"),
        ("不是", "sms_not_received"),
    ]
    assert talk.say(offered[0]["title"]).slug == "segment_199"
