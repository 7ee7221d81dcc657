"""Collect the training examples of each class: entries, courtesies, out of scope."""

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from faq.content.entries import Content
from faq.matching.learning import Examples


class Group(NamedTuple):
    """Hold the examples of a class and its near misses."""

    texts: tuple[str, ...]
    negatives: tuple[str, ...] = ()


def groups_of(content: Content) -> list[Group]:
    """Return the groups of all classes: entries, courtesies, and last "out of scope".

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
    held = Counter(chain.from_iterable({*group.texts} for group in groups))
    shared = {text for text, times in held.items() if times > 1}
    return [
        group
        if shared.isdisjoint(group.texts)
        else group._replace(texts=tuple([text for text in group.texts if text not in shared]))
        for group in groups
    ]


def examples_in(groups: Sequence[Group]) -> Examples:
    """Return all examples of the groups, near misses last."""
    texts = [text for group in groups for text in group.texts]
    negatives = [text for group in groups for text in group.negatives]
    numbers = np.arange(len(groups))
    of_texts = np.repeat(numbers, [len(group.texts) for group in groups])
    of_negatives = np.repeat(numbers, [len(group.negatives) for group in groups])
    return Examples(
        texts + negatives,
        np.concatenate([of_texts, of_negatives]),
        np.repeat([False, True], [len(texts), len(negatives)]),
        len(groups),
    )
