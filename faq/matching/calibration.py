"""How sure a decision is: from what the scores look like to how often they are right.

What is weighed is the same for every class, so the weights are learnt from all examples together,
each judged as if it had not been learnt from, and hold for entries that have few of their own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul
from typing import NamedTuple

import numpy as np

_STRENGTH_OF_DOUBT = 1.0
_STEPS = 30


class RankedScores(NamedTuple):
    """The classes' scores of one question, and which of them leads.

    `lexical` and `encoded` (None without a vector) are the channels of `scores`. The last class is
    what is out of scope. `top` and `second` are positions; there are always two classes.
    """

    scores: list[float]
    lexical: list[float]
    encoded: list[float] | None
    top: int
    second: int

    def evidence(self, count: int, known: int) -> list[float]:
        """What confidence depends on.

        `count`: how many n-grams the question has, `known`: how many of them other texts have.
        """
        scores, top = self.scores, self.top
        rival = self.second if top == len(scores) - 1 else -1
        first = scores[top]
        evidence = [
            first,
            math.sqrt(max(first, 0.0)),
            first - scores[self.second],
            first - scores[rival],
            math.log(count),
            known / count,
            *_lead(self.lexical, top),
        ]
        if self.encoded is not None:
            evidence += [*_lead(self.encoded, top), self.encoded[-1]]
        return evidence


def rank(scores: list[float], lexical: list[float], encoded: list[float] | None) -> RankedScores:
    """Find out who leads."""
    first = max(scores)
    top = scores.index(first)
    scores[top] = -math.inf
    second = scores.index(max(scores))
    scores[top] = first
    return RankedScores(scores, lexical, encoded, top, second)


def _lead(channel: list[float], top: int) -> tuple[float, float]:
    """What a channel gives to the class that leads, and how much less the next class gets."""
    own = channel[top]
    channel[top] = -math.inf
    lead = own - max(channel)
    channel[top] = own
    return own, lead


@dataclass(frozen=True)
class Calibration:
    """A logistic function of the evidence."""

    weights: tuple[float, ...]
    bias: float

    def confidence(self, evidence: Sequence[float]) -> float:
        """The probability that the class that leads is right."""
        total = self.bias + sum(map(mul, self.weights, evidence))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def calibrate(evidence: Sequence[Sequence[float]], is_right: Sequence[bool]) -> Calibration:
    """Learn how often scores that look like this are right (logistic regression)."""
    known = np.array(evidence, "f8")
    right = np.array(is_right, "f8")
    mean, spread = known.mean(0), known.std(0) + 1e-6
    table = np.c_[(known - mean) / spread, np.ones(len(known))]
    weights = np.zeros(table.shape[1])
    doubt = np.full(table.shape[1], _STRENGTH_OF_DOUBT)
    for _ in range(_STEPS):
        guessed = 1 / (1 + np.exp(-np.clip(table @ weights, -30, 30)))
        curve = (table.T * (guessed * (1 - guessed) + 1e-9)) @ table + np.diag(doubt)
        weights += np.linalg.solve(curve, table.T @ (right - guessed) - doubt * weights)
    scaled = weights[:-1] / spread
    return Calibration(tuple(scaled.tolist()), float(weights[-1] - scaled @ mean))
