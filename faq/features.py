"""What the matcher compares: the n-grams of a text's characters and of its syllables.

An n-gram is a token or two neighbours, with the beginning and the end of the text as neighbours.
The rarer it is among the examples, the more it counts; the name of another service counts most.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from faq.text import SERVICE, Reading

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

# Share of the syllables against the characters.
SYLLABLE_SHARE = 0.6
# A text in pinyin is judged by its syllables alone, which then speak for the characters, too.
PINYIN_FACTOR = (1 + SYLLABLE_SHARE) / SYLLABLE_SHARE
# The name of another service outweighs the words around it: 支付宝刷脸失败 is not ours.
SERVICE_WEIGHT = 3.0

Gram = str | tuple[str, str]
"""A unit, or two neighbours."""

_BEGIN, _END = "^", "$"


def grams(units: Sequence[str]) -> dict[Gram, None]:
    """The units and the pairs of neighbours, each once, always in the same order."""
    return dict.fromkeys((*units, *zip((_BEGIN, *units), (*units, _END), strict=True)))


class Terms(NamedTuple):
    """The n-grams of a question that the lexicon knows.

    `rows`: the syllables' and then, from position `split` on, the characters'. `spoken` and
    `written`: what each of them counts, so that long questions score no higher than short ones.
    `total`: how many different n-grams the question has, known or not.
    """

    rows: list[int]
    split: int
    spoken: float
    written: float
    total: int


class Lexicon:
    """The n-grams of all examples: n-gram → its row in the tables of weights."""

    def __init__(
        self, characters: dict[Gram, int], syllables: dict[Gram, int], squares: list[float]
    ) -> None:
        """`squares`: of each row's weight, and last the square of an n-gram that is not known."""
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
        """The rows, 1 / length, and how many n-grams there are."""
        found = grams(units)
        known = [row for row in map(rows.get, found) if row is not None]
        squares = self.squares
        length = sum(map(squares.__getitem__, known))
        length += (len(found) - len(known)) * squares[-1]
        return known, 1 / math.sqrt(length), len(found)


class Features:
    """The n-grams of many examples as one sparse matrix, each example a row.

    `starts[i]:starts[i + 1]` are the places of example i in `columns` (rows of the lexicon) and
    `values`. `weights`: of each row of the lexicon, with its channel's share, as a question
    multiplies what an example was worth.
    """

    def __init__(self, readings: Sequence[Reading]) -> None:
        import numpy as np

        spoken = _Counted(reading.syllables for reading in readings)
        # The letters of a text in pinyin mean nothing but its syllables.
        written = _Counted(() if r.pinyin_only else r.tokens for r in readings)
        total = len(readings)
        below = len(spoken.rows)
        of_pinyin = np.array([r.pinyin_only for r in readings], bool)
        share = math.sqrt(SYLLABLE_SHARE)
        factors = np.where(of_pinyin, share * math.sqrt(PINYIN_FACTOR), share).astype("f4")
        spoken_weights, spoken_values = spoken.weigh(total)
        written_weights, written_values = written.weigh(total)
        examples = np.concatenate([spoken.examples, written.examples])
        columns = np.concatenate([spoken.columns, written.columns + below])
        values = np.concatenate([spoken_values * factors[spoken.examples], written_values])
        order = np.argsort(examples, kind="stable")
        self.starts: Array = np.searchsorted(examples[order], np.arange(total + 1))
        self.columns: Array = columns[order]
        self.values: Array = values[order].astype("f4")
        self.weights: Array = np.concatenate([spoken_weights * share, written_weights]).astype("f4")
        self.of_pinyin = of_pinyin
        plain = np.concatenate([spoken_weights, written_weights])
        self.lexicon = Lexicon(
            {gram: below + row for gram, row in written.rows.items()},
            spoken.rows,
            [*(plain**2).tolist(), _rarity(0, total) ** 2],
        )

    @property
    def count(self) -> int:
        """How many examples there are."""
        return len(self.starts) - 1

    @property
    def width(self) -> int:
        """How many n-grams there are."""
        return len(self.weights)

    def places(self, examples: Array) -> tuple[Array, Array]:
        """Where the n-grams of these examples stand, and for each its example's position."""
        import numpy as np

        return spread(self.starts[examples], np.diff(self.starts)[examples])


def spread(starts: Array, lengths: Array) -> tuple[Array, Array]:
    """The places of several stretches one after the other, and of which stretch each is."""
    import numpy as np

    of = np.repeat(np.arange(len(lengths)), lengths)
    before = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    return np.arange(len(of)) + (starts - before)[of], of


class _Counted:
    """The n-grams of one channel."""

    def __init__(self, texts: Iterable[Sequence[str]]) -> None:
        import numpy as np

        rows: defaultdict[Gram, int] = defaultdict(count().__next__)
        columns: list[int] = []
        lengths = []
        for units in texts:
            found = grams(units) if units else ()
            columns.extend(map(rows.__getitem__, found))
            lengths.append(len(found))
        self.rows: dict[Gram, int] = dict(rows)
        self.columns: Array = np.array(columns, np.int64)
        self.examples: Array = np.repeat(np.arange(len(lengths)), lengths)

    def weigh(self, total: int) -> tuple[Array, Array]:
        """The weight of every n-gram; and the values of the examples, each of length one."""
        import numpy as np

        counts = np.bincount(self.columns, minlength=len(self.rows))
        weights = np.array(
            [_rarity(held, total) for held in range(int(np.max(counts, initial=0)) + 1)]
        )
        weights = weights[counts]
        if SERVICE in self.rows:
            weights[self.rows[SERVICE]] = SERVICE_WEIGHT
        values = weights[self.columns]
        lengths = np.sqrt(np.bincount(self.examples, values**2, minlength=total))
        return weights, values / lengths[self.examples]


def _rarity(held: int, total: int) -> float:
    """What an n-gram counts that `held` of `total` examples hold: about 1 when hardly any does."""
    return math.sqrt(math.log((total + 2) / (held + 0.5)) / math.log(total + 2))
