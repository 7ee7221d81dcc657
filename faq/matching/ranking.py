"""Rank the candidates of a message in its conversation.

A logistic model over the evidence of the text and the place of each candidate in the conversation,
with weights for each kind of candidate. They are fitted by `benchmarks/ranking.py` on conversations
of writers who had not seen the content; see docs/adr/0034.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np

from faq.content.talk import FLAGS
from faq.matching.candidates import KINDS, Candidate
from faq.matching.evidence import (
    COLUMNS,
    NEAR_MISS,
    NEAREST_FEW,
    NEAREST_ONE,
    WORDS_FEW,
)
from faq.matching.match import Option

Array = np.ndarray[Any, np.dtype[Any]]

MOST_RANKED = 12
# Entries among them at least, however many points the best entry has.
LEAST_ENTRIES = 3
# Tokens; a shorter message says little without what is open.
SHORT = 8
# Greatest evidence of an intent: the logarithm of its odds.
_MOST_ODDS = 8.0

FEATURES = (
    *("learnt_words", "learnt_meaning", "nearest_one", "nearest_few", "words_one", "words_few"),
    "near_miss",
    *(f"clause_{name}" for name in ("learnt_words", "learnt_meaning", "nearest_one")),
    *(f"clause_{name}" for name in ("nearest_few", "words_one", "words_few")),
    *("own_point_nearest", "own_point_words", "entry_nearest", "odds"),
    *("open", "open_short", "related", "any_open", "told", "offered"),
    *("state", "state_of_entry"),
    *("other_service", "bias"),
)
_BEST_OF_CLAUSES = 6
_NONE: Array = np.zeros(0, np.intp)


@dataclass(frozen=True)
class Context:
    """The place of a message in its conversation.

    `open`: slug of the open entry; `related`: slugs of its related ones. `told_names`: names of the
    points and slugs of the entries that were told. `offered`: slugs of the options. `states`: of
    the asker by the record (`faq.diagnosis.asker_states`).
    """

    open: str | None = None
    related: Collection[str] = field(default_factory=frozenset)
    told_names: Collection[str] = field(default_factory=frozenset)
    offered: Collection[str] = field(default_factory=frozenset)
    states: Collection[str] = field(default_factory=frozenset)


NOTHING_OPEN = Context()


class Evidence(NamedTuple):
    """Hold what the text of a message says of each candidate.

    `whole`: the evidence of the message, `(candidates, COLUMNS)`; `clauses`: of its clauses, `(n,
    candidates, COLUMNS)`. `odds`: of each candidate that is an intent, the logarithm. `tokens`: of
    the message. `names_other`: whether it is about another service that it names.
    """

    whole: Array
    clauses: Array
    odds: Array
    tokens: int
    names_other: bool


class Ranked(NamedTuple):
    """Pair a candidate with its probability among all (0-1)."""

    candidate: Candidate
    probability: float


class Ranker:
    """Rank the candidates of one content; immutable."""

    def __init__(self, candidates: Sequence[Candidate], class_of: Array) -> None:
        """Take for each candidate the class whose learnt scores it has."""
        self._candidates = candidates
        self._class_of = class_of
        self.kinds: Array = np.array([KINDS.index(candidate.kind) for candidate in candidates])
        self._slugs = np.array(
            [candidate.entry.slug if candidate.entry else "" for candidate in candidates]
        )
        self._names = np.array([candidate.name for candidate in candidates])
        self._of_state, self._of_entry_state = _by_state(candidates)
        self._is_point = self.kinds == KINDS.index("point")
        self._is_entry = self.kinds == KINDS.index("entry")
        # They stand beside another meaning and are judged by themselves.
        self._flags = np.array([candidate.intent in FLAGS for candidate in candidates])

    def features(self, evidence: Evidence, context: Context) -> Array:
        """Return the features of all candidates: `(candidates, len(FEATURES))`."""
        whole, clauses = evidence.whole, evidence.clauses
        table = np.zeros((len(self._candidates), len(FEATURES)), "f4")
        table[:, :COLUMNS] = whole
        table[:, NEAR_MISS] = np.maximum(0, whole[:, NEAR_MISS] - whole[:, NEAREST_ONE])
        at = COLUMNS
        best = _BEST_OF_CLAUSES
        if len(clauses):
            gain = clauses.max(0)[:, :best] - whole[:, :best]
            table[:, at : at + best] = np.maximum(gain, 0)
        at += best
        points, of = self._is_point, self._class_of
        own = np.zeros((len(self._candidates), 2), "f4")
        np.maximum.at(own[:, 0], of[points], whole[points, NEAREST_FEW])
        np.maximum.at(own[:, 1], of[points], whole[points, WORDS_FEW])
        table[self._is_entry, at : at + 2] = own[self._is_entry]
        table[points, at + 2] = whole[of[points], NEAREST_FEW]
        table[:, at + 3] = evidence.odds
        is_open = (self._slugs == context.open) if context.open else np.zeros(len(table), bool)
        table[:, at + 4] = is_open
        table[:, at + 5] = is_open * max(0, SHORT - evidence.tokens) / SHORT
        table[:, at + 6] = _is_in(self._slugs, context.related) & ~is_open
        table[:, at + 7] = context.open is not None
        table[:, at + 8] = _is_in(self._names, context.told_names)
        table[:, at + 9] = _is_in(self._slugs, context.offered)
        # A follow-up is rarely about the record.
        for state in context.states if context.open is None else ():
            table[self._of_state.get(state, _NONE), at + 10] = 1
            table[self._of_entry_state.get(state, _NONE), at + 11] = 1
        table[:, at + 12] = evidence.names_other
        table[:, at + 13] = 1
        return table

    def scores(self, evidence: Evidence, context: Context) -> Array:
        """Return the score of each candidate, a logarithm up to a constant."""
        with_encoder = bool(evidence.whole[:, NEAREST_ONE].any())
        return scores_of(self.features(evidence, context), self.kinds, with_encoder=with_encoder)

    def rank(
        self,
        evidence: Evidence,
        context: Context = NOTHING_OPEN,
        fits: Callable[[Candidate], bool] | None = None,
    ) -> tuple[Ranked, ...]:
        """Return the likeliest candidates, best first.

        `fits`: whether a candidate may be told to the asker at all; asked of the best alone.
        """
        scores = self.scores(evidence, context)
        scores[self._flags] = -np.inf
        order = np.argsort(-scores, kind="stable")
        kept: list[int] = []
        entries: set[str] = set()
        for number in order.tolist():
            slug = str(self._slugs[number])
            if len(kept) >= MOST_RANKED:
                if len(entries) >= LEAST_ENTRIES:
                    break
                if not slug or slug in entries:
                    continue
            if fits is None or fits(self._candidates[number]):
                kept.append(number)
                entries.update([slug] if slug else [])
            else:
                scores[number] = -np.inf
        likely = np.exp(scores - scores[kept[0]])
        likely /= likely.sum()
        return tuple([Ranked(self._candidates[n], float(likely[n])) for n in kept])


def options_of(ranked: Iterable[Ranked]) -> list[Option]:
    """Return the entries of the ranked candidates, each with the sum of its own and its points'."""
    sums: dict[str, Option] = {}
    for candidate, probability in ranked:
        if candidate.entry is not None:
            before = sums.get(candidate.entry.slug, Option(candidate.entry, 0.0))
            sums[candidate.entry.slug] = Option(candidate.entry, before.probability + probability)
    return sorted(sums.values(), key=lambda option: -option.probability)


