"""Extract the matcher's features: n-grams of a text's characters and of its syllables.

An n-gram is a token or two neighbours; the beginning and the end of the text count as neighbours.
Rare n-grams weigh more; the name of another service weighs most.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from faq.language.text import SERVICE, Reading

Array = np.ndarray[Any, np.dtype[Any]]

# Weight of the syllables relative to the characters.
SYLLABLE_SHARE = 0.6
# A text in pinyin has syllables only, which then get the weight of the characters, too.
PINYIN_FACTOR = (1 + SYLLABLE_SHARE) / SYLLABLE_SHARE
# Outweighs the words around it: 支付宝刷脸失败 is out of scope.
SERVICE_WEIGHT = 3.0

Gram = str | tuple[str, str]

_BEGIN, _END = "^", "$"


def grams(units: Sequence[str]) -> dict[Gram, None]:
    """Return the units and the pairs of neighbours, each once, in a stable order."""
    return dict.fromkeys((*units, *zip((_BEGIN, *units), (*units, _END), strict=True)))


class Terms(NamedTuple):
    """Hold the n-grams of a question that the lexicon contains.

    `rows`: the syllables' and, from position `split` on, the characters'. `spoken` and `written`:
    the weight of each of them, normalised by the question's length. `total`: number of distinct
    n-grams of the question, known or not.
    """

    rows: list[int]
    split: int
    spoken: float
    written: float
    total: int


class Lexicon:
    """Map the n-grams of all examples to their rows in the tables of weights."""

    def __init__(
        self, characters: dict[Gram, int], syllables: dict[Gram, int], squares: list[float]
    ) -> None:
        """Take the squared weight of each row, and last the square for unknown n-grams."""
        self.characters = characters
        self.syllables = syllables
        self.squares = squares

    def terms(self, reading: Reading) -> Terms:
        """Look up the n-grams of a question."""
        rows, spoken, count = self._known(self.syllables, reading.syllables)
        split = len(rows)
        if reading.pinyin_only:
            return Terms(rows, split, spoken * PINYIN_FACTOR, 0.0, count)
        more, written, others = self._known(self.characters, reading.tokens)
        return Terms(rows + more, split, spoken, written, count + others)

    def _known(self, rows: dict[Gram, int], units: Sequence[str]) -> tuple[list[int], float, int]:
        """Return the known rows, 1 / length of the vector, and the number of n-grams."""
        all_grams = grams(units)
        known_rows = [row for row in map(rows.get, all_grams) if row is not None]
        squares = self.squares
        length = sum(map(squares.__getitem__, known_rows))
        length += (len(all_grams) - len(known_rows)) * squares[-1]
        return known_rows, 1 / math.sqrt(length), len(all_grams)


class Features:
    """Hold the n-grams of many examples as one sparse matrix, a row per example.

    `starts[i]:starts[i + 1]` are the positions of example i in `columns` (rows of the lexicon) and
    `values`. `weights`: per row of the lexicon, with its channel's share; a question multiplies an
    example's coefficient by it. `counts`: per row, the number of examples that contain it.
    """

    def __init__(self, readings: Sequence[Reading], weighed: Array | None = None) -> None:
        """Take the examples; the `weighed` ones, by default all, decide which n-grams are rare."""
        rows = count()
        syllables: defaultdict[Gram, int] = defaultdict(rows.__next__)
        characters: defaultdict[Gram, int] = defaultdict(rows.__next__)
        self.columns, lengths = _columns(readings, syllables, characters)
        total = len(readings)
        self.counts: Array = np.bincount(self.columns, minlength=len(syllables) + len(characters))
        if weighed is None:
            weighed = np.ones(total, bool)
        holder = np.repeat(np.arange(total), lengths.sum(1))
        counts = np.bincount(self.columns[weighed[holder]], minlength=len(self.counts))
        of = int(weighed.sum())
        weights = np.sqrt(np.log((of + 2) / (counts + 0.5)) / math.log(of + 2))
        for rows_of in (syllables, characters):
            if SERVICE in rows_of:
                weights[rows_of[SERVICE]] = SERVICE_WEIGHT
        unknown = math.log((of + 2) / 0.5) / math.log(of + 2)
        squares = [*(weights**2).tolist(), unknown]
        self.lexicon = Lexicon(dict(characters), dict(syllables), squares)
        self.starts: Array = np.concatenate([[0], np.cumsum(lengths.sum(1))])
        self.of_pinyin: Array = np.array([r.pinyin_only for r in readings], bool)
        # Each channel of an example is of length one, times its share.
        channel = np.repeat(np.arange(2 * total), lengths.ravel())
        values = weights[self.columns]
        scale = np.sqrt(np.bincount(channel, values**2, minlength=2 * total)).reshape(-1, 2)
        share = math.sqrt(SYLLABLE_SHARE)
        shares = np.ones((total, 2))
        shares[:, 0] = np.where(self.of_pinyin, share * math.sqrt(PINYIN_FACTOR), share)
        scale = np.divide(shares, scale, out=shares, where=scale > 0)
        self.values: Array = (values * scale.ravel()[channel]).astype("f4")
        weights[np.fromiter(syllables.values(), np.intp)] *= share
        self.weights: Array = weights.astype("f4")

    @property
    def count(self) -> int:
        """Return the number of examples."""
        return len(self.starts) - 1

    @property
    def width(self) -> int:
        """Return the number of n-grams."""
        return len(self.weights)

    def places(self, examples: Array) -> tuple[Array, Array]:
        """Return the positions of these examples' n-grams, and for each its example's index."""
        starts = self.starts[examples]
        return expand_ranges(starts, self.starts[examples + 1] - starts)


def _columns(
    readings: Sequence[Reading], syllables: dict[Gram, int], characters: dict[Gram, int]
) -> tuple[Array, Array]:
    """Return the rows of all n-grams, and the numbers of syllables and characters per example."""
    columns: list[int] = []
    lengths: list[int] = []
    spoken, written = syllables.__getitem__, characters.__getitem__
    for reading in readings:
        before = len(columns)
        if reading.tokens:
            columns.extend(map(spoken, grams(reading.syllables)))
        between = len(columns)
        # The letters of a text in pinyin carry no meaning besides its syllables.
        if reading.tokens and not reading.pinyin_only:
            columns.extend(map(written, grams(reading.tokens)))
        lengths += between - before, len(columns) - between
    return np.array(columns, np.int64), np.array(lengths, np.int64).reshape(-1, 2)


def expand_ranges(starts: Array, lengths: Array) -> tuple[Array, Array]:
    """Return the positions of several ranges, concatenated, and the index of the range of each."""
    of = np.repeat(np.arange(len(lengths)), lengths)
    before = np.cumsum(lengths) - lengths
    return np.arange(len(of)) + (starts - before)[of], of
