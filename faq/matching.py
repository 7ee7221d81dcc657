"""Which entry a question means, how sure that is, and when to ask back or to decline.

`compile_matcher` learns from the examples of the content: kernel ridge regression over two kernels,
the n-grams of characters and the n-grams of toneless syllables (homophones and typing slips), with
every entry, every courtesy and "out of scope" as a class. What is learnt folds into one weight for
each n-gram and class, so a question costs a few dozen look-ups and one sum. A question in pinyin is
judged by syllables alone: its letters mean nothing else.

numpy is imported when a matcher is compiled, not before: the web process has its first request to
answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from faq.entries import Content, Entry, SmallTalk
from faq.text import SERVICE, Reader, Reading
from faq.vagueness import Wordings

if TYPE_CHECKING:
    import numpy as np

    Matrix = np.ndarray[Any, np.dtype[np.float32]]

# Share of the syllables against the characters, and the ridge: both flat around these values in
# cross-validation (benchmarks/faq_quality.py).
SYLLABLE_SHARE = 0.36
RIDGE = 0.4
# The name of another service outweighs the words around it: 支付宝刷脸失败 is not ours.
SERVICE_WEIGHT = 3.0
# Turns scores into probabilities that agree with how often the first entry is right.
SHARPNESS = 20.0
# From this confidence on the entry is given as the answer; below it the asker chooses.
SURE = 0.5
# Scores run from 0 (resembles no example) to 1 (is one). Below LIKE_AN_EXAMPLE the best entry is
# offered, not given, however far ahead of the others it is; below UNLIKE_ANY nothing resembles.
LIKE_AN_EXAMPLE = 0.22
UNLIKE_ANY = 0.17
# An option that is less likely than this is not worth the asker's time.
WORTH_OFFERING = 0.03
# The wording does not decide when another entry is at least so many times as likely as the best.
NEARLY_AS_LIKELY = 0.25
MOST_OPTIONS = 3

_BEGIN, _END = "^", "$"


@dataclass(frozen=True)
class Candidate:
    """An entry that a question may mean.

    `probability` (0-1) is that of all classes, so the candidates' need not add up to 1. `channels`:
    what each way of reading the question (`characters`, `syllables`) adds to the entry's score.
    """

    entry: Entry
    probability: float
    channels: dict[str, float]


@dataclass(frozen=True)
class Match:
    """What a question means.

    `confidence` is the probability (0-1) of the entry, the courtesy or the refusal that was chosen.
    `nearest`: the three likeliest entries, best first. `entry`: only for `answer`. `options`: only
    for `clarify`, the nearest that are worth offering. `topic`: only for `smalltalk`. `service`:
    the other service that a `fallback` is about. `readable`: False when the question holds nothing
    to go by. `candidates`: the `nearest` with what speaks for each. `vague`: it is about an entry,
    but the wording cannot decide which one; what is known about the asker may.
    """

    kind: Literal["answer", "clarify", "fallback", "smalltalk"]
    confidence: float
    entry: Entry | None = None
    topic: SmallTalk | None = None
    nearest: tuple[Entry, ...] = ()
    options: tuple[Entry, ...] = ()
    service: str | None = None
    readable: bool = True
    candidates: tuple[Candidate, ...] = ()
    vague: bool = False


class Matcher:
    """A compiled matcher: immutable, safe for any number of threads."""

    def __init__(
        self,
        content: Content,
        reader: Reader,
        characters: dict[str, int],
        syllables: dict[str, int],
        weights: Matrix,
        prior: Matrix,
        wordings: Wordings,
    ) -> None:
        """`characters`, `syllables`: n-gram → its row of `weights`, which has a column a class."""
        self._entries = content.entries
        self._topics = content.smalltalk
        self._reader = reader
        self._characters = characters
        self._syllables = syllables
        self._weights = weights
        self._prior = prior
        self._wordings = wordings

    def match(self, question: str) -> Match:
        """Decide about `question`; anything beyond its 500th character is not read."""
        reading = self._reader.read(question)
        if not reading.tokens:
            return Match("fallback", 1.0, readable=False)
        shares, rows, split = self._terms(reading)
        weights = self._weights[rows]
        # One product for both kinds: each call of numpy costs more than what it computes here.
        scores = shares @ weights + self._prior
        probabilities = _probabilities(scores)
        entries = len(self._entries)
        order = sorted(range(entries), key=probabilities.__getitem__, reverse=True)
        best = order[0]
        others = self._wordings.may_mean(reading.tokens)
        others.discard(best)
        if others:
            order.sort(key=lambda index: (index != best, index not in others))
        del order[MOST_OPTIONS:]
        nearest = tuple(self._entries[index] for index in order)
        columns = weights[:, order]
        sounds = (shares[:split] @ columns[:split]).tolist()
        letters = (shares[split:] @ columns[split:]).tolist()
        candidates = tuple(
            Candidate(self._entries[index], probabilities[index], channels)
            for index, channels in zip(
                order,
                ({"characters": a, "syllables": b} for a, b in zip(letters, sounds, strict=True)),
                strict=True,
            )
        )
        likeliest = max(range(len(probabilities)), key=probabilities.__getitem__)
        confidence = probabilities[likeliest]
        if likeliest == len(probabilities) - 1 or scores[likeliest] < UNLIKE_ANY:
            service = reading.services[0] if reading.services else None
            confidence = max(1 - sum(probabilities[:entries]), probabilities[-1])
            return Match(
                "fallback", confidence, nearest=nearest, candidates=candidates, service=service
            )
        if likeliest >= entries:
            topic = self._topics[likeliest - entries]
            return Match(
                "smalltalk", confidence, topic=topic, nearest=nearest, candidates=candidates
            )
        vague = bool(others) or any(
            probabilities[index] >= NEARLY_AS_LIKELY * confidence for index in order[1:]
        )
        if confidence >= SURE and scores[likeliest] >= LIKE_AN_EXAMPLE:
            return Match(
                "answer",
                confidence,
                entry=nearest[0],
                nearest=nearest,
                candidates=candidates,
                vague=vague,
            )
        options = tuple(c.entry for c in candidates if c.probability >= WORTH_OFFERING)
        return Match(
            "clarify",
            confidence,
            nearest=nearest,
            options=options,
            candidates=candidates,
            vague=vague,
        )

    def _terms(self, reading: Reading) -> tuple[Matrix, list[int], int]:
        """What each n-gram counts, its row of the weights, and where the characters' begin."""
        import numpy as np

        grams = _grams(reading.syllables)
        rows = _known(self._syllables, grams)
        share = 1 / _length(grams)
        split = len(rows)
        if reading.pinyin_only:
            # The syllables speak for the characters too, which they resemble.
            shares = [share * (1 + SYLLABLE_SHARE) / SYLLABLE_SHARE] * split
        else:
            shares = [share] * split
            grams = _grams(reading.tokens)
            rows += _known(self._characters, grams)
            shares += [1 / _length(grams)] * (len(rows) - split)
        return np.array(shares, "f4"), rows, split


