"""Judge a message and its parts: what each says, and which of them decides."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from faq.language.text import Reading
from faq.matching.acts import CLOSED, OPEN
from faq.matching.calibration import RankedScores
from faq.matching.scoring import Judgement

# Questions of more tokens are also matched by clause unless the whole is sure enough, because a
# complaint (刷脸不过) is shorter than its cause (填的是旧证的日期); a clause must be surer still.
LONG, SURE_OF_THE_WHOLE, SURE_OF_A_PART = 24, 0.7, 0.8
# Confidence of the n-grams from which the encoder is skipped.
SURE_BY_WORDS = 0.9


class Text(NamedTuple):
    """Hold a message, a part of it searched for its matter, or a clause searched for acts."""

    reading: Reading
    role: Literal["whole", "part", "clause"] = "whole"


class Judged(NamedTuple):
    """Hold a text with its scores, the confidence in its matter and its acts' probabilities."""

    text: Text
    judgement: Judgement
    ranked: RankedScores
    confidence: float
    acts: dict[int, float]

    @property
    def label(self) -> int:
        """Return the highest-scoring class."""
        return self.judgement.scores.labels[self.ranked.top]


def is_open(judged: Judged) -> bool:
    """Return whether the n-grams are unsure of what the text is read for.

    Not for pinyin, which the encoder cannot read.
    """
    reading, role = judged.text
    if reading.pinyin_only:
        return False
    if role != "clause" and judged.confidence < SURE_BY_WORDS:
        return True
    return role != "part" and any(OPEN < one < CLOSED for one in judged.acts.values())


def is_conclusive(whole: Judged, entries: int) -> bool:
    """Return whether the whole question is sure enough to skip its clauses."""
    return whole.label < entries and whole.confidence >= SURE_OF_THE_WHOLE


def deciding(judged: Sequence[Judged], entries: int) -> Judged:
    """Return the whole question, which comes first, or the clause that is surer."""
    best = judged[0]
    if is_conclusive(best, entries):
        return best
    for part in judged[1:]:
        beaten = best.confidence if best.label < entries else 0.0
        if part.label < entries and part.confidence >= max(SURE_OF_A_PART, beaten):
            best = part
    return best
