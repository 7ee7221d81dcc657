"""Which of many questions are alike, by what the matcher compares: characters and syllables."""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from faq.language.text import Reader

# Cosine of two questions from which on they are taken for one: of the labelled questions that the
# product is shipped with, 19 of 20 are then in a group of their own case.
ALIKE = 0.3

_BEGIN, _END = "^", "$"


def groups(questions: Sequence[str], reader: Reader) -> list[list[int]]:
    """The positions of `questions` in groups of those that are alike, in the order of the first.

    Every group gathers around its first question, so put the most important ones first. Ten
    thousand different questions take about two seconds.
    """
    features = [_features(question, reader) for question in questions]
    counts = Counter(feature for found in features for feature in found)
    weights = {f: math.log(1 + len(questions) / count) for f, count in counts.items()}
    # For each feature the groups whose first question has it.
    holders: dict[str, array[int]] = defaultdict(lambda: array("i"))
    lengths = np.ones(len(questions))
    found_groups: list[list[int]] = []
    for position, own in enumerate(features):
        known = [feature for feature in own if feature in holders]
        length = math.sqrt(math.fsum(weights[feature] for feature in own)) or 1.0
        if known:
            shared = np.bincount(
                np.concatenate([np.frombuffer(holders[feature], "i4") for feature in known]),
                np.repeat(
                    [weights[feature] for feature in known],
                    [len(holders[feature]) for feature in known],
                ),
            )
            cosines = shared / (lengths[: len(shared)] * length)
            nearest = int(np.argmax(cosines))
            if cosines[nearest] >= ALIKE:
                found_groups[nearest].append(position)
                continue
        for feature in own:
            holders[feature].append(len(found_groups))
        lengths[len(found_groups)] = length
        found_groups.append([position])
    return found_groups


def _features(question: str, reader: Reader) -> list[str]:
    """Tokens, syllables (marked, for words in letters are both) and pairs of neighbours, sorted."""
    reading = reader.read(question)
    spoken = [f"~{syllable}" for syllable in reading.syllables]
    pairs = [*pairwise([_BEGIN, *reading.tokens, _END]), *pairwise(spoken)]
    return sorted({*reading.tokens, *spoken, *(f"{a} {b}" for a, b in pairs)})
