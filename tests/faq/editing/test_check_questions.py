"""Questions of a check: their labels are those in force, whatever the draft says."""

import json
from typing import Any

import pytest

from faq.content.entries import Content
from faq.editing.check import check_questions
from faq.editing.check.check_questions import EXAMPLES, Question, chosen, questions_of
from faq.editing.check.checking import _needs_reason
from faq.editing.question_sets import Labelled, turns_of


def changed(small: Content, slug: str, **fields: Any) -> Content:
    """Return the content with other fields of one entry."""
    whole = json.loads(small.as_json())
    for entry in whole["entries"]:
        if entry["slug"] == slug:
            entry.update(fields)
    return Content.model_validate(whole)


def asked(draft: Content, small: Content, *sets: tuple[str, Labelled]) -> dict[str, Question]:
    return {one.text: one for one in questions_of(draft, sets, small)}


def stolen(small: Content) -> Content:
    """Give the examples of one entry to the other."""
    own = small.by_slug["lost_card"].questions
    draft = changed(small, "late_return", questions=[*small.by_slug["late_return"].questions, *own])
    return changed(draft, "lost_card", questions=["挂失手续"])


def test_stolen_example_keeps_the_label_in_force_and_wants_a_reason(small: Content) -> None:
    draft = stolen(small)
    found = asked(draft, small)
    for text in small.by_slug["lost_card"].questions:
        assert found[text].expected == {"lost_card"}
        assert found[text].moved
        assert _needs_reason(found[text], 0, draft)
    assert found["挂失手续"].expected == {"lost_card"}
    assert not found["还书逾期怎么办"].moved


def test_stolen_example_in_other_characters_keeps_the_label_in_force(small: Content) -> None:
    more = [*small.by_slug["late_return"].questions, "借書證丟了怎麼辦？"]
    found = asked(changed(small, "late_return", questions=more), small)
    assert found["借書證丟了怎麼辦？"].expected == {"lost_card"}
    assert found["借書證丟了怎麼辦？"].moved


def test_removed_example_is_asked_with_its_label(small: Content) -> None:
    found = asked(changed(small, "lost_card", questions=["挂失手续"]), small)
    assert found["补办借书证"].expected == {"lost_card"}
    assert not found["补办借书证"].is_example
    assert not found["补办借书证"].moved


def test_example_made_a_near_miss_keeps_its_label(small: Content) -> None:
    draft = changed(small, "lost_card", questions=["补办借书证"], negatives=["借书卡找不到了"])
    one = asked(draft, small)["借书卡找不到了"]
    assert (one.expected, one.excluded) == ({"lost_card"}, None)


def test_near_miss_made_an_example_stays_a_near_miss(small: Content) -> None:
    in_force = changed(small, "lost_card", negatives=["图书馆卡片设计"])
    own = in_force.by_slug["lost_card"].questions
    draft = changed(small, "lost_card", questions=[*own, "图书馆卡片设计"])
    [near] = [
        one
        for one in questions_of(draft, [], in_force)
        if one.text == "图书馆卡片设计" and one.excluded
    ]
    assert near.excluded == "lost_card"
    assert near.moved


@pytest.mark.parametrize(
    ("question", "times", "needed"),
    [
        (Question("书晚了", frozenset({"late_return"}), EXAMPLES, True), 0, False),
        (Question("书晚了", frozenset({"late_return"}), EXAMPLES, True), 1, True),
        (Question("书晚了", frozenset({"late_return"}), "抽查", False), 0, True),
        (Question("书晚了", frozenset({"gone"}), EXAMPLES, False), 0, True),
    ],
)
def test_only_unasked_wordings_need_no_reason(
    small: Content, question: Question, times: int, needed: bool
) -> None:
    assert _needs_reason(question, times, small) is needed


def test_question_of_a_set_has_its_own_label_and_its_turns(small: Content) -> None:
    said = "卡没了 → 要带什么"
    found = asked(small, small, ("对话", Labelled(said, ("lost_card.documents",))))
    assert found[said].expected == {"lost_card.documents"}
    assert found[said].turns == ("卡没了", "要带什么")
    assert turns_of("书晚了") == ("书晚了",)


def test_questions_of_sets_and_moved_examples_are_always_asked(
    small: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_questions, "MOST_EXAMPLES", 4)
    known = questions_of(stolen(small), [("抽查", Labelled("查档案", ("0",)))], small)
    kept = chosen(known, frozenset())
    assert len(kept) == 5
    assert {one.text for one in known if one.moved or one.is_from_set} <= {o.text for o in kept}
    assert kept == chosen(known, frozenset())
