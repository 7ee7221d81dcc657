"""Verdicts compare an answer with the question's label."""

import pytest

from faq.content.entries import Content
from faq.editing.check.checking import Question, Verdict, judge
from faq.matching.match import Match, certain_match

DECLINED = Match("fallback", 1.0)


@pytest.mark.parametrize(
    ("answered", "verdict"),
    [
        ("lost_card", Verdict.WRONG),
        ("late_return", Verdict.RIGHT),
        (None, Verdict.RIGHT),
    ],
)
def test_near_miss_is_wrong_only_when_its_own_entry_answers(
    small: Content, answered: str | None, verdict: Verdict
) -> None:
    near_miss = Question("图书馆卡片设计", frozenset({"lost_card"}), "示例", True, "lost_card")
    match = DECLINED if answered is None else certain_match(small.by_slug[answered])
    assert judge(near_miss, match) is verdict


@pytest.mark.parametrize(
    ("answered", "verdict"),
    [
        ("lost_card", Verdict.RIGHT),
        ("late_return", Verdict.WRONG),
        (None, Verdict.WRONG),
    ],
)
def test_example_is_right_only_when_its_entry_answers(
    small: Content, answered: str | None, verdict: Verdict
) -> None:
    example = Question("借书证丢了", frozenset({"lost_card"}), "示例", True)
    match = DECLINED if answered is None else certain_match(small.by_slug[answered])
    assert judge(example, match) is verdict


def test_clarifying_question_is_right_by_half_when_it_offers_the_entry(small: Content) -> None:
    asked_back = Match("clarify", 0.5, options=(small.by_slug["lost_card"],))
    for expected, verdict in (
        ("lost_card", Verdict.ASKED_BACK),
        ("late_return", Verdict.WRONG),
        # Nothing false was said about a matter of another service.
        ("0", Verdict.ASKED_BACK),
    ):
        question = Question("借书证", frozenset({expected}), "示例", True)
        assert judge(question, asked_back) is verdict
