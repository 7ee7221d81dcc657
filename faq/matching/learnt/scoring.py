"""Score all classes for a question.

Few classes use dense tables. With many classes the commonest n-grams keep a dense row each, every
other one a list of the classes for which it has a weight.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from faq.language.text import Reading
from faq.matching.learnt.calibration import RankedScores, rank
from faq.matching.learnt.features import Features, Lexicon, Terms, expand_ranges
from faq.matching.learnt.learning import Examples, Learnt, cosine_kernel

Array = np.ndarray[Any, np.dtype[Any]]

# Most classes with dense tables, all scored by the encoder.
MOST_DENSE_CLASSES = 256
# With more classes:
# Share of the classes from which an n-gram keeps a dense row.
COMMON = 0.05
# Most classes that are scored fully, and their least share of the best score by rare n-grams.
LEADERS, LEADING = 24, 0.4
# Weights below this share of a class's strongest one are dropped.
FAINT = 0.05
# Exemplars per class, and of all classes (1 KiB each).
MOST_EXEMPLARS = 48
MOST_VECTORS = 40_000
# Principal directions, of 512, in which the encoder's vectors are compared.
MOST_DIRECTIONS = 192
# Vectors scored per batch.
_MANY = 512


@dataclass(frozen=True)
class Tables:
    """Hold the weights of the n-grams as serialisable arrays.

    `row_of`: per n-gram its row in `dense`, or -1. An n-gram without a dense row has `weights` for
    the classes `classes[starts[gram]:starts[gram + 1]]`.
    """

    dense: Array
    row_of: Array
    starts: Array
    classes: Array
    weights: Array


def build_tables(features: Features, learnt: Sequence[Learnt]) -> Tables:
    """Convert the coefficients of examples to weights per n-gram and class."""
    width, count = features.width, len(learnt)
    if count <= MOST_DENSE_CLASSES:
        dense = np.zeros((width, count), "f2")
        for label, own_learnt in enumerate(learnt):
            rows, own_weights = _gram_weights(features, own_learnt)
            dense[rows, label] = own_weights
        empty = np.zeros(0, "i4")
        return Tables(dense, np.arange(width, dtype="i4"), np.zeros(width + 1, "i8"), empty,
                      np.zeros(0, "f2"))  # fmt: skip
    return _sparse_tables(features, learnt)


def _sparse_tables(features: Features, learnt: Sequence[Learnt]) -> Tables:
    """Return sparse tables for many classes, without faint weights."""
    width, count = features.width, len(learnt)
    grams, weights, lengths = [], [], []
    for own_learnt in learnt:
        rows, own_weights = _gram_weights(features, own_learnt)
        kept = np.abs(own_weights) > FAINT * np.abs(own_weights).max(initial=0)
        grams.append(rows[kept])
        weights.append(own_weights[kept])
        lengths.append(len(grams[-1]))
    gram, weight = np.concatenate(grams), np.concatenate(weights).astype("f2")
    label_of = np.repeat(np.arange(count, dtype="i4"), lengths)
    order = np.argsort(gram, kind="stable")
    gram, label_of, weight = gram[order], label_of[order], weight[order]
    counts = np.bincount(gram, minlength=width)
    common = np.flatnonzero(counts > COMMON * count)
    row_of = np.full(width, -1, "i4")
    row_of[common] = np.arange(len(common))
    dense = np.zeros((len(common), count), "f2")
    of_common = row_of[gram] >= 0
    dense[row_of[gram[of_common]], label_of[of_common]] = weight[of_common]
    counts[common] = 0
    starts = np.concatenate([[0], np.cumsum(counts)])
    return Tables(dense, row_of, starts, label_of[~of_common], weight[~of_common])


def _gram_weights(features: Features, learnt: Learnt) -> tuple[Array, Array]:
    """Return the n-grams of a class's training examples, and the weight of each."""
    places, of = features.places(learnt.rows)
    rows, which = np.unique(features.columns[places], return_inverse=True)
    sums = np.bincount(which, learnt.coefficients[of] * features.values[places])
    return rows, (sums * features.weights[rows]).astype("f4")


