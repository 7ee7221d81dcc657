"""Group questions of one kind (better two groups of a kind than one of two), then by topic."""

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from faq.language.text import Reader

Array = np.ndarray[Any, np.dtype[Any]]

# Least cosine of the encoder's vectors of two questions without common words. The more words they
# share, the more alike their meaning must be: one other word (护照, 驾照) makes another question.
ALIKE, PER_SHARED_WORDS = 0.62, 0.35
# Least cosine of the words of questions without vectors: the same but for a particle.
SAME_WORDS = 0.75
# Least mean of cosines of the vectors and of the words, added, between the questions of a group
# and those of its topic. Of 200 labelled questions in 167 groups it makes 73 topics, in which four
# of five questions have the case of most.
ONE_TOPIC = 0.6

_BEGIN, _END = "^", "$"


def groups(
    questions: Sequence[str],
    reader: Reader,
    vectors: Array | None = None,
    kinds: Sequence[Hashable] | None = None,
) -> list[list[int]]:
    """Return groups of positions of like questions, in the order of their first ones.

    Each question of a group is like each other one (complete linkage). `vectors`: of the encoder,
    `(n, 512)`, zero where it cannot read; `kinds`: only questions of equal kinds form a group.
    Takes about 2 s and 100 MB for 3,000 questions.
    """
    count = len(questions)
    alike = _alike(_shared_words(questions, reader), vectors)
    if kinds is not None:
        numbers = {kind: number for number, kind in enumerate(dict.fromkeys(kinds))}
        number_of = np.array([numbers[kind] for kind in kinds], "i4")
        alike &= number_of[:, None] == number_of[None, :]
    group_of = np.zeros(count, np.intp)
    sizes = np.zeros(count, np.intp)
    clusters: list[list[int]] = []
    for position in range(count):
        like = group_of[:position][alike[position, :position]]
        like_all = np.bincount(like, minlength=len(clusters)) == sizes[: len(clusters)]
        number = int(np.argmax(like_all)) if like_all.any() else len(clusters)
        if number == len(clusters):
            clusters.append([])
        clusters[number].append(position)
        group_of[position] = number
        sizes[number] += 1
    return clusters


def topics(
    groups: Sequence[Sequence[int]],
    questions: Sequence[str],
    reader: Reader,
    vectors: Array | None = None,
) -> list[list[int]]:
    """Return groups of one topic as positions in `groups`, which are in order of importance.

    A group joins the topic that it is most like on average, else it begins one. `questions` and
    `vectors`: as in `groups`; their positions are what `groups` holds.
    """
    alike = _shared_words(questions, reader)
    if vectors is not None:
        alike = alike + vectors @ vectors.T
    topics: list[list[int]] = []
    topic_of = np.full(len(questions), -1, np.intp)
    for position, group in enumerate(groups):
        placed = topic_of >= 0
        to_all = alike[list(group)].mean(axis=0)[placed]
        sizes = np.bincount(topic_of[placed], minlength=len(topics))
        means = np.bincount(topic_of[placed], to_all, minlength=len(topics)) / sizes
        best = int(np.argmax(means)) if topics else 0
        if not topics or means[best] < ONE_TOPIC:
            best = len(topics)
            topics.append([])
        topics[best].append(position)
        topic_of[list(group)] = best
    return topics


def _alike(shared: Array, vectors: Array | None) -> Array:
    """Return which pairs are alike: `(n, n)`."""
    if vectors is None:
        return shared >= SAME_WORDS
    readable = vectors.any(axis=1)
    alike: Array = vectors @ vectors.T >= ALIKE + PER_SHARED_WORDS * shared
    alike |= ~(readable[:, None] & readable[None, :]) & (shared >= SAME_WORDS)
    return alike


def _shared_words(questions: Sequence[str], reader: Reader) -> Array:
    """Return the cosines of the questions' characters and syllables: `(n, n)`."""
    features = [_features(question, reader) for question in questions]
    holders: dict[str, list[int]] = defaultdict(list)
    for position, own in enumerate(features):
        for feature in own:
            holders[feature].append(position)
    count = len(questions)
    weights = {feature: math.log(1 + count / len(held)) for feature, held in holders.items()}
    lengths = np.array([math.sqrt(math.fsum(weights[f] for f in own)) or 1.0 for own in features])
    places = {feature: np.array(held, np.intp) for feature, held in holders.items()}
    cosines = np.zeros((count, count), "f4")
    for position, own in enumerate(features):
        for feature in own:
            cosines[position, places[feature]] += weights[feature]
    cosines /= lengths[:, None]
    cosines /= lengths[None, :]
    return cosines


def _features(question: str, reader: Reader) -> list[str]:
    """Return tokens, syllables (marked, because Latin words are both) and pairs, sorted."""
    reading = reader.read(question)
    if not reading.tokens:
        return []
    spoken = [f"~{syllable}" for syllable in reading.syllables]
    pairs = [*pairwise([_BEGIN, *reading.tokens, _END]), *pairwise(spoken)]
    return sorted({*reading.tokens, *spoken, *(f"{a} {b}" for a, b in pairs)})
