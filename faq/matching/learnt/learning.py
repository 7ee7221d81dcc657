"""Learn each class against the examples that could be mistaken for it.

A ridge regression per class is solved over its own examples and their nearest foreign ones, once
over the n-grams and once over the encoder's vectors. On the shipped content this is as good as one
regression over all examples, and its cost grows with the number of classes, not with the cube of
the examples.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from faq.matching.interruption import check
from faq.matching.learnt.features import Features, expand_ranges

Array = np.ndarray[Any, np.dtype[Any]]

RIDGE = 0.4
ENCODER_RIDGE = 0.3
# Degree of the kernel; a high one discounts weak similarity.
ENCODER_POWER = 3
# Foreign examples per example, at most and at least, and per class: they set the cost of a class.
NEIGHBOURS, FEWEST_NEIGHBOURS, MOST_TRAINING_ROWS, MOST_ROWS_OF_INTENTS = 8, 2, 1_000, 600
# Near misses written by an editor weigh as much as several foreign examples.
NEGATIVE_WEIGHT = 4.0
# A subject of n examples weighs 1 + BOOST / (1 + (n / FEW)^2) as much, so that one of five examples
# does not drown beside one of 250, which keeps its weight.
BOOST, FEW = 2.2, 12
# Multiplications spent on finding neighbours; the commonest n-grams are left out.
_NEIGHBOUR_BUDGET = 120_000_000
_BLOCK = 256
# Rows from which a matrix is inverted by halves.
_LARGE = 128
# Cosine from which two examples are duplicates and do not separate their classes.
_SAME = 0.999


@dataclass(frozen=True)
class Examples:
    """Hold the training examples; the label of a near miss is the class that it is not.

    The first `subjects` classes are entries, courtesies and "out of scope", the others intents.
    `sources`: examples made from the same sentence have the same number. `silent` `(kinds, n)`: the
    examples that say nothing about the classes of a kind; `silent_for`: the kind of each class.
    """

    texts: Sequence[str]
    labels: Array
    is_negative: Array
    classes: int
    subjects: int
    sources: Array
    silent: Array
    silent_for: Array


@dataclass(frozen=True)
class Learnt:
    """Hold the `coefficients` of a class for its training examples (numbers in `rows`).

    `left_out`: the leave-one-out score of each of them.
    """

    rows: Array
    coefficients: Array
    left_out: Array

    def weighed(self, weight: float, prior: float) -> "Learnt":
        """Return what raises the scores above the prior by this factor."""
        left_out = prior + weight * (self.left_out - prior)
        return Learnt(self.rows, weight * self.coefficients, left_out)


def learn(
    features: Features, vectors: Array | None, examples: Examples, prior: Array
) -> tuple[list[Learnt], list[Learnt]]:
    """Return what each class learnt from the n-grams, and from the vectors (empty without any).

    `vectors`: `(n, dimensions)`. `prior`: per class, the score of a text without features.
    """
    neighbours = [_Neighbours(features, examples, silent) for silent in examples.silent]
    order = np.argsort(examples.labels, kind="stable")
    ends = np.cumsum(np.bincount(examples.labels, minlength=examples.classes)).tolist()
    lexical, encoded = [], []
    for label in range(examples.classes):
        own = order[ends[label - 1] if label else 0 : ends[label]]
        most = MOST_TRAINING_ROWS if label < examples.subjects else MOST_ROWS_OF_INTENTS
        each = max(FEWEST_NEIGHBOURS, min(NEIGHBOURS, most // max(len(own), 1)))
        positive = own[~examples.is_negative[own]]
        foreign = neighbours[examples.silent_for[label]].of(label, positive, each)
        rows = np.union1d(own, foreign)
        alike = _products(features, rows)
        weight = 1.0
        # "Out of scope" is the last subject.
        if label < examples.subjects - 1:
            weight += BOOST / (1 + (int((~examples.is_negative[own]).sum()) / FEW) ** 2)
        solution = _solve(alike, rows, examples, label, RIDGE, prior[label])
        lexical.append(solution.weighed(weight, prior[label]))
        if vectors is not None:
            rows = rows[~features.of_pinyin[rows]]
            near = vectors[rows].astype("f4")
            alike = cosine_kernel(near @ near.T)
            solution = _solve(alike, rows, examples, label, ENCODER_RIDGE, prior[label])
            encoded.append(solution.weighed(weight, prior[label]))
    return lexical, encoded


def cosine_kernel(cosines: Array) -> Array:
    """Return the polynomial kernel of the cosines; changes `cosines` in place."""
    np.maximum(cosines, 0, out=cosines)
    cosines **= ENCODER_POWER
    return cosines


def _solve(
    alike: Array, rows: Array, examples: Examples, label: int, ridge: float, prior: float
) -> Learnt:
    negative = examples.is_negative[rows]
    targets = ((examples.labels[rows] == label) & ~negative).astype("f4") - prior
    diagonal = np.where(negative & (examples.labels[rows] == label), ridge / NEGATIVE_WEIGHT, ridge)
    alike[np.diag_indices_from(alike)] += diagonal
    inverse = _inverse(alike.astype("f8")).astype("f4")
    coefficients = inverse @ targets
    left_out = targets - coefficients / np.diag(inverse) + prior
    _leave_out_together(left_out, examples.sources[rows], inverse, coefficients, targets + prior)
    return Learnt(rows, coefficients, left_out)


def _leave_out_together(
    left_out: Array, sources: Array, inverse: Array, coefficients: Array, targets: Array
) -> None:
    """Score the examples made from one sentence without all of them."""
    order = np.argsort(sources, kind="stable")
    _, starts, counts = np.unique(sources[order], return_index=True, return_counts=True)
    for start, count in zip(starts[counts > 1], counts[counts > 1], strict=True):
        own = order[start : start + count]
        block = inverse[np.ix_(own, own)]
        left_out[own] = targets[own] - np.linalg.solve(block, coefficients[own])


def _inverse(matrix: Array) -> Array:
    """Invert a positive definite matrix by halves: twice as fast as at once in half the precision.

    Halves in half the precision are inaccurate where many examples are nearly the same.
    """
    if len(matrix) <= _LARGE:
        return np.linalg.inv(matrix)
    half = len(matrix) // 2
    beside = matrix[:half, half:]
    first = _inverse(matrix[:half, :half])
    turned = first @ beside
    last = _inverse(matrix[half:, half:] - beside.T @ turned)
    between = turned @ last
    return np.block([[first + between @ turned.T, -between], [-between.T, last]])


def _products(features: Features, rows: Array) -> Array:
    """Return the dot products of these examples' n-grams: `(n, n)`."""
    places, of = features.places(rows)
    _, columns = np.unique(features.columns[places], return_inverse=True)
    # An n-gram of a single example adds to the diagonal only.
    shared = np.bincount(columns) > 1
    kept = shared[columns]
    matrix = np.zeros((len(rows), int(shared.sum())), "f4")
    matrix[of[kept], (np.cumsum(shared) - 1)[columns[kept]]] = features.values[places[kept]]
    alike: Array = matrix @ matrix.T
    squares = np.bincount(of, features.values[places] ** 2, minlength=len(rows))
    alike[np.diag_indices_from(alike)] = squares
    return alike


