import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faq.content.entries import Action, Content
from faq.conversation.answering import Answer
from faq.conversation.conversations import CONVERSATION_ID
from faq.conversation.help import find_help
from faq.release.publishing import Published, publish
from handlers.jobs.chat_texts import of_answer
from miniprogram_api import clock
from miniprogram_api.operations import outages
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.reasons import Reason, Refused
from tests.support.faq.bot import Bot

CONTRACT = [
    "conversation_id",
    "message_id",
    "kind",
    "case",
    "slug",
    "title",
    "answer",
    "steps",
    "confidence",
    "diagnosis",
    "actions",
    "related",
    "options",
    "version",
]
SHOWN_BESIDE = ["answer_html", "steps_html", "images", "image_texts", "point"]


def test_an_answer_has_the_fields_of_the_contract() -> None:
    assert list(Answer._fields) == [*CONTRACT, *SHOWN_BESIDE]


def test_answer_has_the_entrys_steps_actions_and_links(bot: Bot, published: Published) -> None:
    said = bot.ask("姓名中间的点怎么打出来")
    entry = published.content.by_slug["name_symbol"]
    assert said.kind == "answer"
    assert (said.case, said.slug, said.title) == (13, entry.slug, entry.title)
    assert (said.answer, said.steps) == (entry.answer, list(entry.steps))
    assert {"type": "copy", "label": "复制“·”", "copy": "·"} in said.actions
    assert [related["slug"] for related in said.related] == list(entry.related)
    assert all(related["title"] for related in said.related)
    assert (said.options, said.diagnosis, said.version) == ([], [], 1)


def test_actions_that_would_be_refused_are_not_offered(bot: Bot, published: Published) -> None:
    question = "收不到验证码怎么办"
    labels = [action["label"] for action in bot.ask(question).actions]
    assert "重新获取验证码" in labels
    outages.switch_off("sms", "短信通道维护中，预计下午恢复。", None, actor="test")
    talk = bot.talk()
    offered = [action["label"] for action in talk.say(question).actions]
    assert offered
    assert "重新获取验证码" not in offered
    # Nor with the next step.
    again = [action["label"] for action in talk.say("还是不行").actions]
    assert again
    assert "重新获取验证码" not in again


def test_opened_range_replaces_an_outdated_entry(bot: Bot, published: Published) -> None:
    talk, question = bot.talk(), "199号段能注册吗"
    before = talk.say(question)
    assert before.title is not None
    number_ranges.set_range("199", clock.today(), actor="test")
    said = talk.say(question)
    assert (said.case, said.title) == (2, None)
    assert said.answer == "可以直接注册、收验证码，不用换号。"
    assert list(said.steps_html) == said.steps != []
    assert not set(said.steps) & set(before.steps)
    assert [action["label"] for action in said.actions] == ["去注册"]
    # None of the entry's steps comes next either, but the one that took its place.
    assert talk.say("还是不行").steps == [said.steps[1]]
    assert talk.say("还是不行").steps == []


def test_unclear_question_is_clarified(bot: Bot, published: Published) -> None:
    said = bot.ask(bot.unclear())
    assert said.kind == "clarify"
    assert (said.case, said.slug, said.title, said.steps, said.actions) == (
        None,
        None,
        None,
        [],
        [],
    )
    assert said.answer == published.content.replies.clarify
    for option in said.options:
        entry = published.content.by_slug[option["slug"]]
        assert option == {
            "slug": entry.slug,
            "case": entry.case,
            "title": entry.title,
            "point": None,
        }


def test_out_of_scope_question_is_declined_with_a_ticket(bot: Bot, published: Published) -> None:
    said = bot.ask("推荐一部好看的电影")
    assert (said.kind, said.case, said.options) == ("fallback", None, [])
    assert said.answer == published.content.replies.unknown
    assert "ticket" in {action["type"] for action in said.actions}
    assert len(said.related) == 3


def test_other_service_is_named_as_listed(bot: Bot, published: Published) -> None:
    said = bot.ask("支付寶<b>刷臉</b>失敗")
    assert said.kind == "fallback"
    assert "支付宝" in said.answer
    assert "<" not in said.answer


def test_unreadable_message_is_reported(bot: Bot, published: Published) -> None:
    said = bot.ask("。。。")
    assert (said.kind, said.answer) == ("fallback", published.content.replies.unreadable)
    assert (said.related, said.actions) == ([], [])


def test_courtesy_has_a_short_answer(bot: Bot, published: Published) -> None:
    said = bot.ask("你好")
    assert said.kind == "smalltalk"
    assert (said.case, said.slug, said.steps, said.related) == (None, None, [], [])
    assert len(said.answer) < 80


