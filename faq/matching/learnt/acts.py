"""Decide which acts a message is, each by itself, besides the matter.

The evidence of an act is the same for all, so two logistic regressions are fitted over the
examples, each scored without itself: one for the flags, which stand beside another act, and one for
the other acts, which compete.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from faq.content.talk import FLAGS, ActName
from faq.matching.learnt.calibration import Calibration, RankedScores
from faq.matching.learnt.scoring import Judgement

# Probability from which a message is an act, and a flag, and from which a clause of it is one.
SURE_OF_AN_ACT, SURE_OF_A_FLAG, SURE_OF_A_CLAUSE = 0.25, 0.5, 0.8
# Probabilities between which the n-grams leave an act open.
OPEN, CLOSED = 0.1, 0.9
# Least score of an act to be considered.
WORTH_JUDGING = 0.12


class ActEvidence(NamedTuple):
    """Hold the evidence of one act, a number among all acts."""

    act: int
    evidence: list[float]


@dataclass(frozen=True)
class ActCalibration:
    """Turn the evidence of acts into probabilities."""

    flags: Calibration
    others: Calibration


class ActJudge:
    """Judge the acts of a content, which are numbered in its order."""

    def __init__(self, names: Sequence[ActName], entries: int) -> None:
        """Take the acts' names and the number of entries."""
        self.names = tuple(names)
        self.is_flag = [name in FLAGS for name in names]
        self._entries = entries

    def is_sure(self, act: int, probability: float) -> bool:
        """Return whether a message is this act."""
        return probability >= (SURE_OF_A_FLAG if self.is_flag[act] else SURE_OF_AN_ACT)

    def evidence(
        self,
        judgement: Judgement,
        ranked: RankedScores,
        known: int,
        extra: Iterable[int] = (),
    ) -> list[ActEvidence]:
        """Return the evidence of each act worth judging, and of the `extra` ones.

        `known`: n-grams of the text that occur in other texts, too.
        """
        if not self.names:
            return []
        first = judgement.acts
        lexical = judgement.scores.lexical[first:]
        encoded = judgement.encoded and judgement.encoded[first:]
        scores = lexical
        if encoded:
            scores = [(one + other) / 2 for one, other in zip(lexical, encoded, strict=True)]
        worth = {at for at, score in enumerate(scores) if score >= WORTH_JUDGING}
        worth.update(extra)
        if not worth:
            return []
        entries = bisect_left(judgement.scores.labels, self._entries)
        matter, outside = max(ranked.scores[:entries], default=0.0), ranked.scores[-1]
        competing = sorted(
            (score for score, flag in zip(scores, self.is_flag, strict=True) if not flag),
            reverse=True,
        )[:2]
        count = judgement.terms.total
        found = []
        for act in sorted(worth):
            score = scores[act]
            rival = max((one for one in competing if one != score or self.is_flag[act]), default=0)
            evidence = [
                score,
                math.sqrt(max(score, 0.0)),
                score - rival,
                score - matter,
                score - outside,
                math.log(count),
                known / count,
                lexical[act],
            ]
            if encoded:
                evidence.append(encoded[act])
            found.append(ActEvidence(act, evidence))
        return found

    def probabilities(
        self, found: Iterable[ActEvidence], calibration: ActCalibration
    ) -> dict[int, float]:
        """Return the probability of each act judged."""
        return {
            act: (calibration.flags if self.is_flag[act] else calibration.others).confidence(
                evidence
            )
            for act, evidence in found
        }
