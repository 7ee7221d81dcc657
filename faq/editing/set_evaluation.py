"""Evaluate the questions of one set: figures for each right answer, and misses.

Unlike a check it compares with nothing, so it also shows old errors.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Any, Literal

from faq.editing import drafts, question_sets
from faq.editing.check import checking
from faq.editing.check.check_questions import Question
from faq.editing.check.checking import Progress, Talk, Verdict
from faq.editing.question_sets import Labelled
from faq.release import publishing
from faq.release.publishing import Published

Which = Literal["published", "draft"]
MOST_MISSED = 500
"""Missed questions that are listed; all of them are counted."""
_PAGE = 2_000


@dataclass(frozen=True)
class Missed:
    """Describe a missed question; `said`: the answer in the form of `checking.Change`.

    `asked_back`: the right answer was among the options.
    """

    question: str
    expected: tuple[str, ...]
    said: str
    asked_back: bool


@dataclass
class Line:
    """Count the questions of one right answer, and list the missed ones."""

    answer: str
    title: str
    case: int | None
    right: int = 0
    asked_back: int = 0
    wrong: int = 0
    missed: list[Missed] = field(default_factory=list)


def key(set_id: int, which: Which) -> str:
    """Return a hash of everything that an evaluation depends on."""
    content = drafts.fingerprint() if which == "draft" else publishing.current().digest
    return sha256(repr((set_id, which, content, question_sets.fingerprint())).encode()).hexdigest()


def evaluate(
    set_id: int, which: Which, progress: Progress, talk: Talk | None = None
) -> dict[str, Any]:
    """Ask the questions of the set; return `lines` (as `Line`) and counts as JSON.

    `talk`: holds the conversations of the set, which are left out without it. Raises Refused:
    NOT_FOUND; INVALID_INPUT listing the errors of the draft.
    """
    questions = [(labelled, _question(labelled)) for labelled in _questions(set_id)]
    if talk is None:
        questions = [(labelled, asked) for labelled, asked in questions if len(asked.turns) == 1]
    if which == "draft":
        published = Published(0, publishing.prepare(drafts.content()), None)
    else:
        published = publishing.current()
    titles = checking.titles(published.content)
    order = {answer: place for place, answer in enumerate(titles)}
    lines: dict[str, Line] = {}
    left = MOST_MISSED
    counts: dict[Verdict, int] = defaultdict(int)
    answered = checking.answers([published], [asked for _, asked in questions], progress, talk)
    for (labelled, question), (match,) in zip(questions, answered, strict=True):
        slugs = {answer.partition(".")[0] for answer in labelled.expected}
        first = min(slugs, key=lambda answer: (order.get(answer, len(order)), answer))
        line = lines.setdefault(first, Line(first, *titles.get(first, (first, None))))
        verdict = checking.judge(question, match)
        counts[verdict] += 1
        if verdict is Verdict.RIGHT:
            line.right += 1
            continue
        line.asked_back += verdict is Verdict.ASKED_BACK
        line.wrong += verdict is Verdict.WRONG
        if left:
            left -= 1
            shown, is_near = checking.answer_of(match), verdict is Verdict.ASKED_BACK
            line.missed.append(Missed(labelled.question, labelled.expected, shown, is_near))
    ordered = sorted(lines.values(), key=lambda line: order.get(line.answer, len(order)))
    return {
        "questions": len(questions),
        "right": counts[Verdict.RIGHT],
        "asked_back": counts[Verdict.ASKED_BACK],
        "wrong": counts[Verdict.WRONG],
        "lines": [asdict(line) for line in ordered],
    }


def _questions(set_id: int) -> Sequence[Labelled]:
    labelled: list[Labelled] = []
    after = 0
    while page := question_sets.questions(set_id, after=after, limit=_PAGE):
        labelled += [row.labelled for row in page]
        after = page[-1].id
    return labelled


def _question(labelled: Labelled) -> Question:
    return Question(labelled.question, frozenset(labelled.expected), "", False)
