"""Compare the answers of a new content with those in force before it is published.

Both matchers get the questions of the sets (spot checks and decided questions of the inbox among
them) and examples; conversations of the sets are held with the bot itself, as a visitor. Every
question is judged by the label in force (`check_questions`) and weighed by how often people asked
it lately. A loss wants a reason unless it is a wording that no person asked and that stays where
it was.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from types import MappingProxyType

from faq.content.entries import Content
from faq.editing.check.check_questions import Question, chosen, examples_of, questions_of
from faq.editing.example_overlaps import Overlap
from faq.editing.question_sets import OUT_OF_SCOPE, Labelled
from faq.matching import interruption
from faq.matching.learnt.training import digest_of
from faq.matching.match import Match
from faq.matching.overlap import times_asked
from faq.release.publishing import Prepared, Published
from miniprogram_api.texts import text as say

# Steps of a check.
LEARN, ASK = "learn", "ask"
Progress = Callable[[str, int, int], None]
"""Takes the current step, what is done and the total (0, 0: unknown)."""
Talk = Callable[[Published, Sequence[str]], Match]
"""Holds a conversation with a content; returns what was said to the last turn."""

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
class Change:
    """Describe a question that is answered better or worse than before.

    `expected` is empty for near misses. `before`, `after`: see `answer_of`; `was`, `now`: how good
    they are. `times`: how often people asked it in the last 30 days. `moved`: the draft gives this
    example to another entry. `needs_reason`: whether its loss wants a reason.
    """

    question: str
    source: str
    is_example: bool
    expected: tuple[str, ...]
    before: str
    after: str
    was: Verdict = Verdict.WRONG
    now: Verdict = Verdict.WRONG
    times: int = 0
    moved: bool = False
    needs_reason: bool = True


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

    `examples`: how many of the `questions` are examples; `conversations`: how many are
    conversations; `left_out`: examples that there was no time to ask. `gained`, `lost`: questions
    answered better and worse; `gained_times`, `lost_times`: how often people asked these lately.
    `to_justify`: losses that want a reason. `near`: new examples that resemble those of other
    entries, each of which wants a decision. `names`: sentences about names of enterprises that are
    judged worse, each of which wants a reason. `remarks`: further sentences for the editor.
    """

    release: int
    questions: int
    examples: int
    gained: int
    lost: int
    figures: tuple[Figures, ...]
    remarks: tuple[str, ...] = ()
    conversations: int = 0
    left_out: int = 0
    gained_times: int = 0
    lost_times: int = 0
    to_justify: int = 0
    near: tuple[Overlap, ...] = ()
    names: tuple[str, ...] = ()

    def including(self, near: tuple[Overlap, ...], names: tuple[str, ...]) -> "CheckResult":
        """Return the result with what was found beside the questions."""
        to_justify = self.to_justify + len(names)
        return replace(self, near=near, names=names, to_justify=to_justify)

    def losses(self) -> list[Change]:
        """Return the lost questions that are listed."""
        return [change for figures in self.figures for change in figures.lost]


def check(
    prepared: Prepared,
    sets: Iterable[tuple[str, Labelled]],
    in_force: Published,
    progress: Progress = lambda _step, _done, _total: None,
    gone: Mapping[str, str] = MappingProxyType({}),
    asked_lately: Mapping[str, int] = MappingProxyType({}),
    talk: Talk | None = None,
) -> CheckResult:
    """Compare prepared content with the content in force.

    `sets`: the questions, each with the name of its set. `gone`: slug → title of entries that were
    deleted but may still be the answer of a question. `asked_lately`: question → times. `talk`:
    holds the conversations of the sets, which are left out without it.
    """
    content = prepared.content
    questions = [
        question
        for question in questions_of(content, sets, in_force.content)
        if _is_asked(question, talk)
    ]
    asked = chosen(questions, _changed(prepared, in_force))
    groups: dict[str, _Group] = defaultdict(_Group)
    # New titles win, but the order is: new content, then retired entries.
    titled = {**titles(content), **titles(in_force.content), **titles(content)}
    called = {slug: (title, None) for slug, title in gone.items()} | titled
    order = {answer: place for place, answer in enumerate(titled)}
    progress(LEARN, 0, 0)
    both = in_force, Published(0, prepared, None)
    # Loads or learns it before the first question is counted.
    prepared.keep()
    times = times_asked(content, [question.text for question in asked], asked_lately)
    answered = answers(both, asked, progress, talk)
    for question, often, (old, new) in zip(asked, times, answered, strict=True):
        first = min(question.expected, key=lambda answer: (order.get(answer, len(order)), answer))
        groups[first.partition(".")[0]].add(question, old, new, often, content)
    named = _Named()
    figures = tuple(
        group.figures(answer, *called.get(answer, (answer, None)), named)
        for answer, group in sorted(groups.items(), key=lambda g: order.get(g[0], len(order)))
    )
    gains = [change for group in groups.values() for change in group.gained]
    losses = [change for group in groups.values() for change in group.lost]
    return CheckResult(
        release=in_force.number,
        questions=len(asked),
        examples=sum(question.is_example for question in asked),
        gained=len(gains),
        lost=len(losses),
        figures=figures,
        remarks=tuple(_remarks(content, asked, in_force.content, called)),
        conversations=sum(len(question.turns) > 1 for question in asked),
        left_out=len(questions) - len(asked),
        gained_times=sum(change.times for change in gains),
        lost_times=sum(change.times for change in losses),
        to_justify=sum(change.needs_reason for change in losses),
    )


