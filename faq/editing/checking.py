"""Compare the answers of a new content with those in force before it is published.

Every question of the question sets and every example of the new content is put to both matchers; so
are the examples of retired entries. The matchers see no record and no conversation. The result
counts the questions that are examples, because the matcher learnt those.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType

from faq.content.entries import Content
from faq.editing.question_sets import OUT_OF_SCOPE, Labelled
from faq.matching import interruption
from faq.matching.match import Match
from faq.matching.matcher import Matcher
from faq.release.publishing import Prepared, Published
from miniprogram_api.texts import text as say

EXAMPLES = say("content.checks.examples")
"""Source of the questions that are in no set."""

# Steps of a check.
LEARN, ASK = "learn", "ask"
Progress = Callable[[str, int, int], None]
"""Takes the current step, what is done and the total (0, 0: unknown)."""

# Questions per batch.
_BATCH = 250

# Gains and losses that are listed; all of them are counted.
MOST_NAMED = 200


class Verdict(IntEnum):
    """Grade an answer; higher is better."""

    WRONG = 0
    ASKED_BACK = 1
    """The right answer is among the options."""
    RIGHT = 2


@dataclass(frozen=True)
class Question:
    """Pair a question with its right answers.

    `excluded`: the wrong answer of a near miss. `is_example`: the new content has it as an example.
    """

    text: str
    expected: frozenset[str]
    source: str
    is_example: bool
    excluded: str | None = None


@dataclass(frozen=True)
class Change:
    """Describe a question that is answered better or worse than before.

    `expected` is empty for near misses. `before`, `after`: see `answer_of`.
    """

    question: str
    source: str
    is_example: bool
    expected: tuple[str, ...]
    before: str
    after: str


@dataclass(frozen=True)
class Figures:
    """Count the questions of one right answer by verdict.

    `before` and `after` count wrong, asked back and right, in this order. `gained` and `lost` list
    changes, at most `MOST_NAMED` each over all figures.
    """

    answer: str
    title: str
    case: int | None
    questions: int
    before: tuple[int, int, int]
    after: tuple[int, int, int]
    gained: tuple[Change, ...]
    lost: tuple[Change, ...]


@dataclass(frozen=True)
class CheckResult:
    """Hold the result of a check against release `release`.

    `examples`: how many of the `questions` are examples. `gained`, `lost`: questions answered
    better and worse. `remarks`: further sentences for the editor.
    """

    release: int
    questions: int
    examples: int
    gained: int
    lost: int
    figures: tuple[Figures, ...]
    remarks: tuple[str, ...] = ()

    def losses(self) -> list[Change]:
        """Return the lost questions that are listed."""
        return [change for figures in self.figures for change in figures.lost]


def check(
    prepared: Prepared,
    sets: Iterable[tuple[str, Labelled]],
    in_force: Published,
    progress: Progress = lambda _step, _done, _total: None,
    gone: Mapping[str, str] = MappingProxyType({}),
) -> CheckResult:
    """Compare prepared content with the content in force.

    `sets`: the questions, each with the name of its set. `gone`: slug → title of entries that were
    deleted but may still be the answer of a question.
    """
    content = prepared.content
    asked = questions_of(content, sets, in_force.content)
    groups: dict[str, _Group] = defaultdict(_Group)
    # New titles win, but the order is: new content, then retired entries.
    known = {**titles(content), **titles(in_force.content), **titles(content)}
    called = {slug: (title, None) for slug, title in gone.items()} | known
    order = {answer: place for place, answer in enumerate(known)}
    texts = [question.text for question in asked]
    progress(LEARN, 0, 0)
    matchers = in_force.matcher, prepared.matcher
    for question, (old, new) in zip(asked, answers(matchers, texts, progress), strict=True):
        first = min(question.expected, key=lambda answer: (order.get(answer, len(order)), answer))
        groups[first].add(question, old, new)
    named = _Named()
    figures = tuple(
        group.figures(answer, *called.get(answer, (answer, None)), named)
        for answer, group in sorted(groups.items(), key=lambda g: order.get(g[0], len(order)))
    )
    return CheckResult(
        release=in_force.number,
        questions=len(asked),
        examples=sum(question.is_example for question in asked),
        gained=sum(len(group.gained) for group in groups.values()),
        lost=sum(len(group.lost) for group in groups.values()),
        figures=figures,
        remarks=tuple(_remarks(content, asked, in_force.content, called)),
    )


def questions_of(
    content: Content, sets: Iterable[tuple[str, Labelled]], in_force: Content
) -> list[Question]:
    """Return the questions of a check: the sets, then every example that is in none of them."""
    examples = list(_examples(content))
    known = {text for text, _ in examples}
    asked = [
        Question(one.question, frozenset(one.expected), name, one.question in known)
        for name, one in sets
    ]
    in_sets = {question.text for question in asked}
    answers: dict[str, set[str]] = defaultdict(set)
    for text, answer in examples:
        if text not in in_sets:
            answers[text].add(answer)
    asked += [Question(text, frozenset(right), EXAMPLES, True) for text, right in answers.items()]
    asked += [
        Question(text, frozenset({entry.slug}), EXAMPLES, True, excluded=entry.slug)
        for entry in content.entries
        for text in entry.negatives
    ]
    asked += [
        Question(text, frozenset({entry.slug}), EXAMPLES, False)
        for entry in in_force.entries
        if entry.slug not in content.by_slug
        for text in entry.questions
        if text not in in_sets and text not in known
    ]
    return asked


def answers(
    matchers: Sequence[Matcher], texts: Sequence[str], progress: Progress
) -> Iterator[tuple[Match, ...]]:
    """Yield the matchers' results for each question, in order. Raises Interrupted."""
    for begin in range(0, len(texts), _BATCH):
        interruption.check()
        progress(ASK, begin, len(texts))
        batch = texts[begin : begin + _BATCH]
        yield from zip(*(matcher.match_all(batch) for matcher in matchers), strict=True)


