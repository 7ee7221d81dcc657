"""Learning from examples: each class against those examples that could be mistaken for it.

For every class a ridge regression is solved over its own examples and their nearest foreign ones,
once over the n-grams and once over the encoder's vectors. What a class never meets would hardly
have moved its weights: on the shipped content this is as good as one regression over everything,
and its cost grows with the number of classes, not with the cube of the examples.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from faq.matching.features import Features, expand_ranges
from faq.matching.interruption import check

Array = np.ndarray[Any, np.dtype[Any]]

RIDGE = 0.4
ENCODER_RIDGE = 0.3
# Likeness of two vectors, to this power: what is only somewhat alike hardly counts.
ENCODER_POWER = 3
# How many foreign examples each example brings along, at most and at least, and how many a class
# may meet: they set the cost of a class.
NEIGHBOURS, FEWEST_NEIGHBOURS, MOST_MET = 8, 2, 1_000
# A near miss that an editor wrote down counts as much as several examples of another entry.
NEGATIVE_WEIGHT = 4.0
# Products that finding the neighbours may cost; the commonest n-grams are left out.
_NEIGHBOUR_BUDGET = 60_000_000
_BLOCK = 256
# From here on two examples are the same, and say nothing about which of two classes is meant.
_SAME = 0.999


@dataclass(frozen=True)
class Examples:
    """What is learnt from: `labels` are classes; a negative's is the class that it is not."""

    texts: Sequence[str]
    labels: Array
    is_negative: Array
    classes: int


@dataclass(frozen=True)
class Learnt:
    """What a class learnt: its `coefficients` for the examples that it met.

    `left_out`: the score that each of them would get, had it not been learnt from.
    """

    met: Array
    coefficients: Array
    left_out: Array


def learn(
    features: Features, vectors: Array | None, examples: Examples, prior: Array
) -> tuple[list[Learnt], list[Learnt]]:
    """Return what each class learnt from the n-grams, and from the vectors (empty without any).

    `vectors`: `(n, dimensions)`. `prior`: of each class, the score of what resembles nothing.
    """
    neighbours = _neighbours(features, examples)
    order = np.argsort(examples.labels, kind="stable")
    ends = np.cumsum(np.bincount(examples.labels, minlength=examples.classes)).tolist()
    lexical, encoded = [], []
    for label in range(examples.classes):
        check()
        own = order[ends[label - 1] if label else 0 : ends[label]]
        met = _met(examples, own, neighbours)
        lexical.append(_solve(_alike(features, met), met, examples, label, RIDGE, prior[label]))
        if vectors is not None:
            met = met[~features.of_pinyin[met]]
            near = vectors[met].astype("f4")
            alike = cosine_kernel(near @ near.T)
            encoded.append(_solve(alike, met, examples, label, ENCODER_RIDGE, prior[label]))
    return lexical, encoded


def cosine_kernel(cosines: Array) -> Array:
    """The kernel over the encoder's vectors; changes and returns `cosines`."""
    np.maximum(cosines, 0, out=cosines)
    cosines **= ENCODER_POWER
    return cosines


def _solve(
    alike: Array, met: Array, examples: Examples, label: int, ridge: float, prior: float
) -> Learnt:
    negative = examples.is_negative[met]
    wanted = ((examples.labels[met] == label) & ~negative).astype("f4") - prior
    diagonal = np.where(negative & (examples.labels[met] == label), ridge / NEGATIVE_WEIGHT, ridge)
    alike[np.diag_indices_from(alike)] += diagonal
    inverse = np.linalg.inv(alike.astype("f8"))
    coefficients = inverse @ wanted
    left_out = wanted - coefficients / np.diag(inverse) + prior
    return Learnt(met, coefficients, left_out)


def _met(examples: Examples, own: Array, neighbours: Array) -> Array:
    """The examples that a class learns from, in their order."""
    each = max(FEWEST_NEIGHBOURS, min(NEIGHBOURS, MOST_MET // max(len(own), 1)))
    foreign = neighbours[own[~examples.is_negative[own]], :each]
    return np.union1d(own, foreign[foreign >= 0])


def _alike(features: Features, met: Array) -> Array:
    """How alike every two of these examples are, by their n-grams."""
    places, of = features.places(met)
    _, columns = np.unique(features.columns[places], return_inverse=True)
    # An n-gram of a single example makes no two alike.
    shared = np.bincount(columns) > 1
    kept = shared[columns]
    matrix = np.zeros((len(met), int(shared.sum())), "f4")
    matrix[of[kept], (np.cumsum(shared) - 1)[columns[kept]]] = features.values[places[kept]]
    alike: Array = matrix @ matrix.T
    squares = np.bincount(of, features.values[places] ** 2, minlength=len(met))
    alike[np.diag_indices_from(alike)] = squares
    return alike


def _neighbours(features: Features, examples: Examples) -> Array:
    """Of every example the foreign ones most like it, best first; -1 where there are no more."""
    total = features.count
    by_gram = np.argsort(features.columns, kind="stable")
    holders = np.repeat(np.arange(total), np.diff(features.starts))[by_gram]
    values = features.values[by_gram]
    counts = np.bincount(features.columns, minlength=features.width)
    starts = np.cumsum(counts) - counts
    rarest = np.sort(counts.astype(np.int64))
    affordable = np.searchsorted(np.cumsum(rarest**2), _NEIGHBOUR_BUDGET)
    limit = rarest[affordable] if affordable < len(rarest) else total + 1
    found = np.full((total, NEIGHBOURS), -1, np.int32)
    for first in range(0, total, _BLOCK):
        check()
        block = np.arange(first, min(first + _BLOCK, total))
        places, of = features.places(block)
        kept = counts[features.columns[places]] < limit
        places, of = places[kept], of[kept]
        columns = features.columns[places]
        postings, term = expand_ranges(starts[columns], counts[columns])
        alike = np.bincount(
            of[term] * total + holders[postings],
            features.values[places][term] * values[postings],
            minlength=len(block) * total,
        ).reshape(len(block), total)
        alike[examples.labels[block][:, None] == examples.labels[None, :]] = 0
        alike[:, examples.is_negative] = 0
        lengths = np.bincount(of, features.values[places] ** 2, minlength=len(block))
        alike[alike > _SAME * lengths[:, None]] = 0
        found[block] = _best(alike, NEIGHBOURS)
    return found


def _best(scores: Array, count: int) -> Array:
    """For every row the columns of its highest scores above zero, best first, then -1.

    Leaves zeros in place of the scores that were found: looking for the highest again and again is
    much faster than sorting what is mostly zero.
    """
    rows = np.arange(len(scores))
    found = np.full((len(scores), count), -1, np.int32)
    for place in range(count):
        columns = scores.argmax(axis=1)
        found[:, place] = np.where(scores[rows, columns] > 0, columns, -1)
        scores[rows, columns] = 0
    return found
