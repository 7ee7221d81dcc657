"""Messages about the open subject."""

import pytest

from faq.content import shipped
from faq.release.publishing import Published
from miniprogram_api.reasons import Reason
from tests.support.faq.bot import Bot
from tests.support.faq.diagnosis import asker_of, noted
from tests.support.people.accounts import account_of, account_session
from tests.support.people.persons import person
from tests.support.people.registration_calls import register
from tests.support.people.registrations import form, sent_code, wechat_session
from tests.support.service.rules import Rules

REPLIES = shipped.part("replies")


@pytest.mark.parametrize("text", ["嗯", "对", "是的", "不是", "好吧", "算了"])
def test_acknowledgement_keeps_the_subject_open(bot: Bot, text: str) -> None:
    talk = bot.talk()
    talk.say("刷脸人脸比对不一致")
    said = talk.say(text)
    assert said.kind == "smalltalk"
    assert "回复“人工”" in said.answer
    # The subject stays open.
    assert talk.say("还是不行").slug == "face_check_errors"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "我试试看",
            "我去试一下",
            "我再试试",
            "好的，那我先照你说的试试",
            "待会再弄",
            "明天再说吧",
        ),
        *("算了不弄了", "不办了", "懒得弄", "放弃了"),
    ],
)
def test_trying_it_or_giving_up_gets_no_new_advice(bot: Bot, text: str) -> None:
    talk = bot.talk()
    talk.say("刷脸人脸比对不一致")
    said = talk.say(text)
    assert (said.kind, said.slug) == ("smalltalk", None)
    assert "回复“人工”" in said.answer
    # The subject stays open.
    assert talk.say("试了还是不行").slug == "face_check_errors"


@pytest.mark.parametrize(
    "text", ["可以再试一次吗", "再试一下还是不行", "怎么再试", "不办了怎么注销"]
)
def test_question_or_complaint_is_not_postponement(bot: Bot, text: str) -> None:
    talk = bot.talk()
    talk.say("刷脸人脸比对不一致")
    assert talk.say(text).answer != REPLIES["stay"]


@pytest.mark.parametrize("text", ["一直这样", "照做了没变化", "谢谢，还是不行", "我试试，还是不行"])
def test_completed_step_gives_the_next_step(bot: Bot, text: str) -> None:
    talk = bot.talk()
    slug = talk.say("激活怎么弄").slug
    assert talk.say(text).slug == slug


@pytest.mark.parametrize("text", ["还能试几次", "还剩几次机会", "还要等多久", "什么时候可以"])
def test_questions_for_tries_and_time_refer_to_the_open_subject(bot: Bot, text: str) -> None:
    for asked in ("密码错误怎么办", "刷脸人脸比对不一致", "我的申请怎么样了"):
        talk = bot.talk()
        slug = talk.say(asked).slug
        assert slug is not None
        assert talk.say(text).slug == slug


def test_abandoned_subject_is_not_resumed(rules: Rules, bot: Bot, published: Published) -> None:
    session = wechat_session()
    mismatch = person("王不符", number=4712)
    sent_code(mismatch.phone)
    refused = noted(session, lambda: register(rules, form(mismatch), session))
    assert refused.reason is Reason.FOUR_ELEMENTS_MISMATCH
    talk = bot.talk(asker_of(session))
    assert talk.say("提示核验数据缺失").case == 4
    assert talk.say("试了好多次都不过，能人工核验吗").case == 10
    said = talk.say("还是不行")
    assert (said.case, said.steps) == (10, [published.content.by_case[10].plain_steps[1]])


def test_record_that_selects_the_open_subject_again_goes_on(
    rules: Rules, bot: Bot, published: Published
) -> None:
    session = wechat_session()
    mismatch = person("王不符", number=4713)
    sent_code(mismatch.phone)
    noted(session, lambda: register(rules, form(mismatch), session))
    talk = bot.talk(asker_of(session))
    steps = published.content.by_case[4].plain_steps
    assert talk.say("注册不了").steps == list(steps)
    assert talk.say("还是不行").steps == [steps[1]]
    # The wording means another entry, or none; the record selects this one.
    assert talk.say("注册不了").steps == [steps[2]]


def test_own_way_is_told_by_the_state_again(bot: Bot, published: Published) -> None:
    session = account_session(account_of(person(number=4714), level=4))
    talk = bot.talk(asker_of(session))
    told = published.content.by_slug["face_check_errors"].variants["verified"].answer
    assert talk.say("刷脸不通过怎么办").answer == told
    for _ in range(2):
        assert talk.say("不想跑窗口").answer == told


def test_objection_is_answered_within_the_open_subject(bot: Bot, published: Published) -> None:
    objection, unknown = "房间很亮堂", published.content.replies.unknown
    assert bot.ask("光线很好").answer == unknown
    talk = bot.talk()
    talk.say("刷脸人脸比对不一致")
    said = talk.say(objection)
    # What it means is unsure, so other points are offered.
    assert (said.kind, said.slug) == ("answer", "face_check_errors")
    assert {option["slug"] for option in said.options} == {"face_check_errors"}
    assert talk.say("还是不行").slug == "face_check_errors"
