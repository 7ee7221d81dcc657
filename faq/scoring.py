"""Scores of all classes for a question, from what was learnt.

Few classes are scored by dense tables. Of many, an n-gram concerns only some: the commonest n-grams
keep a dense row each, every other one the list of the classes that it speaks for or against.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from faq.calibration import Weighed, weigh
from faq.features import Features, Lexicon, Terms, spread
from faq.learning import Examples, Learnt, likeness
from faq.text import Reading

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

# Up to here every n-gram has a dense row, and every class is scored by the encoder.
MOST_DENSE_CLASSES = 256
# An n-gram that concerns more than this share of the classes keeps a dense row.
COMMON = 0.05
# Of many classes those are scored to the end that lead by their rare n-grams, or by the encoder.
LEADERS, LEADING = 24, 0.4
# A class among many keeps only weights that reach this share of its strongest one.
FAINT = 0.05
# A class among many keeps the examples that matter most to it.
MOST_EXEMPLARS = 48
# All exemplars of all classes together: a vector takes 1 KiB.
MOST_VECTORS = 40_000
# Vectors scored in one go.
_MANY = 512


@dataclass(frozen=True)
class Tables:
    """The weights of the n-grams, as arrays that can be written and read.

    `row_of`: of each n-gram its row in `dense`, or -1. An n-gram without a dense row concerns the
    classes `classes[starts[gram]:starts[gram + 1]]` with `weights`.
    """

    dense: Array
    row_of: Array
    starts: Array
    classes: Array
    weights: Array


def tabulate(features: Features, learnt: Sequence[Learnt]) -> Tables:
    """Turn what was learnt for each example into a weight for each n-gram and class."""
    import numpy as np

    width, count = features.width, len(learnt)
    if count <= MOST_DENSE_CLASSES:
        dense = np.zeros((width, count), "f4")
        for label, one in enumerate(learnt):
            dense[:, label] = _folded(features, one)
        empty = np.zeros(0, "i4")
        return Tables(dense, np.arange(width, dtype="i4"), np.zeros(width + 1, "i8"), empty,
                      np.zeros(0, "f4"))  # fmt: skip
    grams, labels, weights = [], [], []
    for label, one in enumerate(learnt):
        folded = _folded(features, one)
        places = np.flatnonzero(np.abs(folded) > FAINT * np.abs(folded).max())
        grams.append(places.astype("i4"))
        labels.append(np.full(len(places), label, "i4"))
        weights.append(folded[places])
    gram = np.concatenate(grams)
    order = np.argsort(gram, kind="stable")
    gram, label_of, weight = (
        gram[order],
        np.concatenate(labels)[order],
        np.concatenate(weights)[order],
    )
    counts = np.bincount(gram, minlength=width)
    common = np.flatnonzero(counts > COMMON * count)
    row_of = np.full(width, -1, "i4")
    row_of[common] = np.arange(len(common))
    dense = np.zeros((len(common), count), "f4")
    of_common = row_of[gram] >= 0
    dense[row_of[gram[of_common]], label_of[of_common]] = weight[of_common]
    counts[common] = 0
    starts = np.concatenate([[0], np.cumsum(counts)])
    return Tables(dense, row_of, starts, label_of[~of_common], weight[~of_common])


def _folded(features: Features, learnt: Learnt) -> Array:
    """The weight of every n-gram for one class."""
    import numpy as np

    places, of = features.places(learnt.met)
    parts = learnt.coefficients[of] * features.values[places]
    sums = np.bincount(features.columns[places], parts, minlength=features.width)
    return (sums * features.weights).astype("f4")


@dataclass(frozen=True)
class Scores:
    """What speaks for some classes: `labels`, and for each the score of each channel.

    None of them holds the score of what resembles nothing.
    """

    labels: Array
    spoken: Array
    written: Array


class LexicalScorer:
    """Scores by n-grams: what the syllables say and what the characters say, class by class."""

    def __init__(self, tables: Tables, count: int) -> None:
        """`count`: of the classes."""
        import numpy as np

        self._tables = tables
        self._count = count
        self._all = np.arange(count)
        self._stretches: list[int] = tables.starts.tolist()
        self._row_of: list[int] = tables.row_of.tolist()
        self.is_dense = count <= MOST_DENSE_CLASSES

    def score(self, terms: Terms, others: Array | None = None) -> Scores:
        """Of all classes; of many, of those that lead and of the `others`."""
        import numpy as np

        rows, split = terms.rows, terms.split
        if not self.is_dense:
            return self._score_leaders(terms, others)
        shares = np.zeros((2, len(rows)), "f4")
        shares[0, :split] = terms.spoken
        shares[1, split:] = terms.written
        # One product for both: each call of numpy costs more than what it computes here.
        parts = shares @ self._tables.dense.take(rows, 0)
        return Scores(self._all, parts[0], parts[1])

    def _score_leaders(self, terms: Terms, others: Array | None) -> Scores:
        import numpy as np

        split = terms.split
        spoken = self._rare(terms.rows[:split], terms.spoken)
        written = self._rare(terms.rows[split:], terms.written)
        # Out of scope, the last class, is always among what is considered.
        labels = leaders((spoken + written)[:-1])
        more = [self._count - 1] if others is None else [*others, self._count - 1]
        labels = np.unique(np.append(labels, more))
        return Scores(
            labels,
            spoken[labels] + self._common(terms.rows[:split], labels) * terms.spoken,
            written[labels] + self._common(terms.rows[split:], labels) * terms.written,
        )

    def _rare(self, rows: list[int], share: float) -> Array:
        """What the rare n-grams say, of every class."""
        import numpy as np

        starts, tables = self._stretches, self._tables
        stretches = [slice(starts[row], starts[row + 1]) for row in rows]
        classes = np.concatenate([tables.classes[one] for one in stretches] or [tables.classes[:0]])
        weights = np.concatenate([tables.weights[one] for one in stretches] or [tables.weights[:0]])
        sums: Array = np.bincount(classes, weights, minlength=self._count) * share
        return sums

    def _common(self, rows: list[int], labels: Array) -> Array:
        """What the common n-grams say, of some classes."""
        import numpy as np

        dense = [self._row_of[row] for row in rows if self._row_of[row] >= 0]
        sums: Array = self._tables.dense[np.array(dense, np.intp)[:, None], labels].sum(0)
        return sums


def leaders(scores: Array) -> Array:
    """The classes with the highest scores, in no order; at least one."""
    import numpy as np

    best = int(np.argmax(scores))
    near: Array = np.array([best])
    if scores[best] > 0:
        near = np.flatnonzero(scores >= LEADING * scores[best])
    if len(near) > LEADERS:
        near = near[np.argpartition(scores[near], -LEADERS)[-LEADERS:]]
    return near


@dataclass(frozen=True)
class Exemplars:
    """What the encoder's channel knows, as arrays that can be written and read.

    `vectors`: of the examples that matter. Class c compares with the vectors at
    `places[starts[c]:starts[c + 1]]`, which count `coefficients`. `centres`: a vector a class.
    """

    vectors: Array
    starts: Array
    places: Array
    coefficients: Array
    centres: Array


def exemplify(vectors: Array, learnt: Sequence[Learnt], examples: Examples) -> Exemplars:
    """Keep of what was learnt from the encoder's vectors what answers need."""
    import numpy as np

    count = len(learnt)
    most = len(vectors)
    if count > MOST_DENSE_CLASSES:
        most = max(1, min(MOST_EXEMPLARS, MOST_VECTORS // count))
    met, coefficients = [], []
    for one in learnt:
        order = np.sort(np.argsort(-np.abs(one.coefficients), kind="stable")[:most])
        met.append(one.met[order])
        coefficients.append(one.coefficients[order])
    kept, places = np.unique(np.concatenate(met), return_inverse=True)
    mean = vectors.astype("f4").mean(0)
    centres = np.zeros((count, vectors.shape[1]), "f4")
    for label in range(count):
        own = np.flatnonzero((examples.labels == label) & ~examples.is_negative)
        centre = vectors[own].astype("f4").mean(0) - mean
        centres[label] = centre / max(float(np.linalg.norm(centre)), 1e-9)
    return Exemplars(
        vectors[kept],
        np.concatenate([[0], np.cumsum([len(one) for one in met])]),
        places.astype("i4"),
        np.concatenate(coefficients).astype("f4"),
        centres,
    )


class EncoderScorer:
    """Scores by the encoder's vectors."""

    def __init__(self, exemplars: Exemplars) -> None:
        import numpy as np

        self._exemplars = exemplars
        self._vectors = exemplars.vectors.astype("f4")
        count = len(exemplars.centres)
        self._lengths = np.diff(exemplars.starts)
        self.is_dense = count <= MOST_DENSE_CLASSES
        if self.is_dense:
            self._table = np.zeros((len(self._vectors), count), "f4")
            labels = np.repeat(np.arange(count), self._lengths)
            self._table[exemplars.places, labels] = exemplars.coefficients

    def leaders(self, vector: Array) -> Array | None:
        """Of many classes, those that are worth a look; None of few: then all are."""
        if self.is_dense:
            return None
        return leaders(self._exemplars.centres @ vector)

    def score(self, vector: Array, labels: Array) -> Array:
        """Of these classes; of few classes, of all, for each of many vectors too."""
        import numpy as np

        scores: Array
        if self.is_dense:
            scores = likeness(vector @ self._vectors.T) @ self._table
            return scores
        known = self._exemplars
        stretches, of = spread(known.starts[labels], self._lengths[labels])
        alike = likeness(self._vectors[known.places[stretches]] @ vector)
        scores = np.bincount(of, alike * known.coefficients[stretches], minlength=len(labels))
        return scores


@dataclass(frozen=True)
class Judgement:
    """The scores of some classes for the terms of a question, channel by channel.

    `lexical` is what `spoken`, `written` and what resembles nothing (the prior) add up to, and
    `scores` the mean of it and `encoded`, which is None when there was no vector to compare.
    """

    terms: Terms
    labels: Array
    spoken: Array
    written: Array
    lexical: Array
    encoded: Array | None

    def weigh(self) -> Weighed:
        """Find out which class leads."""
        lexical = self.lexical.tolist()
        if self.encoded is None:
            return weigh(lexical[:], lexical, None)
        scores = (self.lexical + self.encoded) / 2
        return weigh(scores.tolist(), lexical, self.encoded.tolist())


class Scorer:
    """Scores questions by everything that was learnt."""

    def __init__(
        self, lexicon: Lexicon, tables: Tables, exemplars: Exemplars | None, prior: Array
    ) -> None:
        self._lexicon = lexicon
        self._prior = prior
        self._lexical = LexicalScorer(tables, len(prior))
        self._encoder = None if exemplars is None else EncoderScorer(exemplars)

    @property
    def uses_vectors(self) -> bool:
        """Whether it can compare a question's vector."""
        return self._encoder is not None

    def encode_scores(self, vectors: Array) -> Array | None:
        """What `judge` takes as `encoded`, for many vectors in one go; None of many classes."""
        import numpy as np

        encoder = self._encoder
        if encoder is None or not encoder.is_dense:
            return None
        chunks = range(0, len(vectors), _MANY)
        labels = np.arange(len(self._prior))
        return np.concatenate([encoder.score(vectors[at : at + _MANY], labels) for at in chunks])

    def judge(
        self, reading: Reading, vector: Array | None, encoded: Array | None = None
    ) -> Judgement:
        """Score a question; `vector`: the encoder's, None without it or where it cannot read.

        `encoded`: the scores of the vector, where they are known already (`encode_scores`).
        """
        terms = self._lexicon.terms(reading)
        encoder = None if vector is None else self._encoder
        if encoder is None or vector is None:
            scores = self._lexical.score(terms)
        else:
            scores = self._lexical.score(terms, encoder.leaders(vector))
        prior = self._prior if self._lexical.is_dense else self._prior[scores.labels]
        lexical = scores.spoken + scores.written + prior
        if encoder is not None and vector is not None:
            encoded = encoder.score(vector, scores.labels) if encoded is None else encoded
            encoded = encoded + prior
        return Judgement(terms, scores.labels, scores.spoken, scores.written, lexical, encoded)