class Scores(NamedTuple):
    """Hold the scores of some classes (`labels`, ascending) per channel.

    `spoken` and `written` are not yet multiplied by the question's weights (`Terms`). `lexical`:
    both channels and the prior.
    """

    labels: list[int]
    spoken: list[float]
    written: list[float]
    lexical: list[float]


class LexicalScorer:
    """Score by n-grams of syllables and of characters."""

    def __init__(self, tables: Tables, prior: Array, subjects: int) -> None:
        self._tables = tables
        self._subjects = subjects
        self._dense = tables.dense.astype("f4")
        self._prior = prior
        self._count = len(prior)
        self._all = [*range(self._count)]
        self.is_dense = self._count <= MOST_DENSE_CLASSES
        self._priors: list[float] = prior.tolist()
        if not self.is_dense:
            self._stretches: list[int] = tables.starts.tolist()
            self._row_of: list[int] = tables.row_of.tolist()

    def score(self, terms: Terms, others: Array | None = None) -> Scores:
        """Score all classes; with many classes only the leading ones and `others`."""
        if not self.is_dense:
            return self._score_leaders(terms, others)
        # Few calls: each costs more than its arithmetic here.
        sums = _channels(terms.split, len(terms.rows)) @ self._dense.take(terms.rows, 0)
        spoken, written = sums.tolist()
        share, other = terms.spoken, terms.written
        parts = zip(spoken, written, self._priors, strict=True)
        return Scores(self._all, spoken, written, [share * a + other * b + c for a, b, c in parts])

    def _score_leaders(self, terms: Terms, others: Array | None) -> Scores:
        split = terms.split
        spoken = self._rare(terms.rows[:split])
        written = self._rare(terms.rows[split:])
        # "Out of scope", the last of the subjects, and all intents are always scored.
        last = self._subjects - 1
        labels = np.append(
            leaders((spoken * terms.spoken + written * terms.written)[:last]),
            np.arange(last, self._count),
        )
        if others is not None:
            labels = np.union1d(labels, others)
        spoken = spoken[labels] + self._common(terms.rows[:split], labels)
        written = written[labels] + self._common(terms.rows[split:], labels)
        lexical = spoken * terms.spoken + written * terms.written + self._prior[labels]
        return Scores(labels.tolist(), spoken.tolist(), written.tolist(), lexical.tolist())

    def _rare(self, rows: list[int]) -> Array:
        """Return the scores of every class by the rare n-grams."""
        starts, tables = self._stretches, self._tables
        stretches = [(starts[row], starts[row + 1]) for row in rows]
        classes = [tables.classes[a:b] for a, b in stretches if a < b]
        if not classes:
            return np.zeros(self._count)
        weights = [tables.weights[a:b] for a, b in stretches if a < b]
        sums: Array = np.bincount(
            np.concatenate(classes), np.concatenate(weights), minlength=self._count
        )
        return sums

    def _common(self, rows: list[int], labels: Array) -> Array:
        """Return the scores of some classes by the common n-grams."""
        dense = [self._row_of[row] for row in rows if self._row_of[row] >= 0]
        sums: Array = self._dense[np.array(dense, np.intp)[:, None], labels].sum(0)
        return sums


@lru_cache(4096)
def _channels(split: int, count: int) -> Array:
    """Return a matrix `(2, count)` that sums the first `split` rows, and the others."""
    matrix = np.zeros((2, count), "f4")
    matrix[0, :split] = matrix[1, split:] = 1
    return matrix


def leaders(scores: Array) -> Array:
    """Return the classes with the highest scores, ascending; at least one."""
    best = int(np.argmax(scores))
    near: Array = np.array([best])
    if scores[best] > 0:
        near = np.flatnonzero(scores >= LEADING * scores[best])
    if len(near) > LEADERS:
        near = np.sort(near[np.argpartition(scores[near], -LEADERS)[-LEADERS:]])
    return near


