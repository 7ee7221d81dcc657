import re
from dataclasses import fields

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import config
from faq import answering
from faq.answering import CONVERSATION_ID, Answer
from faq.asker import ANONYMOUS
from faq.entries import Content
from faq.publishing import Published, publish
from miniprogram_api import clients
from miniprogram_api.services import Services

SETTINGS = config.load(profile="sandbox", redis_url="unix:///nowhere")
SERVICES = Services(SETTINGS, clients.build(SETTINGS))


def ask(question: str, conversation_id: str | None = None) -> Answer:
    return answering.ask(SERVICES, question, conversation_id, ANONYMOUS)


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


def test_an_answer_has_the_fields_of_the_contract() -> None:
    assert [field.name for field in fields(Answer)] == CONTRACT


def test_a_question_gets_the_entry_with_all_that_helps(published: Published) -> None:
    said = ask("姓名中间的点怎么打出来")
    entry = published.content.by_slug["name_symbol"]
    assert said.kind == "answer"
    assert (said.case, said.slug, said.title) == (13, entry.slug, entry.title)
    assert (said.answer, said.steps) == (entry.answer, list(entry.steps))
    assert {"type": "copy", "label": "复制“·”", "copy": "·"} in said.actions
    assert [related["slug"] for related in said.related] == list(entry.related)
    assert all(related["title"] for related in said.related)
    assert (said.options, said.diagnosis, said.version) == ([], [], 1)


def test_an_unclear_question_is_asked_back(published: Published) -> None:
    said = ask("注册不了")
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
        assert option == {"slug": entry.slug, "case": entry.case, "title": entry.title}


def test_what_is_not_ours_is_said_honestly_with_a_way_to_a_human(published: Published) -> None:
    said = ask("推荐一部好看的电影")
    assert (said.kind, said.case, said.options) == ("fallback", None, [])
    assert said.answer == published.content.replies.unknown
    assert "ticket" in {action["type"] for action in said.actions}
    assert len(said.related) == 3


def test_another_service_is_named_from_our_list(published: Published) -> None:
    said = ask("支付寶<b>刷臉</b>失敗")
    assert said.kind == "fallback"
    assert "支付宝" in said.answer
    assert "<" not in said.answer


def test_nothing_to_read_is_said_so(published: Published) -> None:
    said = ask("。。。")
    assert (said.kind, said.answer) == ("fallback", published.content.replies.unreadable)
    assert (said.related, said.actions) == ([], [])


def test_a_courtesy_is_short(published: Published) -> None:
    said = ask("你好")
    assert said.kind == "smalltalk"
    assert (said.case, said.slug, said.steps, said.related) == (None, None, [], [])
    assert len(said.answer) < 80


def test_a_conversation_goes_on_under_its_id_and_every_message_has_its_own(
    published: Published,
) -> None:
    first, second = ask("你好"), ask("你好")
    third = ask("收不到短信", first.conversation_id)
    ids = {first.conversation_id, second.conversation_id, first.message_id, second.message_id}
    assert len(ids) == 4
    assert all(re.fullmatch(CONVERSATION_ID, identifier) for identifier in ids)
    assert third.conversation_id == first.conversation_id
    assert third.message_id != first.message_id


@pytest.mark.parametrize(
    "given_id", ["", "short", "a" * 23, "a" * 21 + "\n", "<script>aaaaaaaaaaaaaa"]
)
def test_an_id_of_another_form_is_not_taken_over(published: Published, given_id: str) -> None:
    assert ask("你好", given_id).conversation_id != given_id


def test_only_the_first_five_hundred_characters_count(published: Published) -> None:
    long = ask("收不到短信验证码。" + "，" * 491 + "公司注销" * 200)
    assert (long.kind, long.case) == ("answer", 1)


def test_a_new_release_answers_under_its_number(published: Published, small: Content) -> None:
    publish(small, after=1)
    said = ask("补办借书证")
    assert (said.version, said.case, said.slug) == (2, 101, "lost_card")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=600))
def test_nothing_of_the_question_is_repeated(published: Published, text: str) -> None:
    marked = f"<script>{text}</script>Zq7x"
    said = repr(ask(marked))
    assert "<script" not in said
    assert "Zq7x" not in said