def scores_of(features: Array, kinds: Array, *, with_encoder: bool = True) -> Array:
    """Return the score of each candidate by its features `(n, len(FEATURES))` and its kind."""
    weights = weights_of(with_encoder=with_encoder)
    scores: Array = np.einsum("cf,cf->c", features, weights[kinds])
    return scores


def _by_state(candidates: Sequence[Candidate]) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return for each state its candidates, and the points of the entry that explains it.

    Of a state are the entry that explains it and the points that are written for it.
    """
    own: dict[str, list[int]] = defaultdict(list)
    of_entry: dict[str, list[int]] = defaultdict(list)
    for number, candidate in enumerate(candidates):
        explained = () if candidate.entry is None else candidate.entry.explains
        for state in explained if candidate.point is None else candidate.point.states:
            own[state].append(number)
        for state in () if candidate.point is None else explained:
            of_entry[state].append(number)
    return _as_arrays(own), _as_arrays(of_entry)


def _as_arrays(lists: Mapping[str, list[int]]) -> dict[str, Array]:
    return {name: np.array(numbers, np.intp) for name, numbers in lists.items()}


def _is_in(names: Array, wanted: Collection[str]) -> Array:
    return np.isin(names, [*wanted]) if wanted else np.zeros(len(names), bool)


@cache
def weights_of(*, with_encoder: bool) -> Array:
    """Return the shipped weights: `(kinds, len(FEATURES))`."""
    text = resources.files(__package__).joinpath("weights.json").read_text("utf-8")
    own = json.loads(text)["together" if with_encoder else "alone"]
    return np.array([[own[kind].get(feature, 0.0) for feature in FEATURES] for kind in KINDS], "f4")


def odds_of(probability: float) -> float:
    """Return the logarithm of the odds of a probability, within bounds."""
    inside = min(max(probability, 1e-4), 1 - 1e-4)
    return float(np.clip(np.log(inside / (1 - inside)), -_MOST_ODDS, _MOST_ODDS))