def _known(rows: dict[str, int], grams: set[str]) -> list[int]:
    """Their rows, sorted: the order of a set differs between processes, and sums must not."""
    return sorted([rows[gram] for gram in grams if gram in rows])


def _probabilities(scores: Matrix) -> list[float]:
    import numpy as np

    likelihoods = np.exp(SHARPNESS * (scores - scores.max()))
    probabilities: list[float] = (likelihoods / likelihoods.sum()).tolist()
    return probabilities


def _grams(units: Sequence[str]) -> set[str]:
    """The units and the pairs of neighbours, with the beginning and the end as neighbours."""
    grams = {f"{a} {b}" for a, b in zip((_BEGIN, *units), (*units, _END), strict=True)}
    grams.update(units)
    return grams


def _length(grams: set[str]) -> float:
    squares: float = len(grams)
    if SERVICE in grams:
        squares += SERVICE_WEIGHT**2 - 1
    return math.sqrt(squares)


def compile_matcher(content: Content) -> Matcher:
    """Learn from the content's examples; takes about 0.3 s for 40 entries and 1,500 examples."""
    import numpy as np

    reader = Reader(
        {spelling: synonym.word for synonym in content.synonyms for spelling in synonym.spellings},
        {
            spelling: service.name
            for service in content.out_of_scope.other_services
            for spelling in service.words
        },
    )
    examples, labels = _examples(content)
    readings = [reader.read(example) for example in examples]
    wanted = np.zeros((len(examples), len(content.entries) + len(content.smalltalk) + 1), "f4")
    wanted[np.arange(len(examples)), labels] = 1
    prior = wanted.mean(axis=0)
    wanted -= prior

    characters = _Features(_grams(reading.tokens) for reading in readings)
    syllables = _Features(_grams(reading.syllables) for reading in readings)
    kernel = characters.kernel() + SYLLABLE_SHARE * syllables.kernel()
    kernel[np.diag_indices_from(kernel)] += RIDGE
    learnt = np.linalg.solve(kernel, wanted).astype(np.float32, copy=False)
    weights = [characters.weights(learnt), syllables.weights(SYLLABLE_SHARE * learnt)]
    below = len(characters.rows)
    return Matcher(
        content,
        reader,
        characters.rows,
        {gram: below + row for gram, row in syllables.rows.items()},
        np.concatenate(weights),
        prior,
        Wordings(
            (label, reading.tokens)
            for reading, label in zip(readings, labels, strict=True)
            if label < len(content.entries)
        ),
    )