def _is_asked(question: Question, talk: Talk | None) -> bool:
    return talk is not None or len(question.turns) == 1


def _changed(prepared: Prepared, in_force: Published) -> frozenset[str]:
    """Return the slugs of the entries that differ."""
    before = in_force.content.by_slug
    after = prepared.content.by_slug
    return frozenset(slug for slug in {**before, **after} if before.get(slug) != after.get(slug))


def answers(
    contents: Sequence[Published],
    questions: Sequence[Question],
    progress: Progress,
    talk: Talk | None = None,
) -> Iterator[tuple[Match, ...]]:
    """Yield the results of each content for each question, in order. Raises Interrupted.

    Contents that read a question in the same way are asked once. `talk`: needed where a question
    has several turns.
    """
    is_same = len({_read_by(published.content) for published in contents}) == 1
    asked = contents[:1] if is_same else contents
    for begin in range(0, len(questions), _BATCH):
        interruption.check()
        progress(ASK, begin, len(questions))
        batch = questions[begin : begin + _BATCH]
        single = [question.text for question in batch if len(question.turns) == 1]
        matches_of = [iter(published.matcher.match_all(single)) for published in asked]
        for question in batch:
            if len(question.turns) == 1:
                row = tuple([next(matches) for matches in matches_of])
                yield row * len(contents) if is_same else row
            elif talk is not None:
                interruption.check()
                yield tuple([talk(published, question.turns) for published in contents])


def _read_by(content: Content) -> int:
    """Return a hash of all that decides which entry a question by itself means."""
    points = [
        (entry.slug, entry.related, tuple(p.examples for p in entry.points))
        for entry in content.entries
    ]
    return hash((digest_of(content), repr(points)))


def judge(question: Question, match: Match) -> Verdict:
    """Grade the matcher's decision."""
    slug = answer_of(match)
    if question.excluded is not None:
        return Verdict.WRONG if slug == question.excluded else Verdict.RIGHT
    if match.kind == "clarify":
        offered = {entry.slug for entry in match.options}
        # A clarifying question to an out-of-scope input does not count as wrong.
        wanted = {answer.partition(".")[0] for answer in question.expected}
        near = offered & wanted or OUT_OF_SCOPE in question.expected
        return Verdict.ASKED_BACK if near else Verdict.WRONG
    point = f"{slug}.{match.point.id}" if match.point is not None else slug
    return Verdict.RIGHT if question.expected & {slug, point} else Verdict.WRONG


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

    def add(self, question: Question, old: Match, new: Match, times: int, content: Content) -> None:
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
                was=verdicts[0],
                now=verdicts[1],
                times=times,
                moved=question.moved,
                needs_reason=_needs_reason(question, times, content),
            )
        )

    def figures(self, answer: str, title: str, case: int | None, named: _Named) -> Figures:
        gained, lost = named.some(*map(_weightiest, (self.gained, self.lost)))
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


def _needs_reason(question: Question, times: int, content: Content) -> bool:
    """Return whether the loss of a question wants a reason.

    It does not for a wording that no person asked lately, that is in no set, and that the new
    content does not give to another entry.
    """
    if question.is_from_set or question.moved or times:
        return True
    title_of = titles(content)
    return not any(answer in title_of for answer in question.expected)


def _weightiest(changes: Iterable[Change]) -> list[Change]:
    """Sort changes: those that want a reason first, then what people ask most."""
    return sorted(changes, key=lambda change: (not change.needs_reason, -change.times))


def _counts(verdicts: Counter[Verdict]) -> tuple[int, int, int]:
    return verdicts[Verdict.WRONG], verdicts[Verdict.ASKED_BACK], verdicts[Verdict.RIGHT]


def titles(content: Content) -> Mapping[str, tuple[str, int | None]]:
    """Return every possible answer, in order, with its title and case number."""
    answers: dict[str, tuple[str, int | None]] = {
        entry.slug: (entry.title, entry.case) for entry in content.entries
    }
    answers |= {
        topic.topic: (say("content.answers.smalltalk", topic=topic.topic), None)
        for topic in content.smalltalk
    }
    answers[OUT_OF_SCOPE] = (say("content.answers.out_of_scope"), None)
    return answers


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
    for text, answer in examples_of(content):
        answers[text].add(answer)
    named = titles(content)
    for example, several in answers.items():
        if len(several) > 1:
            names = "、".join(f"“{named[answer][0]}”" for answer in sorted(several))
            yield say("content.checks.same_example", text=example, names=names)
    unknown = Counter(
        answer
        for question in asked
        for answer in question.expected
        if not _has(content, answer, named)
    )
    for answer, count in sorted(unknown.items()):
        name = f"“{called[answer][0]}”（{answer}）" if answer in called else answer
        yield say("content.checks.unknown_answer", count=count, name=name)


def _has(content: Content, answer: str, named: Mapping[str, object]) -> bool:
    """Return whether the content has an answer: `SLUG`, a topic, out of scope, or `SLUG.POINT`."""
    slug, _, point = answer.partition(".")
    entry = content.by_slug.get(slug)
    if not point or entry is None:
        return slug in named
    return any(own_point.id == point for own_point in entry.points)