class _Neighbours:
    """Find the nearest foreign examples among those that are not silent."""

    def __init__(self, features: Features, examples: Examples, silent: Array) -> None:
        self._features = features
        self._labels = examples.labels
        holders = np.repeat(np.arange(features.count), np.diff(features.starts))
        by_gram = np.argsort(features.columns, kind="stable")
        by_gram = by_gram[~(silent | examples.is_negative)[holders[by_gram]]]
        self._holders = holders[by_gram]
        self._values = features.values[by_gram]
        self._counts = np.bincount(features.columns[by_gram], minlength=features.width)
        self._starts = np.cumsum(self._counts) - self._counts
        rarest = np.sort(self._counts)
        affordable = np.searchsorted(np.cumsum(rarest**2), _NEIGHBOUR_BUDGET)
        self._limit = rarest[affordable] if affordable < len(rarest) else features.count + 1

    def of(self, label: int, own: Array, count: int) -> Array:
        """Return the `count` nearest foreign examples of each of the `own` ones, as one list."""
        foreign = self._labels != label
        columns = [np.zeros(0, np.intp)]
        for first in range(0, len(own), _BLOCK):
            check()
            alike, lengths = self._products(own[first : first + _BLOCK])
            alike *= foreign
            alike[alike > _SAME * lengths[:, None]] = 0
            columns.append(_best(alike, count))
        return np.concatenate(columns)

    def _products(self, block: Array) -> tuple[Array, Array]:
        """Return the products of these examples with all others, and with themselves."""
        features, total = self._features, self._features.count
        places, of = features.places(block)
        kept = self._counts[features.columns[places]] < self._limit
        places, of = places[kept], of[kept]
        columns, values = features.columns[places], features.values[places]
        postings, term = expand_ranges(self._starts[columns], self._counts[columns])
        alike = np.bincount(
            of[term] * total + self._holders[postings],
            values[term] * self._values[postings],
            minlength=len(block) * total,
        )
        lengths = np.bincount(of, values**2, minlength=len(block))
        return alike.reshape(len(block), total), lengths


def _best(scores: Array, count: int) -> Array:
    """Return the columns of the highest positive scores of all rows.

    Sets the found scores to zero: repeated argmax is much faster than sorting mostly zeros.
    """
    rows = np.arange(len(scores))
    best = []
    for _ in range(count):
        columns = scores.argmax(axis=1)
        best.append(columns[scores[rows, columns] > 0])
        scores[rows, columns] = 0
    return np.concatenate(best)
