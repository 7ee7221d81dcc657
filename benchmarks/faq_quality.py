"""The quality of the bot's matcher: `python -m benchmarks.faq_quality`.

* 5-fold cross-validation over the shipped labelled questions, trained on the content's own examples
  and the other four folds.
* The authors of those examples had read the questions, so a second run leaves out the examples that
  resemble a question of the fold under test (cosine of character n-grams ≥ 0.5). The true quality
  is between the two.
* The shipped matcher on question sets that are never examples (`data/questions.csv`). Mistakes in
  `held_out` were used to improve the examples, those in `blind` never. `fresh` to `fresh8` were
  written from the titles of the cases; of `fresh` the out-of-scope mistakes were used afterwards,
  of `fresh2` to `fresh8` all mistakes.

One set alone: `python manage.py faq evaluate benchmarks/data/questions.csv --set blind`.
"""

import math
import random
from collections import defaultdict
from collections.abc import Sequence, Set
from pathlib import Path

from faq.content import seed
from faq.content.entries import Content
from faq.evaluation import measuring as evaluation
from faq.evaluation import question_files
from faq.evaluation.measuring import Judgement
from faq.evaluation.question_files import LabelledQuestion
from faq.language.text import Reader
from faq.matching import encoder
from faq.matching.learnt.features import Gram, grams
from faq.matching.matcher import compile_matcher
from miniprogram_api.operations import profiles

QUESTIONS = Path(__file__).parent / "data" / "questions.csv"
SETS = ("held_out", "blind", "fresh", *(f"fresh{number}" for number in range(2, 9)))
FOLDS = 5
TOO_ALIKE = 0.5


def shipped() -> list[LabelledQuestion]:
    """Read the shipped labelled questions."""
    return question_files.parse(seed.QUESTIONS.read_bytes())


def questions_of(named: str) -> list[LabelledQuestion]:
    """Read a question set."""
    return question_files.parse(QUESTIONS.read_bytes(), named)


def folds(questions: Sequence[LabelledQuestion]) -> list[list[LabelledQuestion]]:
    """Split into five deterministic folds with the same share of every case."""
    by_case = defaultdict(list)
    for question in questions:
        by_case[question.cases].append(question)
    parts: list[list[LabelledQuestion]] = [[] for _ in range(FOLDS)]
    for group in by_case.values():
        random.Random(1).shuffle(group)
        for number, question in enumerate(group):
            parts[number % FOLDS].append(question)
    return parts


def resemblance(texts: Sequence[str], others: Sequence[str]) -> list[float]:
    """Return for each text the cosine (0-1) of character n-grams to the most similar of others."""
    reader = Reader({}, {})
    here, there = (
        [grams(reader.read(text).tokens).keys() for text in some] for some in (texts, others)
    )
    return [max((_cosine(own, other) for other in there), default=0.0) for own in here]


def _cosine(some: Set[Gram], others: Set[Gram]) -> float:
    return len(some & others) / math.sqrt(len(some) * len(others))


def with_questions(
    content: Content, learnt: Sequence[LabelledQuestion], unlike: Sequence[str]
) -> Content:
    """Add `learnt` as examples; leave out examples that resemble one of `unlike`."""
    extra = defaultdict(list)
    for question in learnt:
        extra[question.entry].append(question.text)

    def examples(own: tuple[str, ...], name: str | None) -> list[str]:
        alike = resemblance(own, unlike) if unlike else [0.0] * len(own)
        kept = [text for text, value in zip(own, alike, strict=True) if value < TOO_ALIKE]
        return (kept or list(own[:1])) + extra[name]

    state = content.model_dump(by_alias=True, exclude_none=True)
    for entry in state["entries"]:
        entry["questions"] = examples(entry["questions"], entry["slug"])
    for topic in state["smalltalk"]:
        topic["questions"] = examples(topic["questions"], topic["topic"])
    state["out_of_scope"]["questions"] = examples(state["out_of_scope"]["questions"], None)
    return Content.model_validate(state)


def cross_validate(questions: Sequence[LabelledQuestion], *, strict: bool) -> list[Judgement]:
    content = seed.load(labelled=None)
    results = []
    for part in folds(questions):
        under_test = {id(question) for question in part}
        learnt = [question for question in questions if id(question) not in under_test]
        unlike = [question.text for question in part] if strict else []
        matcher = compile_matcher(with_questions(content, learnt, unlike))
        results += evaluation.judge(matcher, part)
    return results


def main() -> None:
    encoder.configure(is_on=profiles.load_settings().faq_encoder == "on")
    print(f"The encoder: {encoder.state()} (FAQ_ENCODER)")
    questions = shipped()
    runs = {
        f"{FOLDS}-fold cross-validation": cross_validate(questions, strict=False),
        "The same without own examples that resemble the questions under test": cross_validate(
            questions, strict=True
        ),
    }
    matcher = compile_matcher(seed.load())
    for named in SETS:
        runs[f"The shipped matcher on {named}"] = evaluation.judge(matcher, questions_of(named))
    for title, judgements in runs.items():
        print(f"\n{title}")
        print(evaluation.report(evaluation.measure(judgements)))


if __name__ == "__main__":
    main()
