"""Decide which intents a message is, each by itself, besides the subject.

The evidence of an intent is the same for all, so two logistic regressions are fitted over the
examples, each scored without itself: one for the flags, which stand beside another intent, and one
for the other intents, which compete.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from faq.content.talk import FLAGS, IntentName
from faq.matching.learnt.calibration import Calibration, RankedScores
from faq.matching.learnt.scoring import Judgement

# Probability from which a message is an intent, and a flag, and from which a clause of it is one.
SURE_OF_AN_INTENT, SURE_OF_A_FLAG, SURE_OF_A_CLAUSE = 0.25, 0.5, 0.8
# Probabilities between which the n-grams leave an intent open.
OPEN, CLOSED = 0.1, 0.9
# Least score of an intent to be considered.
WORTH_JUDGING = 0.12


class IntentEvidence(NamedTuple):
    """Hold the evidence of one intent, a number among all intents."""

    intent: int
    evidence: list[float]


@dataclass(frozen=True)
class IntentCalibration:
    """Turn the evidence of intents into probabilities."""

    flags: Calibration
    others: Calibration


class IntentJudge:
    """Judge the intents of a content, which are numbered in its order."""

    def __init__(self, names: Sequence[IntentName], entries: int) -> None:
        """Take the intents' names and the number of entries."""
        self.names = tuple(names)
        self.is_flag = [name in FLAGS for name in names]
        self._entries = entries

    def is_sure(self, intent: int, probability: float) -> bool:
        """Return whether a message is this intent."""
        return probability >= (SURE_OF_A_FLAG if self.is_flag[intent] else SURE_OF_AN_INTENT)

    def evidence(
        self,
        judgement: Judgement,
        ranked: RankedScores,
        known_grams: int,
        extra: Iterable[int] = (),
    ) -> list[IntentEvidence]:
        """Return the evidence of each intent worth judging, and of the `extra` ones.

        `known`: n-grams of the text that occur in other texts, too.
        """
        if not self.names:
            return []
        first = judgement.intents
        lexical = judgement.scores.lexical[first:]
        encoded = judgement.encoded and judgement.encoded[first:]
        scores = lexical
        if encoded:
            scores = [(score + other) / 2 for score, other in zip(lexical, encoded, strict=True)]
        worth = {at for at, score in enumerate(scores) if score >= WORTH_JUDGING}
        worth.update(extra)
        if not worth:
            return []
        entries = bisect_left(judgement.scores.labels, self._entries)
        subject, outside = max(ranked.scores[:entries], default=0.0), ranked.scores[-1]
        competing = sorted(
            (score for score, flag in zip(scores, self.is_flag, strict=True) if not flag),
            reverse=True,
        )[:2]
        count = judgement.terms.total
        judged = []
        for intent in sorted(worth):
            score = scores[intent]
            rival = max(
                (rival for rival in competing if rival != score or self.is_flag[intent]),
                default=0,
            )
            evidence = [
                score,
                math.sqrt(max(score, 0.0)),
                score - rival,
                score - subject,
                score - outside,
                math.log(count),
                known_grams / count,
                lexical[intent],
            ]
            if encoded:
                evidence.append(encoded[intent])
            judged.append(IntentEvidence(intent, evidence))
        return judged

    def probabilities(
        self, judged: Iterable[IntentEvidence], calibration: IntentCalibration
    ) -> dict[int, float]:
        """Return the probability of each intent judged."""
        return {
            intent: (calibration.flags if self.is_flag[intent] else calibration.others).confidence(
                evidence
            )
            for intent, evidence in judged
        }
