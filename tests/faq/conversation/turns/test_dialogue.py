"""Messages after a question back, a clarification or an advice."""

import json

import pytest

from faq.content import shipped
from faq.conversation.conversations import Conversation, Memory, new_id
from faq.conversation.turns.deciding import respond
from faq.conversation.turns.turn import Response, Turn
from faq.diagnosis.asker import Asker
from faq.release.publishing import Published
from models.accounts.activations import PHONE_PROVED, Activation
from models.desks.tickets import Ticket
from tests.support.faq.bot import UNCLEAR, Bot
from tests.support.faq.diagnosis import asker_of
from tests.support.people.accounts import account_of
from tests.support.people.persons import person
from tests.support.people.registrations import synced_account, wechat_session
from tests.support.people.sms_codes import activation

REPLIES = shipped.part("replies")

ZHANG = Asker("o-zhang", None)
SMS_ASKED, STEP_ASKED = "收不到验证码怎么办", "核验数据缺失"
SMS, STEP = "sms_not_received", "verify_data_missing"


@pytest.mark.parametrize(
    ("asked", "reply", "slug"),
    [
        (SMS_ASKED, "是的", "segment_199"),
        (SMS_ASKED, "199的", "segment_199"),
        (SMS_ASKED, "不是", SMS),
        (SMS_ASKED, "好像是吧", "segment_199"),
        (SMS_ASKED, "1️⃣9️⃣9️⃣", "segment_199"),
        (STEP_ASKED, "刷脸的时候", "face_check_errors"),
        (STEP_ASKED, "填资料的时候", STEP),
    ],
)
def test_reply_to_the_question_back_decides(bot: Bot, asked: str, reply: str, slug: str) -> None:
    talk = bot.talk()
    talk.say(asked)
    assert talk.say(reply).slug == slug


@pytest.mark.parametrize("text", ["不晓得", "不清楚诶", "记不清了", "唔知喎", "不晓得哪一步"])
def test_unknown_reply_keeps_the_subject_open(bot: Bot, text: str) -> None:
    talk = bot.talk()
    talk.say(SMS_ASKED)
    assert talk.say(text).answer == REPLIES["not_known_either"]
    # The subject stays open.
    assert talk.say("还是不行").slug == SMS


@pytest.mark.parametrize("asked", [SMS_ASKED, STEP_ASKED])
@pytest.mark.parametrize("text", ["没用", "不行", "没反应", "还是不行"])
def test_follow_up_is_no_reply(bot: Bot, published: Published, asked: str, text: str) -> None:
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


def test_question_back_expires_after_one_message(bot: Bot) -> None:
    for between in ("谢谢", "你好", "今天天气怎么样", "还是不行"):
        talk = bot.talk()
        assert "请问手机号是" in talk.say(SMS_ASKED).answer
        talk.say(between)
        assert talk.say("是的").slug != "segment_199"


def test_declining_every_reply_keeps_the_subject_open(bot: Bot) -> None:
    talk = bot.talk()
    talk.say(STEP_ASKED)
    said = talk.say("都不是")
    assert (said.kind, said.slug) == ("clarify", None)
    assert said.options
    assert talk.say("还是不行").slug == STEP


def test_declining_after_a_choice_offers_nothing_twice(bot: Bot) -> None:
    talk = bot.talk()
    offered = talk.say(bot.unclear()).options
    assert len(offered) > 1
    talk.say("1")
    said = talk.say("都不是")
    assert said.options != offered


def test_next_step_is_the_remaining_one(bot: Bot) -> None:
    session = wechat_session()
    activation(synced_account(person(number=31)).id, session)
    Activation.update(step=PHONE_PROVED).execute()
    talk = bot.talk(asker_of(session))
    said = talk.say("激活不了")
    assert (said.slug, len(said.steps)) == ("activation_flow", 2)
    assert talk.say("下一步").steps == ["设置账号的新密码并点“完成激活”，成功后直接进入系统。"]


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("身份证过期了怎么办", "expired_card"),
        ("我妈的身份证过期了能注册吗", "expired_card"),
        ("提示证件已过期", "expired_card"),
        ("身份证过期去哪里换", None),
    ],
)
def test_expired_card_and_other_phone_lead_to_their_entries(
    bot: Bot, text: str, slug: str | None
) -> None:
    assert bot.ask(text).slug == slug


