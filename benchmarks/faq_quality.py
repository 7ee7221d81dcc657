"""How well the bot's matcher understands: `python -m benchmarks.faq_quality`.

* 5-fold cross-validation over the labelled questions that the product is shipped with: every
  question is judged by a matcher that learnt from the files' own examples and the other four
  fifths.
* Whoever wrote those examples had read the questions, so a second run leaves out every own example
  that resembles a question of the fifth under test (cosine of character n-grams ≥ 0.5): the truth
  lies between the two.
* The shipped matcher on sets of questions in other voices that are never among the examples
  (`data/questions.csv`): `held_out`, whose mistakes showed which kinds of messages the examples
  lacked, `blind`, whose mistakes stay unread by the writers of examples, and `fresh` to `fresh8`,
  each written from the cases' titles alone. Of the third the mistakes outside of our matters were
  read afterwards, of those after it all of them, and what the content lacked was added.

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
from faq.matching.features import Gram, grams
from faq.matching.matcher import compile_matcher
from miniprogram_api.operations import profiles

QUESTIONS = Path(__file__).parent / "data" / "questions.csv"
SETS = ("held_out", "blind", "fresh", *(f"fresh{number}" for number in range(2, 9)))
FOLDS = 5
TOO_ALIKE = 0.5


def shipped() -> list[LabelledQuestion]:
    """Read the labelled questions that the product is shipped with."""
    return question_files.parse(seed.QUESTIONS.read_bytes())


def questions_of(named: str) -> list[LabelledQuestion]:
    """Read a set of questions in other voices."""
    return question_files.parse(QUESTIONS.read_bytes(), named)


def folds(questions: Sequence[LabelledQuestion]) -> list[list[LabelledQuestion]]:
    """Five parts with the same share of every case; the same parts at every run."""
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
    """For each of `texts` how alike (0-1) the most similar of `others` is.

    The cosine of their n-grams of characters.
    """
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
    """`content` with `learnt` as further examples, without examples that resemble `unlike`."""
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