@dataclass(frozen=True)
class Exemplars:
    """Hold the model of the encoder's channel as serialisable arrays.

    `basis` `(512, n)`: the directions in which vectors are compared. `vectors` `(m, n)`: of the
    kept examples, and `owners` the class of each, -1 for a near miss. Class c has the
    `coefficients[starts[c]:starts[c + 1]]` for the vectors at `places[starts[c]:starts[c + 1]]`.
    `centres`: one vector per class.
    """

    basis: Array
    vectors: Array
    owners: Array
    starts: Array
    places: Array
    coefficients: Array
    centres: Array


def basis_of(vectors: Array) -> Array:
    """Return the principal directions of the vectors: `(512, MOST_DIRECTIONS)`."""
    exact = vectors.astype("f4")
    basis: Array = np.linalg.eigh(exact.T @ exact)[1][:, : -MOST_DIRECTIONS - 1 : -1]
    return basis.astype("f2")


def build_exemplars(
    basis: Array, vectors: Array, learnt: Sequence[Learnt], examples: Examples
) -> Exemplars:
    """Keep the exemplars with the largest coefficients; `vectors` are projected on `basis`."""
    count = len(learnt)
    most = len(vectors)
    if count > MOST_DENSE_CLASSES:
        most = max(1, min(MOST_EXEMPLARS, MOST_VECTORS // count))
    chosen_rows, coefficients = [], []
    for own_learnt in learnt:
        order = np.sort(np.argsort(-np.abs(own_learnt.coefficients), kind="stable")[:most])
        chosen_rows.append(own_learnt.rows[order])
        coefficients.append(own_learnt.coefficients[order])
    kept, places = np.unique(np.concatenate(chosen_rows), return_inverse=True)
    mean = vectors.astype("f4").mean(0)
    centres = np.zeros((count, vectors.shape[1]), "f4")
    for label in range(count):
        own = np.flatnonzero((examples.labels == label) & ~examples.is_negative)
        centre = vectors[own].astype("f4").mean(0) - mean
        centres[label] = centre / max(float(np.linalg.norm(centre)), 1e-9)
    return Exemplars(
        basis,
        vectors[kept],
        np.where(examples.is_negative[kept], -1, examples.labels[kept]).astype("i4"),
        np.concatenate([[0], np.cumsum([len(rows) for rows in chosen_rows])]),
        places.astype("i4"),
        np.concatenate(coefficients).astype("f4"),
        centres,
    )


class EncoderScorer:
    """Score by the encoder's vectors."""

    def __init__(self, exemplars: Exemplars, subjects: int) -> None:
        self._exemplars = exemplars
        self._centres = exemplars.centres[:subjects]
        self._basis = exemplars.basis.astype("f4")
        self._vectors = exemplars.vectors.astype("f4")
        count = len(exemplars.centres)
        self._lengths = np.diff(exemplars.starts)
        self.is_dense = count <= MOST_DENSE_CLASSES
        if self.is_dense:
            self._table = np.zeros((len(self._vectors), count), "f4")
            labels = np.repeat(np.arange(count), self._lengths)
            self._table[exemplars.places, labels] = exemplars.coefficients

    def project(self, vectors: Array) -> Array:
        """Project the encoder's vectors on the basis, rounded as examples are stored."""
        turned: Array = (vectors @ self._basis).astype("f2").astype("f4")
        return turned

    def leaders(self, vector: Array) -> Array | None:
        """Return the subjects worth scoring; None with few classes: all are."""
        if self.is_dense:
            return None
        return leaders(self._centres @ vector)

    def nearest(self, vector: Array, labels: Array) -> tuple[int, float]:
        """Return the class of the nearest example of these classes, and its cosine."""
        places = np.flatnonzero(np.isin(self._exemplars.owners, labels))
        if not len(places):
            return -1, 0.0
        cosines: Array = self._vectors[places] @ vector
        best = int(np.argmax(cosines))
        return int(self._exemplars.owners[places[best]]), float(cosines[best])

    def score(self, vector: Array, labels: Sequence[int]) -> Array:
        """Score these classes; with few classes all, and `vector` may be `(n, dimensions)`."""
        scores: Array
        if self.is_dense:
            scores = cosine_kernel(vector @ self._vectors.T) @ self._table
            return scores
        exemplars = self._exemplars
        stretches, of = expand_ranges(exemplars.starts[[*labels]], self._lengths[[*labels]])
        alike = cosine_kernel(self._vectors[exemplars.places[stretches]] @ vector)
        scores = np.bincount(of, alike * exemplars.coefficients[stretches], minlength=len(labels))
        return scores


class Judgement(NamedTuple):
    """Hold the scores of some classes for a question.

    `vector`: the encoder's, None if it was not asked.

    `scores`: of the n-grams. `encoded`: of the vector, prior included; None without a vector. The
    classes from position `intents` on are all intents.
    """

    terms: Terms
    scores: Scores
    encoded: list[float] | None
    intents: int
    vector: Array | None = None

    def rank(self) -> RankedScores:
        """Combine the channels and find the two highest scores of the subjects."""
        lexical = self.scores.lexical[: self.intents]
        if self.encoded is None:
            return rank(lexical[:], lexical, None)
        encoded = self.encoded[: self.intents]
        both = [(score + other) / 2 for score, other in zip(lexical, encoded, strict=True)]
        return rank(both, lexical, encoded)


class Scorer:
    """Score questions by n-grams and vectors."""

    def __init__(
        self,
        lexicon: Lexicon,
        tables: Tables,
        exemplars: Exemplars | None,
        prior: Array,
        subjects: int,
    ) -> None:
        """Take the number of subjects, which come before the intents."""
        self._lexicon = lexicon
        self._prior = prior
        self._intents = len(prior) - subjects
        self._lexical = LexicalScorer(tables, prior, subjects)
        self._encoder = None if exemplars is None else EncoderScorer(exemplars, subjects)

    @property
    def uses_vectors(self) -> bool:
        """Return whether it scores vectors."""
        return self._encoder is not None

    def nearest(self, judgement: Judgement, labels: Array) -> tuple[int, float]:
        """Return the class of the nearest example of these classes, and its cosine; -1 unknown."""
        if self._encoder is None or judgement.vector is None or not len(labels):
            return -1, 0.0
        return self._encoder.nearest(judgement.vector, labels)

    def project(self, vectors: Array) -> Array:
        """Project the encoder's vectors as `judge` and `encode_scores` take them."""
        return vectors if self._encoder is None else self._encoder.project(vectors)

    def encode_scores(self, vectors: Array) -> Array | None:
        """Return the `encoded` argument of `judge` for many vectors; None with many classes."""
        encoder = self._encoder
        if encoder is None or not encoder.is_dense:
            return None
        chunks = range(0, len(vectors), _MANY)
        labels = range(len(self._prior))
        return np.concatenate([encoder.score(vectors[at : at + _MANY], labels) for at in chunks])

    def judge(
        self, reading: Reading, vector: Array | None, encoded: Array | None = None
    ) -> Judgement:
        """Score a question.

        `vector`: the encoder's, None to score by n-grams alone. `encoded`: the scores of the
        vector, if known (`encode_scores`).
        """
        terms = self._lexicon.terms(reading)
        encoder = self._encoder
        if encoder is None or vector is None:
            scores = self._lexical.score(terms)
            return Judgement(terms, scores, None, len(scores.labels) - self._intents)
        scores = self._lexical.score(terms, encoder.leaders(vector))
        if encoded is None:
            encoded = encoder.score(vector, scores.labels)
        prior = self._prior if encoder.is_dense else self._prior[scores.labels]
        intents = len(scores.labels) - self._intents
        return Judgement(terms, scores, (encoded + prior).tolist(), intents, vector)
