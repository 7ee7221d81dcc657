"""Choose the questions of a check, each with its right answers.

A question of a set has the answers that editors gave it. An example has the answer that the release
in force gives it, whatever the draft says: an example that the draft moves to another entry is a
loss, not a gain. Only a wording that the release does not know has the draft's answer.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from faq.content.entries import Content
from faq.editing.question_sets import OUT_OF_SCOPE, Labelled, turns_of
from faq.matching import overlap
from miniprogram_api.texts import text as say

EXAMPLES = say("content.checks.examples")
"""Source of the questions that are in no set."""
# Examples and near misses that are asked; each takes about 10 ms with both matchers.
MOST_EXAMPLES = 1_000
# An entry that the draft changes has so many times the examples of another one asked.
_SHARE_OF_CHANGED = 4


@dataclass(frozen=True)
class Question:
    """Pair a question with its right answers.

    `excluded`: the wrong answer of a near miss. `is_example`: the new content has it as an example.
    `moved`: the new content gives it to another answer than the right one.
    """

    text: str
    expected: frozenset[str]
    source: str
    is_example: bool
    excluded: str | None = None
    moved: bool = False

    @property
    def turns(self) -> tuple[str, ...]:
        """Return the turns of a conversation, of which the last is graded; else the question."""
        return turns_of(self.text) if self.source != EXAMPLES else (self.text,)

    @property
    def is_from_set(self) -> bool:
        """Return whether editors put it into a question set."""
        return self.source != EXAMPLES


def questions_of(
    content: Content, sets: Iterable[tuple[str, Labelled]], in_force: Content
) -> list[Question]:
    """Return the questions of a check: the sets, then every other example and near miss."""
    new, old = _answers(content), _answers(in_force)
    asked = [
        Question(
            labelled.question,
            frozenset(labelled.expected),
            name,
            labelled.question in new,
            moved=_is_moved(
                new.get(labelled.question), {_entry_of(it) for it in labelled.expected}
            ),
        )
        for name, labelled in sets
    ]
    in_sets = {question.text for question in asked}
    fresh = [text for text in new if text not in old]
    held = dict(zip(fresh, _holders(content, in_force, fresh), strict=True))
    for text in dict.fromkeys([*new, *old]):
        if text not in in_sets:
            right = old.get(text) or held.get(text) or new[text]
            moved = _is_moved(new.get(text), right)
            asked.append(Question(text, frozenset(right), EXAMPLES, text in new, moved=moved))
    asked += _near_misses(content, in_force, new, old)
    return asked


def chosen(questions: Sequence[Question], changed: frozenset[str]) -> list[Question]:
    """Return the questions of sets and as many others as a check has time for.

    `changed`: the answers that the draft changes, of which more are asked. The choice is the same
    each time and takes every answer in turn.
    """
    others = [question for question in questions if not question.is_from_set]
    if len(others) <= MOST_EXAMPLES:
        return list(questions)
    seen: Counter[str] = Counter()
    order: dict[int, tuple[int, int, str]] = {}
    for question in sorted(others, key=lambda question: _hash(question.text)):
        answer = min(question.expected)
        share = _SHARE_OF_CHANGED if answer in changed else 1
        order[id(question)] = (
            0 if question.moved else 1,
            seen[answer] // share,
            _hash(question.text),
        )
        seen[answer] += 1
    kept = {
        id(question)
        for question in sorted(others, key=lambda question: order[id(question)])[:MOST_EXAMPLES]
    }
    return [question for question in questions if question.is_from_set or id(question) in kept]


def examples_of(content: Content) -> Iterator[tuple[str, str]]:
    """Yield every example with its answer."""
    for entry in content.entries:
        yield from ((text, entry.slug) for text in entry.questions)
    for topic in content.smalltalk:
        yield from ((text, topic.topic) for text in topic.questions)
    yield from ((text, OUT_OF_SCOPE) for text in content.out_of_scope.with_service_names())


def _answers(content: Content) -> dict[str, set[str]]:
    answers_of: dict[str, set[str]] = defaultdict(set)
    for text, answer in examples_of(content):
        answers_of[text].add(answer)
    return dict(answers_of)


def _entry_of(answer: str) -> str:
    return answer.partition(".")[0]


def _is_moved(given: set[str] | None, right: set[str]) -> bool:
    return given is not None and given.isdisjoint(right)


def _holders(content: Content, in_force: Content, texts: Sequence[str]) -> Iterator[set[str]]:
    """Yield for each text the entries that have it in force, perhaps in other characters."""
    if texts:
        entries = tuple((entry.slug, tuple(entry.questions)) for entry in in_force.entries)
        held = overlap.holders(content, entries)
        yield from (set(held.get(form, ())) for form in overlap.forms(content, texts))


def _near_misses(
    content: Content,
    in_force: Content,
    new: Mapping[str, set[str]],
    old: Mapping[str, set[str]],
) -> Iterator[Question]:
    """Yield the near misses of both contents, unless they are an example of their entry in force.

    A near miss of an entry that the draft lacks cannot be wrong any more.
    """
    in_both = dict.fromkeys(
        (text, entry.slug)
        for entries in (in_force.entries, content.entries)
        for entry in entries
        if entry.slug in content.by_slug
        for text in entry.negatives
    )
    for text, slug in in_both:
        if slug not in old.get(text, ()):
            kept = text in content.by_slug[slug].negatives
            moved = slug in new.get(text, ())
            yield Question(text, frozenset({slug}), EXAMPLES, kept, excluded=slug, moved=moved)


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
