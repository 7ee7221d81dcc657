"""Measure how well a matcher classifies questions with known cases.

Asks as an unknown user would: without a record or a conversation. Guides, services and courtesies
count as case 0.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TextIO

from faq.content.entries import Content
from faq.evaluation.question_files import OUT_OF_SCOPE, LabelledQuestion
from faq.matching.match import Match
from faq.matching.matcher import Matcher, Rerank

NEAREST = 3
PREDICTION_COLUMNS = ("question", "case", "top3", "kind", "confidence")


@dataclass(frozen=True)
class Judgement:
    """Pair a question with the matcher's result.

    `case`: of the answer, or of the first option when it asks back; else 0. `nearest`: the three
    likeliest cases, best first.
    """

    question: LabelledQuestion
    match: Match
    case: int
    nearest: tuple[int, ...]

    @property
    def is_right(self) -> bool:
        """Return whether the case is right."""
        return self.case in self.question.cases

    @property
    def found_at(self) -> int | None:
        """Return the index of the first right case among the nearest, or None."""
        places = (n for n, case in enumerate(self.nearest) if case in self.question.cases)
        return next(places, None)

    @property
    def offers_a_right_case(self) -> bool:
        """Return whether an option is right."""
        return any(option.case in self.question.cases for option in self.match.options)

    @property
    def points_to_its_entry(self) -> bool:
        """Return whether the right guide, service or courtesy was given."""
        match = self.match
        given = {match.entry and match.entry.slug, match.topic and match.topic.topic}
        return not given.isdisjoint((self.question.entry or "").split("|"))


def judge(
    matcher: Matcher, questions: Iterable[LabelledQuestion], rerank: Rerank | None = None
) -> list[Judgement]:
    """Ask the matcher every question; `rerank`: gives a question's ranking another order."""
    questions = list(questions)
    matches = matcher.match_all_with_cases(
        [question.text for question in questions], NEAREST, rerank
    )
    return [_judged(question, *pair) for question, pair in zip(questions, matches, strict=True)]


def _judged(question: LabelledQuestion, match: Match, nearest: tuple[int, ...]) -> Judgement:
    decided = match.entry or (match.options[0] if match.options else None)
    case = decided.case if decided else None
    return Judgement(question, match, case or OUT_OF_SCOPE, nearest)


def unknown_cases(content: Content, questions: Iterable[LabelledQuestion]) -> list[int]:
    """Return the labels that are not cases of the content."""
    labels = set().union(*(question.cases for question in questions))
    return sorted(labels - content.by_case.keys() - {OUT_OF_SCOPE})


@dataclass(frozen=True)
class CaseFigures:
    """Count the questions of one case and those ranked first; list what was ranked before it."""

    case: int
    questions: int
    first: int
    mistaken_for: tuple[str, ...]


@dataclass(frozen=True)
class Figures:
    """Count the questions by outcome.

    Of `ours`, whose answer is a case: the right one was ranked `first` or among the `three`
    likeliest; the reply was `right`, `wrong`, `clarified` (of them with a right option: `offered`)
    or `declined`. Of the `others`: answered with a case (`false_answers`), `asked_back`, answered
    with a guide or service (`pointed`), or with a `courtesy`. Of the `named`, whose right guide,
    service or courtesy is known: `named_right`.
    """

    ours: int
    first: int
    three: int
    right: int
    wrong: int
    clarified: int
    offered: int
    declined: int
    others: int
    false_answers: int
    asked_back: int
    pointed: int
    courtesy: int
    named: int
    named_right: int
    cases: tuple[CaseFigures, ...]


def measure(judgements: Sequence[Judgement]) -> Figures:
    """Count the questions by outcome."""
    ours = [j for j in judgements if j.question.is_of_a_case]
    others = [j for j in judgements if not j.question.is_of_a_case]
    answered = [j for j in ours if j.match.kind == "answer"]
    clarified = [j for j in ours if j.match.kind == "clarify"]
    refused = [j for j in ours if j.match.kind in ("fallback", "smalltalk")]
    right = sum(j.is_right for j in (*answered, *refused))
    declined = sum(not j.is_right for j in refused)
    named = [j for j in others if j.question.entry]
    return Figures(
        ours=len(ours),
        first=sum(j.found_at == 0 for j in ours),
        three=sum(j.found_at is not None for j in ours),
        right=right,
        wrong=len(ours) - right - len(clarified) - declined,
        clarified=len(clarified),
        offered=sum(j.offers_a_right_case for j in clarified),
        declined=declined,
        others=len(others),
        false_answers=sum(j.match.kind == "answer" and j.case != OUT_OF_SCOPE for j in others),
        asked_back=sum(j.match.kind == "clarify" for j in others),
        pointed=sum(j.match.kind == "answer" and j.case == OUT_OF_SCOPE for j in others),
        courtesy=sum(j.match.kind == "smalltalk" for j in others),
        named=len(named),
        named_right=sum(j.points_to_its_entry for j in named),
        cases=_by_case(ours),
    )


def _by_case(ours: Sequence[Judgement]) -> tuple[CaseFigures, ...]:
    cases = sorted(set().union(*(j.question.cases for j in ours)) - {OUT_OF_SCOPE})
    figures = []
    for case in cases:
        group = [j for j in ours if case in j.question.cases]
        missed = [j for j in group if j.found_at != 0]
        instead = {j.match.nearest[0].slug if j.match.nearest else j.match.kind for j in missed}
        figures.append(
            CaseFigures(case, len(group), len(group) - len(missed), tuple(sorted(instead)))
        )
    return tuple(figures)


def report(figures: Figures) -> str:
    """Format the figures as text, shares with three decimals."""
    f = figures
    lines = [
        f"{f.ours} questions of a case",
        f"  top-1 {_share(f.first, f.ours)}  top-3 {_share(f.three, f.ours)}",
        f"  when it may refuse: right {_share(f.right, f.ours)}  wrong {_share(f.wrong, f.ours)}"
        f"  fallback {_share(f.declined, f.ours)}  clarified {_share(f.clarified, f.ours)}"
        f" (right one among the options {_share(f.offered, f.clarified)})",
        f"{f.others} questions out of scope",
        f"  falsely answered with a case {_share(f.false_answers, f.others)}"
        f"  clarified {_share(f.asked_back, f.others)}",
        f"  answered with a guide or service {_share(f.pointed, f.others)}"
        f"  with a courtesy {_share(f.courtesy, f.others)}",
    ]
    if f.named:
        lines.append(f"  right guide, service or courtesy {_share(f.named_right, f.named)}")
    if f.cases:
        lines.append("case  questions  top-1  mistaken for")
        lines += [
            f"{c.case:4}  {c.questions:9}  {_share(c.first, c.questions)}"
            f"  {', '.join(c.mistaken_for)}".rstrip()
            for c in f.cases
        ]
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"


def write_predictions(judgements: Iterable[Judgement], file: TextIO) -> None:
    """Write a row per question: `question,case,top3,kind,confidence`; `top3` as `4|12|14`."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(PREDICTION_COLUMNS)
    for judgement in judgements:
        writer.writerow(
            (
                judgement.question.text,
                judgement.case,
                "|".join(map(str, judgement.nearest)),
                judgement.match.kind,
                f"{judgement.match.confidence:.4f}",
            )
        )