def judge(question: Question, match: Match) -> Verdict:
    """Grade the matcher's decision."""
    said = answer_of(match)
    if question.excluded is not None:
        return Verdict.WRONG if said == question.excluded else Verdict.RIGHT
    if match.kind == "clarify":
        offered = {entry.slug for entry in match.options}
        # A clarifying question to an out-of-scope input does not count as wrong.
        near = offered & question.expected or OUT_OF_SCOPE in question.expected
        return Verdict.ASKED_BACK if near else Verdict.WRONG
    return Verdict.RIGHT if said in question.expected else Verdict.WRONG


def answer_of(match: Match) -> str:
    """Return the slug or topic of the answer, or `0` when the matcher declines.

    `a|b` are the options when it asks back; `a|` when there is only one.
    """
    if match.kind == "clarify":
        options = [entry.slug for entry in match.options]
        return "|".join(options if len(options) > 1 else [*options, ""])
    if match.entry is not None:
        return match.entry.slug
    return match.topic.topic if match.topic is not None else OUT_OF_SCOPE


@dataclass
class _Named:
    """Count how many gains and losses may still be listed."""

    gained: int = MOST_NAMED
    lost: int = MOST_NAMED

    def some(self, gained: list[Change], lost: list[Change]) -> tuple[list[Change], list[Change]]:
        chosen = gained[: self.gained], lost[: self.lost]
        self.gained -= len(chosen[0])
        self.lost -= len(chosen[1])
        return chosen


@dataclass
class _Group:
    """Collect the questions of one right answer."""

    before: Counter[Verdict] = field(default_factory=Counter)
    after: Counter[Verdict] = field(default_factory=Counter)
    gained: list[Change] = field(default_factory=list)
    lost: list[Change] = field(default_factory=list)

    def add(self, question: Question, old: Match, new: Match) -> None:
        verdicts = judge(question, old), judge(question, new)
        self.before[verdicts[0]] += 1
        self.after[verdicts[1]] += 1
        if verdicts[0] == verdicts[1]:
            return
        (self.gained if verdicts[0] < verdicts[1] else self.lost).append(
            Change(
                question=question.text,
                source=question.source,
                is_example=question.is_example,
                expected=tuple(sorted(question.expected)) if question.excluded is None else (),
                before=answer_of(old),
                after=answer_of(new),
            )
        )

    def figures(self, answer: str, title: str, case: int | None, named: _Named) -> Figures:
        gained, lost = named.some(self.gained, self.lost)
        return Figures(
            answer=answer,
            title=title,
            case=case,
            questions=self.before.total(),
            before=_counts(self.before),
            after=_counts(self.after),
            gained=tuple(gained),
            lost=tuple(lost),
        )


def _counts(verdicts: Counter[Verdict]) -> tuple[int, int, int]:
    return verdicts[Verdict.WRONG], verdicts[Verdict.ASKED_BACK], verdicts[Verdict.RIGHT]


def titles(content: Content) -> Mapping[str, tuple[str, int | None]]:
    """Return every possible answer, in order, with its title and case number."""
    found: dict[str, tuple[str, int | None]] = {
        entry.slug: (entry.title, entry.case) for entry in content.entries
    }
    found |= {
        topic.topic: (say("content.answers.smalltalk", topic=topic.topic), None)
        for topic in content.smalltalk
    }
    found[OUT_OF_SCOPE] = (say("content.answers.out_of_scope"), None)
    return found


def _examples(content: Content) -> Iterable[tuple[str, str]]:
    """Yield every example with its answer."""
    for entry in content.entries:
        yield from ((text, entry.slug) for text in entry.questions)
    for topic in content.smalltalk:
        yield from ((text, topic.topic) for text in topic.questions)
    yield from ((text, OUT_OF_SCOPE) for text in content.out_of_scope.with_service_names())


def _remarks(
    content: Content,
    asked: Sequence[Question],
    in_force: Content,
    called: Mapping[str, tuple[str, int | None]],
) -> Iterable[str]:
    old, new = list(in_force.by_slug), list(content.by_slug)
    if [slug for slug in old if slug in new] != [slug for slug in new if slug in old]:
        yield say("content.checks.reordered")
    answers: dict[str, set[str]] = defaultdict(set)
    for text, answer in _examples(content):
        answers[text].add(answer)
    named = titles(content)
    for example, several in answers.items():
        if len(several) > 1:
            names = "、".join(f"“{named[answer][0]}”" for answer in sorted(several))
            yield say("content.checks.same_example", text=example, names=names)
    unknown = Counter(
        answer for question in asked for answer in question.expected if answer not in named
    )
    for answer, count in sorted(unknown.items()):
        name = f"“{called[answer][0]}”（{answer}）" if answer in called else answer
        yield say("content.checks.unknown_answer", count=count, name=name)