@pytest.mark.parametrize(
    "text",
    [
        "按你说的做了，还是不行啊，怎么办呢急死我了",
        "照做了，没有用",
        "还是不行，你到底会不会",
    ],
)
def test_long_follow_ups_are_recognised(bot: Bot, published: Published, text: str) -> None:
    talk = bot.talk()
    talk.say("激活怎么弄")
    said = talk.say(text)
    steps = published.content.by_slug["activation_flow"].plain_steps
    assert (said.slug, said.steps) == ("activation_flow", [steps[1]])


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("还是不行，收不到验证码", SMS),
        ("不行，我要注销公司", "deregistration"),
        ("试了，提示核验数据缺失", STEP),
        ("没用，淘宝怎么退货", None),
    ],
)
def test_new_subject_beside_a_follow_up_is_answered(bot: Bot, text: str, slug: str | None) -> None:
    talk = bot.talk()
    talk.say("激活怎么弄")
    assert talk.say(text).slug == slug


def test_clarifying_question_keeps_the_subject_open(bot: Bot, published: Published) -> None:
    steps = published.content.by_slug["activation_flow"].plain_steps
    for after in ([], ["谢谢"], ["都不是"]):
        talk = bot.talk()
        talk.say("激活怎么弄")
        assert talk.say(bot.unclear()).kind == "clarify"
        for text in after:
            talk.say(text)
        said = talk.say("还是没解决")
        assert (said.slug, said.steps) == ("activation_flow", [steps[1]])
    # What is chosen takes its place.
    talk = bot.talk()
    talk.say("激活怎么弄")
    talk.say(bot.unclear())
    chosen = talk.say("2").slug
    assert talk.say("还是没解决").slug == chosen != "activation_flow"


@pytest.mark.parametrize("text", ["转人工啊气死我了", "机器人滚，要人工", "转接坐席"])
def test_call_for_staff_inside_a_message_opens_a_ticket(bot: Bot, text: str) -> None:
    talk = bot.talk(ZHANG)
    talk.say("激活怎么弄")
    said = talk.say(text)
    ticket = Ticket.get()
    assert f"编号{ticket.number}" in said.answer
    # Nothing said beside it is another subject.
    assert json.loads(ticket.facts)["entry"] == "activation_flow"
    visitor = bot.talk()
    assert "手机号" in visitor.say(text).answer
    assert "编号" in visitor.say("13800138000").answer


def test_ticket_names_the_subject_of_the_call(bot: Bot, published: Published) -> None:
    talk = bot.talk(ZHANG)
    talk.say("激活怎么弄")
    talk.say("转人工 收不到验证码")
    assert json.loads(Ticket.get().facts)["entry"] == SMS
    # Nothing of it was told yet.
    steps = published.content.by_slug[SMS].plain_steps
    assert talk.say("还是不行").steps == list(steps)
    # The same subject again: the steps go on from where they were.
    talk.say("转人工 收不到验证码")
    assert talk.say("还是不行").steps == [steps[1]]


def test_phone_in_the_call_is_the_contact(bot: Bot) -> None:
    said = bot.talk().say("激活不了，转人工，我电话 138 0013 8000")
    ticket = Ticket.get()
    assert f"编号{ticket.number}" in said.answer
    assert ticket.contact == "13800138000"
    assert "手机号" in bot.talk().say("转人工 12345678901").answer
    assert Ticket.select().count() == 1


def test_refusing_staff_opens_no_ticket(bot: Bot) -> None:
    talk = bot.talk(ZHANG)
    for text in ("不要转人工", "不用人工了"):
        said = talk.say(text)
        assert (said.kind, said.slug) == ("smalltalk", None)
        assert "好的" in said.answer
    assert talk.say("不要转人工，告诉我激活怎么弄").slug == "activation_flow"
    assert talk.say("不要转人工，还是不行").slug == "activation_flow"
    assert Ticket.select().count() == 0


@pytest.mark.parametrize(
    "text", ["人工核验在哪里办", "窗口人工核验要带什么", "有没有人工窗口", "客服电话是多少"]
)
def test_question_about_staff_opens_no_ticket(bot: Bot, text: str) -> None:
    said = bot.talk(ZHANG).say(text)
    assert said.kind in ("answer", "clarify")
    assert Ticket.select().count() == 0


def after(bot: Bot, published: Published, memory: Memory, text: str) -> Response:
    """Return the answer to ``text`` with this memory."""
    conversation = Conversation(new_id(), memory)
    return respond(Turn(bot.services, published, conversation, ZHANG, text, new_id(), ""))


@pytest.mark.parametrize("text", ["是的", "对", "嗯", "1"])
def test_the_only_option_is_confirmed(bot: Bot, published: Published, text: str) -> None:
    memory = Memory("o-zhang", None, options=("user_not_found",), clarified=new_id())
    said = after(bot, published, memory, text)
    assert said.entry is published.content.by_slug["user_not_found"]
    assert said.choice is not None
    assert (said.choice.message_id, said.choice.slug) == (memory.clarified, "user_not_found")


