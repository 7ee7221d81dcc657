"""Question sets: seeded once, edited and used by every check."""

import pytest

from config import Settings
from faq.content.entries import Content
from faq.editing import drafts, question_sets
from faq.editing.question_sets import OUT_OF_SCOPE, SHIPPED, SHIPPED_CONVERSATIONS, Labelled
from faq.release import publishing
from faq.release.publishing import Published
from miniprogram_api.reasons import Reason, Refused
from tests.support.service.rules import at_once

both = pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def ours(tables: Settings, small: Content) -> int:
    """Create an empty set for other content than the shipped one; return its id."""
    publishing.publish(small, after=None)
    return question_sets.create("读者的问题", editor="editor:1").id


@both
def test_shipped_questions_are_the_first_set(published: Published) -> None:
    results = at_once([question_sets.sets] * 4)
    conversations, shipped = question_sets.sets()
    assert all(result == [conversations, shipped] for result in results)
    assert (shipped.name, shipped.questions, shipped.archived) == (SHIPPED, 519, False)
    assert conversations.name == SHIPPED_CONVERSATIONS
    asked = {labelled.question: labelled.expected for _, labelled in question_sets.asked()}
    assert asked["收不到yzm咋整"] == ("sms_not_received",)
    assert sum(expected == (OUT_OF_SCOPE,) for expected in asked.values()) > 50


def test_other_content_gets_only_questions_with_known_answers(ours: int) -> None:
    shipped = question_sets.find(SHIPPED)
    assert shipped is not None
    answers = {row.labelled.expected for row in question_sets.questions(shipped.id, limit=1_000)}
    assert answers == {(OUT_OF_SCOPE,), ("greeting",)}


@both
def test_question_is_unique_in_a_set_with_its_last_answers(ours: int) -> None:
    first = Labelled("卡丢了", ("lost_card",))
    question_sets.put(ours, [first, Labelled("书晚了", ("late_return",))], editor="editor:1")
    second = Labelled("卡丢了", ("late_return", "lost_card"), "两个都行")
    question_sets.put(ours, [first, second], editor="editor:2")
    rows = question_sets.questions(ours)
    assert [row.labelled for row in rows] == [second, Labelled("书晚了", ("late_return",))]
    assert [row.editor for row in rows] == ["editor:2", "editor:1"]
    assert [r.labelled.question for r in question_sets.questions(ours, after=rows[0].id)] == [
        "书晚了"
    ]
    assert len(question_sets.questions(ours, containing="书")) == 1
    assert question_sets.remove(ours, ["卡丢了", "没有"], editor="editor:1") == 1
    assert question_sets.texts(ours) == ["书晚了"]
    assert ("读者的问题", Labelled("书晚了", ("late_return",))) in question_sets.asked()
    question_sets.archive(ours, True, editor="editor:1")
    assert {name for name, _ in question_sets.asked()} == {SHIPPED}


def test_all_invalid_questions_are_reported(ours: int) -> None:
    drafts.create("deposit", {"title": "押金"}, editor="editor:1")
    wrong = [
        Labelled("", ("lost_card",)),
        Labelled("长" * 501, ("lost_card",)),
        Labelled("没有答案", ()),
        Labelled("没有条目", ("nowhere",)),
        # An entry that is only in the draft may be expected already.
        Labelled("押金", ("deposit",)),
    ]
    with pytest.raises(Refused) as refused:
        question_sets.put(ours, wrong, editor="editor:1")
    assert [field["field"] for field in refused.value.details["fields"]] == [
        "questions.0",
        "questions.1",
        "questions.2",
        "questions.3",
    ]
    assert question_sets.texts(ours) == []


def test_set_names_are_unique(ours: int) -> None:
    for name, code in (("读者的问题", "taken"), (" ", "wrong_length"), ("长" * 51, "wrong_length")):
        with pytest.raises(Refused) as refused:
            question_sets.create(name, editor="editor:1")
        assert refused.value.details["fields"][0]["code"] == code
    with pytest.raises(Refused) as refused:
        question_sets.archive(99, True, editor="editor:1")
    assert refused.value.reason is Reason.NOT_FOUND
    with pytest.raises(Refused):
        question_sets.put(99, [], editor="editor:1")
