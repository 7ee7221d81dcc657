"""Find examples of other entries that resemble an entry's examples.

N-grams find the candidates; the encoder, if it is on, compares their meaning, too.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from faq.content.entries import Content
from faq.language.text import Reader, Reading, simplify
from faq.matching import encoder as encoders
from faq.matching.learnt.features import SYLLABLE_SHARE, Features, expand_ranges
from faq.matching.learnt.training import reader_of

Array = np.ndarray[Any, np.dtype[Any]]

# Similarity from which a pair is worth an editor's attention, or a question counts for an example.
WORTH_SHOWING = 0.6
# Pairs per example, and candidates that the encoder compares.
PER_EXAMPLE, CANDIDATES = 3, 24

# Slug and texts of each entry.
Entries = tuple[tuple[str, tuple[str, ...]], ...]
Form = tuple[str, ...]


class Resembling(NamedTuple):
    """Pair an example with one of another entry; `similarity`: 0-1, 1 for the same words."""

    example: str
    other_slug: str
    other_example: str
    similarity: float


def resembling(
    content: Content, slug: str, examples: Iterable[str], *, most: int = 20
) -> list[Resembling]:
    """Return the examples of other entries that resemble these of entry `slug` most, best first.

    The entry need not be in the content. The first call for a content takes about a second.
    """
    index = _index_of(
        tuple((e.slug, (e.title, *e.questions)) for e in content.entries if e.slug != slug),
        _words_of(content),
    )
    texts = list(dict.fromkeys(examples))
    pairs = [pair for text in texts for pair in index.nearest(text)]
    pairs.sort(key=lambda pair: (-pair.similarity, pair.example, pair.other_example))
    return pairs[:most]


def forms(content: Content, texts: Iterable[str]) -> list[Form]:
    """Return the canonical form of each text; texts of one form are the same to the matcher."""
    words = _words_of(content)
    return [_form(words.reader, text) for text in texts]


def holders(content: Content, entries: Entries) -> Mapping[Form, Sequence[str]]:
    """Map the canonical form of every text to the slugs of these entries that have it."""
    return _holders(entries, _words_of(content))


def times_asked(content: Content, examples: Sequence[str], asked: Mapping[str, int]) -> list[int]:
    """Return how often each example was asked, in these words or in very similar ones.

    `asked`: question → times. A question counts for its most similar example alone.
    """
    reader = _words_of(content).reader
    times = [0] * len(examples)
    if not examples:
        return times
    index = _Index([("", tuple(examples))], reader)
    for question, number in asked.items():
        nearest = index.same_wording(reader.read(question))
        if nearest is not None:
            times[nearest] += number
    return times


def _words_of(content: Content) -> "_Words":
    words = str((content.synonyms, content.out_of_scope.other_services))
    return _Words(reader_of(content), words)


def _form(reader: Reader, text: str) -> Form:
    return reader.read(text).tokens or (simplify(text),)


class _Words:
    """Compare readers by their words, for the cache."""

    def __init__(self, reader: Reader, words: str) -> None:
        self.reader = reader
        self._words = words

    def __hash__(self) -> int:
        return hash(self._words)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Words) and self._words == other._words


class _Index:
    """Hold the n-grams of all examples of some entries; immutable."""

    def __init__(self, entries: Sequence[tuple[str, tuple[str, ...]]], reader: Reader) -> None:
        self._reader = reader
        self._slugs = [slug for slug, texts in entries for _ in texts]
        self._texts = [text for _, texts in entries for text in texts]
        self._readings = [reader.read(text) for text in self._texts]
        self._features = features = Features(self._readings)
        order = np.argsort(features.columns, kind="stable")
        self._holders = np.repeat(np.arange(features.count), np.diff(features.starts))[order]
        self._values = features.values[order]
        self._ends = np.cumsum(features.counts)

    def nearest(self, text: str) -> list[Resembling]:
        """Return the pairs worth showing for one example, best first."""
        reading = self._reader.read(text)
        if not reading.tokens or not self._texts:
            return []
        alike = self._cosines(reading)
        places = np.argsort(-alike, kind="stable")[:CANDIDATES]
        alike = alike[places]
        encoder = encoders.shared()
        if encoder is not None and not reading.pinyin_only:
            plain = [reading.plain, *(self._readings[at].plain for at in places.tolist())]
            own, *others = encoder.encode_examples(plain).astype("f4")
            alike = (alike + np.array(others) @ own) / 2
        best = np.argsort(-alike, kind="stable")[:PER_EXAMPLE]
        return [
            Resembling(text, self._slugs[places[at]], self._texts[places[at]], similarity)
            for at in best.tolist()
            if (similarity := round(min(float(alike[at]), 1.0), 3)) >= WORTH_SHOWING
        ]

    def same_wording(self, reading: Reading) -> int | None:
        """Return the place of the most similar text, None if none is nearly the same."""
        alike = self._cosines(reading)
        nearest = int(np.argmax(alike))
        return nearest if alike[nearest] >= WORTH_SHOWING else None

    def _cosines(self, reading: Reading) -> Array:
        """Return the cosine of the n-grams to every example."""
        features = self._features
        terms = features.lexicon.terms(reading)
        rows = np.array(terms.rows, np.intp)
        weights = features.weights[rows]
        weights[: terms.split] *= terms.spoken
        weights[terms.split :] *= terms.written
        counts = features.counts[rows]
        postings, of = expand_ranges(self._ends[rows] - counts, counts)
        sums = np.bincount(
            self._holders[postings],
            self._values[postings] * weights[of],
            minlength=len(self._texts),
        )
        cosines: Array = sums / (1 + SYLLABLE_SHARE)
        return cosines


@lru_cache(2)
def _index_of(entries: Entries, words: _Words) -> _Index:
    return _Index(entries, words.reader)


@lru_cache(2)
def _holders(entries: Entries, words: _Words) -> Mapping[Form, Sequence[str]]:
    slugs_of: dict[Form, list[str]] = defaultdict(list)
    for slug, texts in entries:
        for form in dict.fromkeys(_form(words.reader, text) for text in texts):
            slugs_of[form].append(slug)
    return slugs_of
