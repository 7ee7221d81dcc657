"""Collect the evidence of a text for each candidate, whatever the conversation.

Classes (entries, courtesies, another service, intents) have the scores that were learnt for them
(`learning`) and their nearest examples under the encoder. Points, of which few wordings are known,
have their nearest wordings by n-grams and under the encoder, and the scores of their entries: a
new wording of a point needs no learning.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from faq.content.entries import Content, Entry
from faq.language.text import Reader, Reading
from faq.matching.candidates import Candidate
from faq.matching.encoder import Encoder
from faq.matching.learnt.model import Compiled
from faq.matching.learnt.scoring import Judgement, Scorer

Array = np.ndarray[Any, np.dtype[Any]]

# Examples whose mean similarity is taken.
NEAREST = 3

LEARNT_WORDS, LEARNT_MEANING, NEAREST_ONE, NEAREST_FEW, WORDS_ONE, WORDS_FEW, NEAR_MISS = range(7)
COLUMNS = 7
"""Columns of the evidence of a text; similarities are 0-1, those of words 0-1.6."""


class _Nearest:
    """Find the nearest examples of each candidate among rows in the order of the candidates."""

    def __init__(self, owners: Array, count: int) -> None:
        """Take the candidate of each row, ascending; `count`: of candidates."""
        self._count = count
        self._known, self._starts = np.unique(owners, return_index=True)
        self._lengths = np.diff(np.append(self._starts, len(owners)))

    def best(self, alike: Array) -> tuple[Array, Array]:
        """Return the highest similarity of each candidate, and the mean of its highest three.

        `alike` `(rows, texts)`: changed in place. Both are `(candidates, texts)`.
        """
        shape = (self._count, alike.shape[1])
        nearest, few = np.zeros(shape, "f4"), np.zeros(shape, "f4")
        if not len(self._known):
            return nearest, few
        total = np.zeros((len(self._known), alike.shape[1]), "f4")
        for number in range(NEAREST):
            highest = np.maximum.reduceat(alike, self._starts)
            if number == 0:
                nearest[self._known] = np.maximum(highest, 0)
            total += np.maximum(highest, 0)
            if number < NEAREST - 1:
                alike[alike >= np.repeat(highest, self._lengths, axis=0)] = -1
        few[self._known] = total / np.minimum(self._lengths, NEAREST)[:, None]
        return nearest, few


class Postings:
    """Compare a text with others by their n-grams."""

    def __init__(self, readings: Sequence[Reading], compiled: Compiled) -> None:
        self._lexicon = compiled.lexicon
        self._roots = np.sqrt(np.array(compiled.lexicon.squares, "f4"))
        weighed = [self._weighed(reading) for reading in readings]
        rows = np.concatenate([np.zeros(0, np.intp), *(rows for rows, _ in weighed)])
        order = np.argsort(rows, kind="stable")
        self._holders = np.repeat(np.arange(len(readings)), [len(r) for r, _ in weighed])[order]
        self._values = np.concatenate([np.zeros(0, "f4"), *(values for _, values in weighed)])[
            order
        ]
        self._counts = np.bincount(rows, minlength=len(self._roots))
        self._ends = np.cumsum(self._counts)
        self._total = len(readings)

    def alike(self, reading: Reading) -> Array:
        """Return the similarity of each text to this one: `(n,)`."""
        rows, weights = self._weighed(reading)
        stretches = [slice(self._ends[row] - self._counts[row], self._ends[row]) for row in rows]
        holders = [self._holders[stretch] for stretch in stretches]
        products = [
            self._values[stretch] * weight
            for stretch, weight in zip(stretches, weights, strict=True)
        ]
        sums: Array = np.bincount(
            np.concatenate([np.zeros(0, np.intp), *holders]),
            np.concatenate([np.zeros(0, "f4"), *products]),
            minlength=self._total,
        )
        return sums.astype("f4")

    def _weighed(self, reading: Reading) -> tuple[Array, Array]:
        """Return the n-grams of a text and their weights; each channel is of length one."""
        terms = self._lexicon.terms(reading)
        rows = np.array(terms.rows, np.intp)
        scale = np.full(len(rows), terms.written, "f4")
        scale[: terms.split] = terms.spoken
        return rows, self._roots[rows] * scale


class EvidenceReader:
    """Collect evidence by what was learnt from one content; immutable."""

    def __init__(
        self,
        content: Content,
        candidates: Sequence[Candidate],
        compiled: Compiled,
        reader: Reader,
        encoder: Encoder | None,
    ) -> None:
        self._scorer = Scorer(
            compiled.lexicon,
            compiled.tables,
            compiled.exemplars,
            compiled.prior,
            compiled.subjects,
        )
        self._classes, self._count = len(compiled.prior), len(candidates)
        places = {entry.slug: number for number, entry in enumerate(content.entries)}
        # The class whose learnt scores a candidate has.
        self.class_of: Array = np.array(
            [
                places[candidate.entry.slug] if candidate.entry is not None else number
                for number, candidate in enumerate(candidates)
            ],
            np.intp,
        )
        wordings = [
            (n, text) for n, candidate in enumerate(candidates) for text in candidate.wordings
        ]
        owners = np.array([number for number, _ in wordings], np.intp)
        readings = [reader.read(text) for _, text in wordings]
        self._reader, self._compiled = reader, compiled
        self._postings = Postings(readings, compiled)
        self._examples_of: dict[str, Postings] = {}
        self._wordings = _Nearest(owners, self._count)
        # Of entries that are their own points the examples' vectors are known.
        is_point = np.array([candidate.point is not None for candidate in candidates])
        self._own_points = np.array(
            [
                n
                for n, candidate in enumerate(candidates)
                if candidate.wordings and candidate.point is None
            ],
            np.intp,
        )
        exemplars = compiled.exemplars
        kept = compiled.kept
        self.uses_vectors = encoder is not None and exemplars is not None and kept is not None
        if encoder is None or exemplars is None or kept is None:
            return
        of_points = is_point[owners]
        plain = [
            reading.plain for reading, is_one in zip(readings, of_points, strict=True) if is_one
        ]
        self._vectors = kept.of(plain, encoder, exemplars.basis)
        self._of_points = _Nearest(owners[of_points], self._count)
        owned = np.flatnonzero(exemplars.owners >= 0)
        order = owned[np.argsort(exemplars.owners[owned], kind="stable")]
        self._example_vectors = exemplars.vectors[order].astype("f4")
        self._examples = _Nearest(exemplars.owners[order].astype(np.intp), self._count)
        misses = [reader.read(t).plain for entry in content.entries for t in entry.negatives]
        of = np.repeat(np.arange(len(places)), [len(entry.negatives) for entry in content.entries])
        self._misses = kept.of(misses, encoder, exemplars.basis)
        self._near_misses = _Nearest(of.astype(np.intp), self._count)

    def examples_of(self, entry: Entry) -> Postings:
        """Return the n-grams of an entry's examples, read when they are first asked for."""
        postings = self._examples_of.get(entry.slug)
        if postings is None:
            readings = [self._reader.read(text) for text in (entry.title, *entry.questions)]
            postings = self._examples_of[entry.slug] = Postings(readings, self._compiled)
        return postings

    def project(self, vectors: Array) -> Array:
        """Return the encoder's vectors as `read` takes them."""
        return self._scorer.project(vectors.astype("f2").astype("f4"))

    def read(
        self, readings: Sequence[Reading], vectors: Array | None
    ) -> list[tuple[Judgement, Array]]:
        """Return for each text the scores of the classes and the evidence.

        `vectors` `(texts, dimensions)`: the projected vectors of the encoder, or None. The evidence
        is `(candidates, COLUMNS)`. The texts are compared together: the examples are read once.
        """
        tables = np.zeros((self._count, len(readings), COLUMNS), "f4")
        alike = np.stack([self._postings.alike(reading) for reading in readings], 1)
        tables[:, :, WORDS_ONE], tables[:, :, WORDS_FEW] = self._wordings.best(alike)
        encoded = None
        if vectors is not None:
            # The encoder does not know pinyin.
            is_known = np.array([not reading.pinyin_only for reading in readings])
            encoded = self._scorer.encode_scores(vectors)
            nearest, few = self._examples.best(self._example_vectors @ vectors.T)
            of_points = self._of_points.best(self._vectors @ vectors.T)
            missed, _ = self._near_misses.best(self._misses @ vectors.T)
            for column, of_classes, of_own in (
                (NEAREST_ONE, nearest, of_points[0]),
                (NEAREST_FEW, few, of_points[1]),
            ):
                similar = of_classes + of_own
                similar[self._own_points] = of_classes[self.class_of[self._own_points]]
                tables[:, :, column] = similar * is_known
            tables[:, :, NEAR_MISS] = missed[self.class_of] * is_known
        judged = []
        for at, reading in enumerate(readings):
            vector = None if vectors is None or reading.pinyin_only else vectors[at]
            own = None if encoded is None or vector is None else encoded[at]
            judgement = self._scorer.judge(reading, vector, own)
            learnt = np.zeros((2, self._classes), "f4")
            learnt[0, judgement.scores.labels] = judgement.scores.lexical
            if judgement.encoded is not None:
                learnt[1, judgement.scores.labels] = judgement.encoded
            table = tables[:, at]
            table[:, LEARNT_WORDS], table[:, LEARNT_MEANING] = learnt[:, self.class_of]
            judged.append((judgement, table))
        return judged
