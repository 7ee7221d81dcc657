"""Figures of an evaluation."""

import csv
import io
from collections.abc import Sequence
from typing import cast

import pytest

from benchmarks import faq_quality
from faq.content.entries import Content
from faq.evaluation import measuring as evaluation
from faq.evaluation.measuring import Judgement
from faq.evaluation.question_files import LabelledQuestion
from faq.matching.match import Match
from faq.matching.matcher import Matcher


class Scripted:
    """Answer by a table, so that figures do not depend on a trained matcher."""

    def __init__(self, content: Content) -> None:
        lost, late = content.entries
        guide = lost.model_copy(update={"slug": "guide", "kind": "guide", "case": None})
        talk = content.smalltalk[0]
        self.matches = {
            "101": Match("answer", 0.9, entry=lost, nearest=(lost, guide, late)),
            "102": Match("answer", 0.8, entry=late, nearest=(late, lost, guide)),
            "guide": Match("answer", 0.7, entry=guide, nearest=(guide, late)),
            "ask": Match("clarify", 0.4, options=(late, lost), nearest=(late, lost)),
            "ask guide": Match("clarify", 0.3, options=(guide, lost), nearest=(guide, lost)),
            "refuse": Match("fallback", 0.6, nearest=(late,)),
            "unreadable": Match("fallback", 1.0, readable=False),
            "talk": Match("smalltalk", 0.95, topic=talk, nearest=(late, lost)),
        }

    def match_all_with_cases(
        self, questions: Sequence[str], most: int, _rerank: object = None
    ) -> list[tuple[Match, tuple[int, ...]]]:
        matches = [self.matches[question] for question in questions]
        return [
            (m, tuple(entry.case for entry in m.nearest if entry.case is not None)[:most])
            for m in matches
        ]


def judged(
    content: Content, *rows: tuple[str, set[int]] | tuple[str, set[int], str]
) -> list[Judgement]:
    questions = [LabelledQuestion(row[0], frozenset(row[1]), *row[2:]) for row in rows]
    return evaluation.judge(cast(Matcher, Scripted(content)), questions)


@pytest.mark.parametrize(
    ("question", "case", "nearest"),
    [
        ("101", 101, (101, 102)),
        ("guide", 0, (102,)),
        ("ask", 102, (102, 101)),
        ("ask guide", 0, (101,)),
        ("refuse", 0, (102,)),
        ("unreadable", 0, ()),
        ("talk", 0, (102, 101)),
    ],
)
def test_only_a_case_counts_as_a_case(
    small: Content, question: str, case: int, nearest: tuple[int, ...]
) -> None:
    (judgement,) = judged(small, (question, {0}))
    assert (judgement.case, judgement.nearest) == (case, nearest)


def test_every_question_of_a_case_has_one_outcome(small: Content) -> None:
    figures = evaluation.measure(
        judged(
            small,
            ("101", {101}),
            ("101", {101, 102}),
            ("102", {101}),
            ("guide", {101}),
            ("ask", {101}),
            ("ask", {103}),
            ("refuse", {102}),
            ("unreadable", {101}),
            ("talk", {101}),
            ("refuse", {0, 101}),
        )
    )
    assert (figures.ours, figures.others) == (10, 0)
    # 101, 101|102 and refuse|102 first; besides 101 by 102, by ask and by talk in the second place.
    assert (figures.first, figures.three) == (3, 6)
    assert (figures.right, figures.wrong) == (3, 2)
    assert (figures.clarified, figures.offered) == (2, 1)
    assert figures.declined == 3
    ended = figures.right + figures.wrong + figures.clarified + figures.declined
    assert ended == figures.ours


def test_false_answers_and_guide_answers_are_counted_separately(small: Content) -> None:
    figures = evaluation.measure(
        judged(
            small,
            ("101", {0}),
            ("guide", {0}, "windows|guide"),
            ("talk", {0}, "greeting"),
            ("refuse", {0}, "guide"),
            ("ask", {0}),
            ("unreadable", {0}),
        )
    )
    assert (figures.ours, figures.others) == (0, 6)
    assert (figures.false_answers, figures.asked_back) == (1, 1)
    assert (figures.pointed, figures.courtesy) == (1, 1)
    assert (figures.named, figures.named_right) == (3, 2)


def test_confusions_of_a_case_are_listed(small: Content) -> None:
    judgements = judged(
        small, ("101", {101}), ("102", {101}), ("guide", {101}), ("102", {102, 101})
    )
    cases = evaluation.measure(judgements).cases
    assert [(c.case, c.questions, c.first, c.mistaken_for) for c in cases] == [
        (101, 4, 2, ("guide", "late_return")),
        (102, 1, 1, ()),
    ]


def test_the_report_names_each_figure(small: Content) -> None:
    figures = evaluation.measure(
        judged(small, ("101", {101}), ("ask", {101}), ("102", {0}), ("guide", {0}, "guide"))
    )
    assert evaluation.report(figures).splitlines() == [
        "2 questions of a case",
        "  top-1 0.500  top-3 1.000",
        "  when it may refuse: right 0.500  wrong 0.000  fallback 0.000  clarified 0.500"
        " (right one among the options 1.000)",
        "2 questions out of scope",
        "  falsely answered with a case 0.500  clarified 0.000",
        "  answered with a guide or service 0.500  with a courtesy 0.000",
        "  right guide, service or courtesy 1.000",
        "case  questions  top-1  mistaken for",
        " 101          2  0.500  late_return",
    ]


def test_empty_evaluation_divides_by_nothing() -> None:
    assert "top-1 -" in evaluation.report(evaluation.measure([]))


def test_predictions_have_one_row_per_question(small: Content) -> None:
    file = io.StringIO(newline="")
    evaluation.write_predictions(
        judged(small, ("101", {101}), ("ask", {101}), ("refuse", {0}), ("unreadable", {0})), file
    )
    rows = list(csv.reader(io.StringIO(file.getvalue(), newline="")))
    assert rows == [
        ["question", "case", "top3", "kind", "confidence"],
        ["101", "101", "101|102", "answer", "0.9000"],
        ["ask", "102", "102|101", "clarify", "0.4000"],
        ["refuse", "0", "102", "fallback", "0.6000"],
        ["unreadable", "0", "", "fallback", "1.0000"],
    ]


def test_unknown_label_is_reported(small: Content) -> None:
    questions = [
        LabelledQuestion("一", frozenset({0, 101})),
        LabelledQuestion("二", frozenset({7})),
    ]
    assert evaluation.unknown_cases(small, questions) == [7]


@pytest.mark.parametrize("named", ["held_out", "blind"])
def test_shipped_content_reaches_its_accuracy_on_held_out_questions(
    shipped: Content, matcher: Matcher, named: str
) -> None:
    questions = faq_quality.questions_of(named)
    written = {q for entry in shipped.entries for q in entry.questions}
    assert not written & {question.text for question in questions if question.is_of_a_case}

    figures = evaluation.measure(evaluation.judge(matcher, questions))

    assert figures.ours >= 170
    assert figures.others >= 130
    assert figures.first / figures.ours >= 0.93
    assert figures.three / figures.ours >= 0.97
    assert figures.right / figures.ours >= 0.90
    assert figures.false_answers / figures.others <= 0.15
    assert figures.named_right / figures.named >= 0.65
