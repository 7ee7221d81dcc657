"""How well the bot's matcher understands: `python -m benchmarks.faq_quality [FILE.csv]`.

FILE has the columns `question,case` (0: none of the cases) and, where the questions are also to be
learnt from, `entry`; by default the questions that the product is shipped with.

* Without FILE: 5-fold cross-validation, every question judged by a matcher that learnt from the
  files' own examples and the other four fifths. Whoever wrote those examples had read the
  questions, so a second run leaves out every own example that resembles a question of the fifth
  under test (cosine of character n-grams ≥ 0.5): the truth lies between the two.
* With FILE: the shipped matcher, judged on that file.
"""

import csv
import random
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from faq import seed
from faq.entries import Content
from faq.matching import Match, Matcher, compile_matcher, resemblance

FOLDS = 5
TOO_ALIKE = 0.5


@dataclass(frozen=True)
class Question:
    text: str
    case: int
    entry: str | None


def read(path: Path) -> list[Question]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            Question(row["question"], int(row["case"]), row.get("entry"))
            for row in csv.DictReader(file)
        ]


def folds(questions: list[Question]) -> list[list[Question]]:
    """Five parts with the same share of every case; the same parts at every run."""
    by_case = defaultdict(list)
    for question in questions:
        by_case[question.case].append(question)
    parts: list[list[Question]] = [[] for _ in range(FOLDS)]
    for group in by_case.values():
        random.Random(1).shuffle(group)
        for number, question in enumerate(group):
            parts[number % FOLDS].append(question)
    return parts


def with_questions(content: Content, learnt: list[Question], unlike: list[str]) -> Content:
    """`content` with `learnt` as further examples, without examples that resemble `unlike`."""
    extra = defaultdict(list)
    for question in learnt:
        extra[question.entry].append(question.text)

    def examples(own: tuple[str, ...], name: str) -> list[str]:
        alike = resemblance(list(own), unlike) if unlike else [0.0] * len(own)
        kept = [text for text, value in zip(own, alike, strict=True) if value < TOO_ALIKE]
        return (kept or list(own[:1])) + extra[name]

    state = content.model_dump(by_alias=True, exclude_none=True)
    for entry in state["entries"]:
        entry["questions"] = examples(entry["questions"], entry["slug"])
    for topic in state["smalltalk"]:
        topic["questions"] = examples(topic["questions"], topic["topic"])
    state["out_of_scope"]["questions"] = examples(state["out_of_scope"]["questions"], "")
    return Content.model_validate(state)


def cross_validate(questions: list[Question], strict: bool) -> list[tuple[Question, Match]]:
    content = seed.load(labelled=None)
    results = []
    for part in folds(questions):
        under_test = {id(question) for question in part}
        learnt = [question for question in questions if id(question) not in under_test]
        unlike = [question.text for question in part] if strict else []
        matcher = compile_matcher(with_questions(content, learnt, unlike))
        results += judge(matcher, part)
    return results


def judge(matcher: Matcher, questions: list[Question]) -> list[tuple[Question, Match]]:
    return [(question, matcher.match(question.text)) for question in questions]


def share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"


def report(title: str, results: list[tuple[Question, Match]]) -> None:
    ours = [(q, m) for q, m in results if q.case]
    others = [(q, m) for q, m in results if not q.case]
    first = sum(m.nearest[:1] != () and m.nearest[0].case == q.case for q, m in ours)
    three = sum(any(e.case == q.case for e in m.nearest) for q, m in ours)
    answered = [(q, m.entry) for q, m in ours if m.kind == "answer" and m.entry]
    right = sum(entry.case == q.case for q, entry in answered)
    asked = [(q, m) for q, m in ours if m.kind == "clarify"]
    among = sum(any(e.case == q.case for e in m.options) for q, m in asked)
    offered = share(among, len(asked))
    false = sum(m.kind == "answer" and bool(m.entry and m.entry.case) for _, m in others)
    false_asked = sum(m.kind == "clarify" for _, m in others)
    pointed = [(q, m) for q, m in others if q.entry]
    print(f"\n{title}")
    print(f"  {len(ours)} questions of a case")
    print(f"    top-1 {share(first, len(ours))}  top-3 {share(three, len(ours))}")
    print(
        f"    answered rightly {share(right, len(ours))}"
        f"  wrongly {share(len(answered) - right, len(ours))}"
        f"  asked back {share(len(asked), len(ours))} (right one offered {offered})"
        f"  declined {share(len(ours) - len(answered) - len(asked), len(ours))}"
    )
    print(f"  {len(others)} questions of no case")
    print(
        f"    answered with a case {share(false, len(others))}"
        f"  asked back {share(false_asked, len(others))}"
    )
    if pointed:
        named = sum(
            q.entry in {m.entry and m.entry.slug, m.topic and m.topic.topic} for q, m in pointed
        )
        print(f"    right guide, service or courtesy {share(named, len(pointed))}")


def per_case(results: list[tuple[Question, Match]]) -> None:
    print("\n  case  questions  top-1  misread as")
    groups = defaultdict(list)
    for question, match in results:
        groups[question.case].append((question, match))
    for case, group in sorted(groups.items()):
        if case:
            wrong = [
                m.nearest[0].slug if m.nearest else m.kind
                for q, m in group
                if not m.nearest or m.nearest[0].case != case
            ]
            named = ", ".join(sorted(set(wrong)))
            print(
                f"  {case:4}  {len(group):9}  {share(len(group) - len(wrong), len(group))}  {named}"
            )


def main(arguments: list[str]) -> None:
    if arguments:
        path = Path(arguments[0])
        results = judge(compile_matcher(seed.load()), read(path))
        report(f"The shipped matcher on {path.name}", results)
        per_case(results)
        return
    questions = read(seed.QUESTIONS)
    report(f"{FOLDS}-fold cross-validation", cross_validate(questions, strict=False))
    strict = cross_validate(questions, strict=True)
    report("The same without own examples that resemble the questions under test", strict)
    per_case(strict)


if __name__ == "__main__":
    main(sys.argv[1:])