def test_the_only_option_is_declined(bot: Bot, published: Published) -> None:
    memory = Memory("o-zhang", None, slug="activation_flow", step=1, options=("user_not_found",))
    said = after(bot, published, memory, "不是")
    assert (said.kind, said.memory.options) == ("smalltalk", ())
    assert said.memory.slug == "activation_flow"


def test_open_subject_among_the_options_goes_on(bot: Bot, published: Published) -> None:
    options = ("user_not_found", "password_still_wrong")
    memory = Memory("o-zhang", None, slug=options[1], step=1, options=options)
    said = after(bot, published, memory, "密码错误怎么办")
    assert said.entry is published.content.by_slug[options[1]]
    assert said.steps == (said.entry.plain_steps[1],)


def test_yes_to_several_options_is_clarified_again(bot: Bot) -> None:
    talk = bot.talk()
    asked = talk.say(bot.unclear())
    again = talk.say("是的")
    assert (again.kind, again.options) == ("clarify", asked.options)
    assert talk.say("2").slug == asked.options[1]["slug"]


@pytest.mark.parametrize("between", [[], ["还是不行"], ["谢谢"]])
def test_choice_can_be_corrected(bot: Bot, between: list[str]) -> None:
    talk = bot.talk()
    asked = talk.say(bot.unclear())
    slugs = [option["slug"] for option in asked.options]
    assert talk.say("1").slug == slugs[0]
    for text in between:
        talk.say(text)
    assert talk.say("不对，第二个").slug == slugs[1]
    assert bot.kept(asked.message_id).chosen == slugs[1]
    # And again.
    assert talk.say("选错了，第一个").slug == slugs[0]
    assert bot.kept(asked.message_id).chosen == slugs[0]


def test_wrong_choice_shows_the_options_again(bot: Bot) -> None:
    talk = bot.talk()
    asked = talk.say(bot.unclear())
    for text in ("选错了", "不对，第五个"):
        talk.say("1")
        again = talk.say(text)
        assert (again.kind, again.options) == ("clarify", asked.options)
    assert talk.say("2").slug == asked.options[1]["slug"]


def test_another_subject_ends_the_correction(bot: Bot) -> None:
    talk = bot.talk()
    talk.say(bot.unclear())
    talk.say("1")
    assert talk.say("姓名中间的点怎么打出来").slug == "name_symbol"
    assert talk.say("不对，第二个").kind != "answer"


def test_known_out_of_scope_question_skips_the_inbox(bot: Bot) -> None:
    said = bot.ask("今天天气怎么样")
    assert said.kind == "fallback"
    assert said.answer.startswith("这件事看来不归登记注册身份验证办理")
    assert said.actions
    assert bot.kept(said.message_id).concern is None


@pytest.mark.parametrize("reply", ["是的", "对", "不是"])
def test_yes_to_an_either_or_question_is_asked_again(bot: Bot, reply: str) -> None:
    talk = bot.talk()
    talk.say(STEP_ASKED)
    said = talk.say(reply)
    assert said.kind == "smalltalk"
    assert said.answer.endswith("请问是提交身份信息时没通过，还是刷脸时没通过？")
    assert talk.say("刷脸的时候").slug == "face_check_errors"


def test_third_party_subject_does_not_use_the_askers_record(bot: Bot) -> None:
    account = account_of(person())
    talk = bot.talk(Asker("o-zhang", account.id))
    own = talk.say("激活时手机号码不正确")
    assert own.diagnosis[0]["code"] == "already_active"
    for text in ("我妈激活时手机号码不正确", "是我妈，激活时手机号码不正确"):
        said = talk.say(text)
        assert (said.slug, said.diagnosis) == ("activation_wrong_phone", [])
    # It is still hers until he speaks of himself.
    said = talk.say("激活时网络连接失败")
    assert (said.slug, said.diagnosis) == ("activation_network_error", [])
    assert talk.say("那我呢，我激活时手机号码不正确").diagnosis[0]["code"] == "already_active"


def test_unclear_message_is_not_asked_back_twice(bot: Bot, published: Published) -> None:
    judged = 0
    for text in UNCLEAR:
        match = published.matcher.match(text)
        if match.kind != "clarify" or match.intents:
            continue
        judged += 1
        options = tuple(entry.slug for entry in match.nearest)
        memory = Memory("o-zhang", None, options=options, clarified=new_id())
        said = after(bot, published, memory, text)
        assert said.kind == "answer"
        assert said.entry in match.nearest
    assert judged
