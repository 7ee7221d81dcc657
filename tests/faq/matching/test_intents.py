"""Intents are found beside the subject of a message."""

import pytest

from faq.content.entries import Content
from faq.content.talk import Intent
from faq.evaluation import intents as measuring
from faq.matching.learnt.examples import PER_FRAME, sentences
from faq.matching.matcher import Matcher, compile_matcher

INTENTS = (
    Intent(act="still_fails", questions=("还是不行", "照做了没用", "试了没反应", "还是老样子")),
    Intent(act="how_long", questions=("要多久", "等多长时间", "什么时候能好", "得等几天")),
    Intent(act="people", questions=("转人工", "找真人", "我要人工客服", "{question}，转人工")),
    Intent(act="another_person", questions=("{person}{question}", "帮{person}办")),
)


@pytest.fixture
def content(small: Content) -> Content:
    return small.model_copy(update={"intents": INTENTS, "persons": ("我妈", "我爸")})


@pytest.fixture
def learnt(content: Content) -> Matcher:
    return compile_matcher(content, with_encoder=False)


@pytest.mark.parametrize(
    ("question", "intents"),
    [
        ("还是不行", {"still_fails"}),
        ("要多久", {"how_long"}),
        ("转人工", {"people"}),
        ("补办借书证，转人工", {"people"}),
        ("我妈补办借书证", {"another_person"}),
        ("补办借书证", set()),
        ("补办借书证，要等多长时间", {"how_long"}),
        ("今天天气怎么样", set()),
    ],
)
def test_intents_are_found(learnt: Matcher, question: str, intents: set[str]) -> None:
    assert {name for name, _ in learnt.match(question).intents} == intents


def test_flags_leave_the_subject(learnt: Matcher, content: Content) -> None:
    match = learnt.match("我妈补办借书证，转人工")
    assert match.entry == content.entries[0]
    assert {name for name, _ in match.intents} == {"people", "another_person"}
    assert match.intent is None


def test_act_of_a_clause_is_an_act_of_the_message(learnt: Matcher, content: Content) -> None:
    match = learnt.match("照做了没用，补办借书证")
    assert match.entry == content.entries[0]
    assert [name for name, _ in match.intents] == ["still_fails"]


def test_intents_of_a_batch_equal_single_ones(learnt: Matcher) -> None:
    asked = ["还是不行", "补办借书证，转人工", "我妈补办借书证", ""]
    assert learnt.match_all(asked) == [learnt.match(question) for question in asked]


def test_sentences_of_a_frame_are_stable(content: Content) -> None:
    frame = "{person}{question}"
    found = [*sentences(content, frame)]
    assert len(found) == PER_FRAME
    assert found == [*sentences(content, frame)]
    assert all(one.startswith(("我妈", "我爸")) for one in found)
    assert [*sentences(content, "转人工")] == ["转人工"]


def test_cross_validation_counts_every_example_once(content: Content) -> None:
    figures = measuring.cross_validate(content, lambda c: compile_matcher(c, with_encoder=False))
    assert [(a.intent, a.asked) for a in figures.intents] == [
        ("still_fails", 4),
        ("how_long", 4),
        ("people", 5),
        ("another_person", 4),
    ]
    assert figures.questions == sum(len(entry.questions) for entry in content.entries)
    assert figures.taken <= 1
    assert "taken for an intent" in measuring.report(figures)
