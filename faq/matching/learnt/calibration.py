"""Turn scores into a confidence: how often a decision with such scores is right.

The evidence is the same for every class, so one logistic regression is fitted over all examples,
each scored without itself.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul
from typing import NamedTuple

import numpy as np

_L2_PENALTY = 1.0
_STEPS = 30


class RankedScores(NamedTuple):
    """Hold the classes' scores of one question and the positions of the two highest.

    `lexical` and `encoded` (None without a vector) are the channels of `scores`. The last class is
    "out of scope". There are always at least two classes.
    """

    scores: list[float]
    lexical: list[float]
    encoded: list[float] | None
    top: int
    second: int

    def evidence(self, count: int, known_grams: int) -> list[float]:
        """Return the features of the confidence.

        `count`: n-grams of the question; `known`: those that occur in other texts, too.
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
            known_grams / count,
            *_lead(self.lexical, top),
        ]
        if self.encoded is not None:
            evidence += [*_lead(self.encoded, top), self.encoded[-1]]
        return evidence


def rank(scores: list[float], lexical: list[float], encoded: list[float] | None) -> RankedScores:
    """Find the two highest scores."""
    first = max(scores)
    top = scores.index(first)
    scores[top] = -math.inf
    second = scores.index(max(scores))
    scores[top] = first
    return RankedScores(scores, lexical, encoded, top, second)


def _lead(channel: list[float], top: int) -> tuple[float, float]:
    """Return the score of class `top` and its lead over the next class."""
    own = channel[top]
    channel[top] = -math.inf
    lead = own - max(channel)
    channel[top] = own
    return own, lead


@dataclass(frozen=True)
class Calibration:
    """Apply a logistic function to the evidence."""

    weights: tuple[float, ...]
    bias: float

    def confidence(self, evidence: Sequence[float]) -> float:
        """Return the probability that the highest-scoring class is right."""
        total = self.bias + sum(map(mul, self.weights, evidence))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def calibrate(evidence: Sequence[Sequence[float]], is_right: Sequence[bool]) -> Calibration:
    """Fit a logistic regression of `is_right` on the evidence by Newton's method.

    Without any evidence the confidence is zero.
    """
    if not evidence:
        return Calibration((), -30.0)
    samples = np.array(evidence, "f8")
    right = np.array(is_right, "f8")
    mean, spread = samples.mean(0), samples.std(0) + 1e-6
    table = np.c_[(samples - mean) / spread, np.ones(len(samples))]
    weights = np.zeros(table.shape[1])
    penalty = np.full(table.shape[1], _L2_PENALTY)
    for _ in range(_STEPS):
        predicted = 1 / (1 + np.exp(-np.clip(table @ weights, -30, 30)))
        hessian = (table.T * (predicted * (1 - predicted) + 1e-9)) @ table + np.diag(penalty)
        weights += np.linalg.solve(hessian, table.T @ (right - predicted) - penalty * weights)
    scaled = weights[:-1] / spread
    return Calibration(tuple(scaled.tolist()), float(weights[-1] - scaled @ mean))