def test_conversation_id_continues_and_message_ids_are_unique(bot: Bot) -> None:
    first, second = bot.ask("你好"), bot.ask("你好")
    third = bot.ask("收不到短信", first.conversation_id)
    ids = {first.conversation_id, second.conversation_id, first.message_id, second.message_id}
    assert len(ids) == 4
    assert all(re.fullmatch(CONVERSATION_ID, identifier) for identifier in ids)
    assert third.conversation_id == first.conversation_id
    assert third.message_id != first.message_id


@pytest.mark.parametrize(
    "given_id", ["", "short", "a" * 22, "a" * 23, "a" * 21 + "\n", "<script>aaaaaaaaaaaaaa"]
)
def test_unknown_conversation_id_is_replaced(bot: Bot, given_id: str) -> None:
    with pytest.raises(Refused, match="NOT_FOUND"):
        bot.ask("你好", given_id)


def test_only_the_first_500_characters_are_read(bot: Bot, published: Published) -> None:
    long = bot.ask("收不到短信验证码。" + "，" * 491 + "公司注销" * 200)
    assert (long.kind, long.case) == ("answer", 1)


def test_answer_has_the_number_of_its_release(
    bot: Bot, published: Published, small: Content
) -> None:
    publish(small, after=1)
    said = bot.ask("补办借书证")
    assert (said.version, said.case, said.slug) == (2, 101, "lost_card")


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(max_size=600))
def test_answer_repeats_nothing_of_the_question(bot: Bot, published: Published, text: str) -> None:
    marked = f"<script>{text}</script>Zq7x"
    said = repr(bot.ask(marked))
    assert "<script" not in said
    assert "Zq7x" not in said


def test_every_answer_fits_one_chat_message(bot: Bot, published: Published) -> None:
    for entry in published.entries:
        assert len(bot.ask(entry.title).as_text().encode()) <= 2048


@given(st.lists(st.text("字a😀", min_size=1, max_size=200), min_size=1, max_size=9))
def test_long_answer_is_cut_between_lines(lines: list[str]) -> None:
    finding = {"code": "X", "message": lines[0], "severity": "info", "data": {}}
    said = Answer("c", "m", "answer", 1, "s", "t", lines[-1], lines, 1.0, [finding], [], [], [], 1)
    text = said.as_text()
    assert len(text.encode()) <= 2048
    whole = [lines[0], lines[-1], *(f"{number}. {line}" for number, line in enumerate(lines, 1))]
    shown = text.split("\n")
    assert shown == whole[: len(shown)]
    if len(shown) < len(whole):
        assert len("\n".join(whole[: len(shown) + 1]).encode()) > 2048


def test_answers_contain_no_markup(bot: Bot, published: Published) -> None:
    written = published.content.by_slug["name_symbol"].model_copy(
        update={
            "answer": "点是**“·”**，照身份证填：\n- 不省略\n- 不用句号",
            "steps": ("点`复制“·”`，再[返回填写](pages/register/index)。",),
        }
    )
    entries = tuple(written if e.slug == written.slug else e for e in published.content.entries)
    changed = published.content.model_copy(update={"entries": entries})
    publish(changed, after=published.number)
    said = bot.ask("姓名中间的点怎么打出来")
    assert said.answer == "点是“·”，照身份证填：\n· 不省略\n· 不用句号"
    assert said.steps == ["点复制“·”，再返回填写。"]
    assert said.answer_html == (
        "<p>点是<strong>“·”</strong>，照身份证填：</p><ul><li>不省略</li><li>不用句号</li></ul>"
    )
    assert said.steps_html == [
        '点<code>复制“·”</code>，再<a href="pages/register/index">返回填写</a>。'
    ]
    for told in (
        said.as_text(),
        of_answer(said, "wx0"),
        str(find_help(Refused(Reason.INVALID_INPUT, case=13))),
    ):
        assert "**" not in told
        assert "](" not in told
        assert "`" not in told


def test_at_most_five_buttons_without_duplicates(bot: Bot, shipped: Content) -> None:
    calls = [Action(type="call", label=f"电话{n}", call=f"1234{n}") for n in range(5)]
    replies = shipped.replies.model_copy(update={"actions": tuple(calls)})
    entry = shipped.by_slug["name_symbol"]
    twice = tuple(Action(type="retry", label=f"第{n}次", retry="sms_code") for n in range(3))
    entries = tuple(
        one.model_copy(update={"actions": twice}) if one is entry else one
        for one in shipped.entries
    )
    publish(shipped.model_copy(update={"replies": replies, "entries": entries}), after=1)
    assert len(bot.ask("不想活了").actions) == 5
    said = bot.ask("姓名中间的点怎么打出来")
    assert said.slug == "name_symbol"
    assert [button["label"] for button in said.actions if button["type"] == "retry"] == ["第0次"]
