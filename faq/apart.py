"""Learning many classes, each from its own examples alone; and after an edit only some of them.

With more examples than can be compared with each other (`faq.learning.MOST_COMPARED`) a class
depends on nothing but its examples and on how rare their n-grams are, and that is rounded
(`faq.features.banded`). So after an edit those classes learn anew whose examples changed, and those
that hold an n-gram whose rarity did; what comes of it is what learning everything would give, but
for the order in which numbers were added up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from faq.examples import Group, examples_in
from faq.features import Features, Lexicon, Vocabulary, banded
from faq.learning import Examples, Learnt, is_compared, learn
from faq.scoring import MOST_DENSE_CLASSES, Postings, Tables, fold, gathered, spread_out
from faq.text import Reader, Reading

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

# When more than this share of the classes is to be learnt, all are.
MOST_RELEARNT = 0.5


@dataclass(frozen=True)
class Kept:
    """What relearning needs of what was learnt, as arrays that can be written and read.

    `counts`: of each row of the lexicon, how many examples hold it. Class c holds the rows
    `held[held_starts[c]:held_starts[c + 1]]`; `left_out[starts[c]:starts[c + 1]]` are the scores of
    its examples and then of its near misses, had each not been learnt from.
    """

    counts: Array
    held_starts: Array
    held: Array
    starts: Array
    left_out: Array


class Apart(NamedTuple):
    """What was learnt from the n-grams."""

    lexicon: Lexicon
    tables: Tables
    kept: Kept


def is_apart(examples: int, classes: int) -> bool:
    """Whether so many classes learn apart from so many examples."""
    return classes > MOST_DENSE_CLASSES and not is_compared(examples)


def prior_of(examples: Examples, *, learns_apart: bool) -> Array:
    """Of every class its share of the examples; only about that where it `learns_apart`."""
    import numpy as np

    own = examples.labels[~examples.is_negative]
    total = banded(np.zeros(0), len(own))[1] if learns_apart else len(own)
    shares: Array = (np.bincount(own, minlength=examples.classes) / max(total, 1)).astype("f4")
    return shares


def learn_all(features: Features, lexical: Sequence[Learnt]) -> Apart:
    """From what all classes learnt; the features are to be weighed in bands."""
    tables = spread_out(features.width, len(lexical), fold(features, lexical))
    held = [features.columns[features.places(one.met)[0]] for one in lexical]
    return Apart(features.lexicon, tables, _kept(features.counts, held, lexical))


def _kept(counts: Array, columns: Sequence[Array], lexical: Sequence[Learnt]) -> Kept:
    import numpy as np

    held = [np.unique(rows).astype("i4") for rows in columns]
    return Kept(
        counts.astype("i4"),
        _starts(held),
        np.concatenate(held),
        _starts([one.left_out for one in lexical]),
        np.concatenate([one.left_out for one in lexical]).astype("f4"),
    )


def _starts(parts: Sequence[Array]) -> Array:
    import numpy as np

    return np.array([0, *accumulate(map(len, parts))])


def relearn(
    before: Apart, old: Sequence[Group], new: Sequence[Group], reader: Reader
) -> Apart | None:
    """What `learn_all` would give for the `new` groups, from what it gave for the `old` ones.

    None when learning everything is the shorter way, or the only one. `reader` must be as it was.
    """
    import numpy as np

    places = {group.name: place for place, group in enumerate(old)}
    origin = np.array([places.get(group.name, -1) for group in new])
    for label, place in enumerate(origin.tolist()):
        if place >= 0 and old[place] != new[label]:
            origin[label] = -1
    gone = np.setdiff1d(np.arange(len(old)), origin)
    fresh = np.flatnonzero(origin < 0)
    if len(gone) + len(fresh) > MOST_RELEARNT * len(new):
        return None
    kept = before.kept
    known = Vocabulary(before.lexicon, len(kept.counts))
    lost, _ = known.read(_readings([old[label] for label in gone.tolist()], reader))
    won, _ = known.read(_readings([new[label] for label in fresh.tolist()], reader))
    width = len(kept.counts) + known.added
    then = np.zeros(width, np.int64)
    then[: len(kept.counts)] = kept.counts
    now = then - np.bincount(lost, minlength=width) + np.bincount(won, minlength=width)
    totals = [sum(group.size for group in groups) for groups in (old, new)]
    owns = [sum(len(group.texts) for group in groups) for groups in (old, new)]
    (rare_then, total), (rare_now, after) = banded(then, totals[0]), banded(now, totals[1])
    if total != after or banded(now, owns[0])[1] != banded(now, owns[1])[1]:
        return None
    # Classes that hold an n-gram which became rarer or commoner.
    has_moved = np.zeros(width, bool)
    has_moved[rare_then != rare_now] = True
    holder = np.repeat(np.arange(len(old)), np.diff(kept.held_starts))
    concerned = np.zeros(len(old) + 1, bool)
    concerned[holder[has_moved[kept.held]]] = True
    origin[concerned[origin]] = -1
    todo = np.flatnonzero(origin < 0)
    if len(todo) > MOST_RELEARNT * len(new):
        return None
    weights = known.rarities(rare_now, total)
    parts = _Parts(before, origin)
    if len(todo):
        groups = [new[label] for label in todo.tolist()]
        examples = examples_in(groups)
        prior = np.array([len(group.texts) for group in groups]) / banded(now, owns[1])[1]
        features = Features([reader.read(text) for text in examples.texts], known, weights)
        lexical, _ = learn(features, None, examples, prior.astype("f4"), apart=True)
        parts.put(todo, features, lexical)
    tables = spread_out(width, len(new), parts.postings)
    return Apart(known.lexicon(now, weights, total), tables, parts.kept(now))


def _readings(groups: Sequence[Group], reader: Reader) -> list[Reading]:
    return [reader.read(text) for group in groups for text in (*group.texts, *group.negatives)]


class _Parts:
    """What is left of what was learnt, and what comes in place of the rest."""

    def __init__(self, before: Apart, origin: Array) -> None:
        """`origin`: of each class its number before, or -1."""
        import numpy as np

        kept = before.kept
        self._held = np.split(kept.held, kept.held_starts[1:-1])
        self._left_out = np.split(kept.left_out, kept.starts[1:-1])
        self._held = [self._held[place] for place in origin]
        self._left_out = [self._left_out[place] for place in origin]
        now = np.full(len(kept.starts), -1, "i4")
        now[origin] = np.arange(len(origin))
        now[-1] = -1
        grams, classes, weights = gathered(before.tables)
        classes = now[classes]
        left = classes >= 0
        self.postings = Postings(grams[left], classes[left], weights[left])

    def put(self, labels: Array, features: Features, lexical: Sequence[Learnt]) -> None:
        """Put in what the classes `labels` learnt."""
        import numpy as np

        for label, one in zip(labels.tolist(), lexical, strict=True):
            columns = features.columns[features.places(one.met)[0]]
            self._held[label] = np.unique(columns).astype("i4")
            self._left_out[label] = one.left_out.astype("f4")
        grams, classes, weights = fold(features, lexical)
        more = Postings(grams, labels.astype("i4")[classes], weights)
        self.postings = Postings(
            *(np.concatenate(pair) for pair in zip(self.postings, more, strict=True))
        )

    def kept(self, counts: Array) -> Kept:
        import numpy as np

        return Kept(
            counts.astype("i4"),
            _starts(self._held),
            np.concatenate(self._held),
            _starts(self._left_out),
            np.concatenate(self._left_out),
        )
