"""Group similar questions by their characters and syllables."""

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from faq.language.text import Reader

# Least cosine within a group: 19 of 20 shipped questions are then in a group of their own case.
ALIKE = 0.3

_BEGIN, _END = "^", "$"


def groups(questions: Sequence[str], reader: Reader) -> list[list[int]]:
    """Return groups of positions of similar questions, in the order of their first ones.

    Each group forms around its first question, so put the most important ones first. Ten thousand
    distinct questions take about 2 s.
    """
    features = [_features(question, reader) for question in questions]
    counts = Counter(feature for found in features for feature in found)
    weights = {f: math.log(1 + len(questions) / count) for f, count in counts.items()}
    # Feature → groups whose first question has it.
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
    """Return tokens, syllables (marked, because Latin words are both) and pairs, sorted."""
    reading = reader.read(question)
    spoken = [f"~{syllable}" for syllable in reading.syllables]
    pairs = [*pairwise([_BEGIN, *reading.tokens, _END]), *pairwise(spoken)]
    return sorted({*reading.tokens, *spoken, *(f"{a} {b}" for a, b in pairs)})