def _examples(content: Content) -> tuple[list[str], list[int]]:
    """All examples with their classes: entries, then courtesies, then out of scope."""
    groups: list[Iterable[str]] = [(entry.title, *entry.questions) for entry in content.entries]
    groups += [topic.questions for topic in content.smalltalk]
    services = content.out_of_scope.other_services
    # The reader turns the name of every service into the same marker, so one stands for all.
    name = services[0].words[0] if services else ""
    groups.append([q.replace("{service}", name) for q in content.out_of_scope.questions])
    pairs = [(example, label) for label, group in enumerate(groups) for example in group]
    return [example for example, _ in pairs], [label for _, label in pairs]


class _Features:
    """The n-grams of all examples as a sparse matrix, each row of length one."""

    def __init__(self, examples: Iterable[set[str]]) -> None:
        import numpy as np

        self.rows: dict[str, int] = {}
        example_of, row_of, values = [], [], []
        for number, grams in enumerate(examples):
            unit = 1 / _length(grams)
            for gram in sorted(grams):
                example_of.append(number)
                row_of.append(self.rows.setdefault(gram, len(self.rows)))
                values.append(unit * SERVICE_WEIGHT if gram == SERVICE else unit)
        self._examples = number + 1
        self._example_of = np.array(example_of)
        self._row_of = np.array(row_of)
        self._values = np.array(values, "f4")

    def kernel(self) -> Matrix:
        """How alike every two examples are."""
        import numpy as np

        # An n-gram of a single example makes no two alike; it counts only in the row's length.
        used = np.bincount(self._row_of, minlength=len(self.rows)) > 1
        columns = np.cumsum(used) - 1
        kept = used[self._row_of]
        matrix = np.zeros((self._examples, int(used.sum())), "f4")
        matrix[self._example_of[kept], columns[self._row_of[kept]]] = self._values[kept]
        alike: Matrix = matrix @ matrix.T
        np.fill_diagonal(alike, 1)
        return alike

    def weights(self, coefficients: Matrix) -> Matrix:
        """Fold what was learnt for each example into each n-gram's weights, a row an n-gram."""
        import numpy as np

        order = np.argsort(self._row_of, kind="stable")
        parts = coefficients[self._example_of[order]] * self._values[order, None]
        starts = np.searchsorted(self._row_of[order], np.arange(len(self.rows)))
        weights: Matrix = np.add.reduceat(parts, starts, axis=0)
        if SERVICE in self.rows:
            weights[self.rows[SERVICE]] *= SERVICE_WEIGHT
        return weights


def resemblance(texts: Sequence[str], others: Sequence[str]) -> list[float]:
    """For each of `texts` how alike (0-1) the most similar of `others` is, by its characters."""
    reader = Reader({}, {})
    everything = _Features(_grams(reader.read(text).tokens) for text in (*texts, *others))
    alike: list[float] = everything.kernel()[: len(texts), len(texts) :].max(axis=1).tolist()
    return alike
