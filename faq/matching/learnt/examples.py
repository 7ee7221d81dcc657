"""Collect the training examples of each class: entries, courtesies, out of scope, intents."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple
from zlib import crc32

import numpy as np

from faq.content.entries import Content
from faq.content.talk import FLAGS, Intent
from faq.matching.learnt.learning import Examples

# Sentences per frame with a placeholder, at most and at least, and of all frames of an intent.
PER_FRAME, FEWEST, PER_INTENT = 24, 4, 300
# The longest question put into a frame (characters).
LONGEST_INSERTED = 16
PERSON, QUESTION = "{person}", "{question}"
# Share of an entry's examples that contain an example of a flag from which the entry is about it.
ABOUT_A_FLAG = 0.1


class Group(NamedTuple):
    """Hold the examples of a class and its near misses.

    `sources`: per text, the number of the sentence that it was made from.
    """

    texts: tuple[str, ...]
    negatives: tuple[str, ...] = ()
    framed: frozenset[str] = frozenset()
    sources: tuple[int, ...] = ()


def groups_of(content: Content) -> list[Group]:
    """Return the groups of all subjects: entries, courtesies, and last "out of scope".

    Drops examples that occur word for word in several groups: they do not separate the classes.
    """
    groups = [
        Group(
            tuple(dict.fromkeys((entry.title, *entry.questions, *entry.synonyms))),
            tuple(entry.negatives),
        )
        for entry in content.entries
    ]
    groups += [Group(tuple(topic.questions)) for topic in content.smalltalk]
    # The reader replaces every service's name by one marker, but the encoder reads the names.
    groups.append(Group(content.out_of_scope.with_service_names()))
    return _without_shared(groups)


def intents_of(content: Content) -> list[Group]:
    """Return the groups of all intents, their placeholders replaced.

    An example may occur in a flag and in another intent.
    """
    return [_expanded(content, intent) for intent in content.intents]


def _without_shared(groups: Sequence[Group]) -> list[Group]:
    held = Counter(chain.from_iterable({*group.texts} for group in groups))
    shared = {text for text, times in held.items() if times > 1}
    return [
        group
        if shared.isdisjoint(group.texts)
        else group._replace(texts=tuple([text for text in group.texts if text not in shared]))
        for group in groups
    ]


def _expanded(content: Content, intent: Intent) -> Group:
    texts: dict[str, int] = {}
    framed = set()
    most = _per_frame(intent.questions)
    for number, frame in enumerate(intent.questions):
        for text in sentences(content, frame, most):
            texts.setdefault(text, number)
            if QUESTION in frame:
                framed.add(text)
    most = _per_frame(intent.negatives)
    negatives = chain.from_iterable(sentences(content, frame, most) for frame in intent.negatives)
    return Group(
        tuple(texts), tuple(dict.fromkeys(negatives)), frozenset(framed), tuple(texts.values())
    )


def _per_frame(frames: Sequence[str]) -> int:
    count = sum(PERSON in frame or QUESTION in frame for frame in frames)
    return max(FEWEST, min(PER_FRAME, PER_INTENT // max(count, 1)))


def sentences(content: Content, frame: str, most: int = PER_FRAME) -> Iterator[str]:
    """Yield the sentences that a frame stands for; the choice depends only on its wording.

    Each replacement is chosen by a hash, so an edit of one entry changes few sentences.
    """
    if PERSON not in frame and QUESTION not in frame:
        yield frame
        return
    for number in range(most):
        seed = crc32(f"{number} {frame}".encode())
        person = content.persons[seed % len(content.persons)] if content.persons else ""
        entry = content.entries[seed // 7 % len(content.entries)]
        short = [q for q in entry.questions if len(q) <= LONGEST_INSERTED] or [entry.questions[0]]
        question = short[seed // 49 % len(short)]
        yield frame.replace(PERSON, person).replace(QUESTION, question)


def examples_of(content: Content) -> Examples:
    """Return the examples of all classes, subjects before intents, near misses last."""
    subjects, intents = groups_of(content), intents_of(content)
    groups = [*subjects, *intents]
    texts = [text for group in groups for text in group.texts]
    negatives = [text for group in groups for text in group.negatives]
    numbers = np.arange(len(groups))
    sources: list[int] = []
    for group in groups:
        first = len(sources)
        sources += [first + at for at in group.sources or range(len(group.texts))]
    sources += range(len(texts), len(texts) + len(negatives))
    labels = np.concatenate(
        [
            np.repeat(numbers, [len(group.texts) for group in groups]),
            np.repeat(numbers, [len(group.negatives) for group in groups]),
        ]
    )
    kinds, kind_of = _silences(content, subjects, intents, texts, labels)
    return Examples(
        texts + negatives,
        labels,
        np.repeat([False, True], [len(texts), len(negatives)]),
        len(groups),
        len(subjects),
        np.array(sources),
        kinds,
        kind_of,
    )


def _silences(
    content: Content,
    subjects: Sequence[Group],
    intents: Sequence[Group],
    texts: Sequence[str],
    labels: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return `Examples.silent` and `Examples.silent_for`.

    Intents say nothing about subjects, so that a subject is decided as well with intents as
    without. Courtesies (谢谢) say nothing about intents, nor does a wording that is an example of
    both. An entry's example that names a person or contains a flag's example (怎么转人工) says
    nothing about that flag, and none does if many do.
    """
    entries, first_intent = len(content.entries), len(subjects)
    courtesies = (labels >= entries) & (labels < first_intent - 1)
    of_intents = labels >= first_intent
    total = len(labels)
    silent = np.zeros((2 + len(FLAGS), total), bool)
    silent[0] = of_intents
    silent[1] = courtesies
    both = {*chain.from_iterable(group.texts for group in intents)}.intersection(
        chain.from_iterable(group.texts for group in subjects)
    )
    silent[1:, [at for at, text in enumerate(texts) if text in both and not of_intents[at]]] = True
    kind_of = np.zeros(first_intent + len(intents), int)
    kind_of[first_intent:] = 1
    for number, (intent, group) in enumerate(
        zip(content.intents, intents, strict=True), first_intent
    ):
        if intent.name not in FLAGS:
            continue
        kind_of[number] = kind = 2 + FLAGS.index(intent.name)
        marks = _any_of(t for t in group.texts if PERSON not in t and t not in group.framed)
        named = any(PERSON in question for question in intent.questions)
        persons = _any_of(content.persons if named else ())
        silent[kind] |= courtesies
        for label, subject in enumerate(subjects[:entries]):
            own = np.flatnonzero(labels[: len(texts)] == label)
            marked = np.array([bool(marks.search(text)) for text in subject.texts], bool)
            if marked.mean() >= ABOUT_A_FLAG:
                marked[:] = True
            marked |= [bool(persons.search(text)) for text in subject.texts]
            silent[kind, own] |= marked
    return silent, kind_of


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of all words; of none it never matches."""
    return re.compile("|".join(map(re.escape, words)) or r"(?!)")
