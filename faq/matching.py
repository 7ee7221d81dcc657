"""Which entry a question means, how sure that is, and when to ask back or to decline.

Three channels read a question: the n-grams of its characters, those of its toneless syllables
(homophones and typing slips), and the vector of the multilingual encoder where there is one. Every
entry, every courtesy and "out of scope" is a class that learnt from its examples (`faq.learning`).
A question in pinyin is judged by syllables alone: its letters mean nothing else. Why it is done
like this: docs/adr/0006-matching.md.

numpy is imported when a matcher is compiled or read, not before: the web process has its first
request to answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from faq import encoder as encoders
from faq.entries import Content, Entry, SmallTalk
from faq.features import grams
from faq.text import Reader, Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from faq.compiled import Compiled
    from faq.scoring import Judgement

# Turns scores into shares of what is left when the best entry is not the right one.
SHARPNESS = 20.0
# From this confidence on the entry is given as the answer; below it the asker chooses.
SURE = 0.5
# From this confidence on a courtesy or a refusal stands; below it entries are offered, if any is
# worth offering.
SURE_OF_NO_ENTRY = 0.5
# An option that is less likely than this is not worth the asker's time.
WORTH_OFFERING = 0.05
# The wording does not decide when another entry is at least so many times as likely as the best.
NEARLY_AS_LIKELY = 0.25
MOST_OPTIONS = 3


@dataclass(frozen=True)
class Candidate:
    """An entry that a question may mean.

    `probability` (0-1) is that of all classes, so the candidates' need not add up to 1. `channels`:
    what each way of reading the question (`characters`, `syllables`, and `encoder` where there is
    one) adds to the entry's score.
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

    def __init__(self, content: Content, compiled: Compiled) -> None:
        """`compiled`: what `compile_matcher` learnt from this very content."""
        from faq.compiling import reader_of
        from faq.scoring import Scorer

        self._entries = content.entries
        self._topics = content.smalltalk
        self._reader = reader_of(content)
        self._compiled = compiled
        self._scorer = Scorer(compiled.lexicon, compiled.tables, compiled.exemplars, compiled.prior)

    @staticmethod
    def from_bytes(data: bytes, content: Content) -> Matcher:
        """The matcher that `to_bytes` wrote after learning from this very content.

        Raises `faq.compiled.UnknownForm` when another version wrote it, or for other content: then
        it must be compiled.
        """
        from faq.compiled import UnknownForm, from_bytes

        compiled = from_bytes(data)
        if len(compiled.prior) != len(content.entries) + len(content.smalltalk) + 1:
            raise UnknownForm("This was learnt from other content")
        return Matcher(content, compiled)

    def to_bytes(self) -> bytes:
        """What was learnt, in the form that `FORM` names; without the content itself.

        About 6 MB for 40 entries and 3,600 examples, most of it the encoder's vectors.
        """
        return self._compiled.to_bytes()

    @property
    def uses_encoder(self) -> bool:
        """Whether questions are read by the encoder, too."""
        return self._scorer.uses_vectors and encoders.shared() is not None

    def match(self, question: str) -> Match:
        """Decide about `question`; anything beyond its 500th character is not read."""
        reading = self._reader.read(question)
        if not reading.tokens:
            return Match("fallback", 1.0, readable=False)
        judgement, confidence, top = self._judge(reading)
        labels = judgement.labels.tolist()
        shares = _shares(judgement)
        likely = [confidence if at == top else share for at, share in enumerate(shares)]
        rest = 1 - shares[top]
        scale = (1 - confidence) / rest if rest > 0 else 0.0
        likely = [confidence if at == top else share * scale for at, share in enumerate(shares)]
        entries = len(self._entries)
        own = [at for at, label in enumerate(labels) if label < entries]
        own.sort(key=likely.__getitem__, reverse=True)
        others = self._others(reading, labels, own)
        chosen = own[:1] + (others + [at for at in own[1:] if at not in others])
        candidates = self._candidates(judgement, likely, chosen[:MOST_OPTIONS])
        nearest = tuple(candidate.entry for candidate in candidates)
        label = labels[top]
        options = tuple(c.entry for c in candidates if c.probability >= WORTH_OFFERING)
        if label >= entries and (confidence >= SURE_OF_NO_ENTRY or not options):
            if label < entries + len(self._topics):
                topic = self._topics[label - entries]
                return Match(
                    "smalltalk", confidence, topic=topic, nearest=nearest, candidates=candidates
                )
            service = reading.services[0] if reading.services else None
            return Match(
                "fallback", confidence, nearest=nearest, candidates=candidates, service=service
            )
        first = likely[own[0]]
        vague = bool(others) or any(
            candidate.probability >= NEARLY_AS_LIKELY * first for candidate in candidates[1:]
        )
        if label < entries and confidence >= SURE:
            return Match(
                "answer",
                confidence,
                entry=nearest[0],
                nearest=nearest,
                candidates=candidates,
                vague=vague,
            )
        return Match(
            "clarify",
            first,
            nearest=nearest,
            options=options or nearest[:1],
            candidates=candidates,
            vague=vague,
        )

    def _judge(self, reading: Reading) -> tuple[Judgement, float, int]:
        """The scores, how sure the class that leads is, and its position among them."""
        compiled = self._compiled
        vector = None
        if self._scorer.uses_vectors and not reading.pinyin_only:
            encoder = encoders.shared()
            if encoder is not None:
                vector = encoder.encode([reading.plain])[0]
        judgement = self._scorer.judge(reading, vector)
        weighed = judgement.weigh()
        calibration = compiled.alone if weighed.encoded is None else compiled.together
        assert calibration is not None  # noqa: S101 - there are exemplars
        confidence = calibration.confidence(weighed.evidence(len(reading.tokens)))
        return judgement, confidence, weighed.top

    def _others(self, reading: Reading, labels: list[int], own: list[int]) -> list[int]:
        """Positions of the entries, beside the best, that nothing in the wording rules out."""
        wordings = self._compiled.wordings
        if wordings is None:
            return []
        meant = wordings.may_mean(reading.tokens)
        return [at for at in own[1:] if labels[at] in meant] if meant else []

    def _candidates(
        self, judgement: Judgement, likely: list[float], chosen: list[int]
    ) -> tuple[Candidate, ...]:
        channels = [("characters", judgement.written), ("syllables", judgement.spoken)]
        if judgement.encoded is not None:
            channels.append(("encoder", judgement.encoded))
        return tuple(
            Candidate(
                self._entries[judgement.labels[at]],
                likely[at],
                {name: float(channel[at]) for name, channel in channels},
            )
            for at in chosen
        )


def _shares(judgement: Judgement) -> list[float]:
    """The classes' shares of probability, before it is known how sure the first one is."""
    import numpy as np

    scores = judgement.lexical
    if judgement.encoded is not None:
        scores = (scores + judgement.encoded) / 2
    likelihoods = np.exp(SHARPNESS * (scores - scores.max()))
    shares: list[float] = (likelihoods / likelihoods.sum()).tolist()
    return shares


def compile_matcher(content: Content, *, with_encoder: bool = True) -> Matcher:
    """Learn from the content's examples.

    With the encoder, unless it is off (`faq.encoder.configure`) or `with_encoder` is False. About
    1.5 s of CPU for 40 entries with 3,600 examples and 6 s for 1,000 entries with 15 each; a
    millisecond more for every example that the encoder meets for the first time.
    """
    from faq.compiling import compile_content, reader_of

    encoder = encoders.shared() if with_encoder else None
    return Matcher(content, compile_content(content, reader_of(content), encoder))


def resemblance(texts: Sequence[str], others: Sequence[str]) -> list[float]:
    """For each of `texts` how alike (0-1) the most similar of `others` is.

    The cosine of their n-grams of characters.
    """
    reader = Reader({}, {})
    there = [grams(reader.read(text).tokens) for text in others]
    return [
        max((_cosine(grams(reader.read(text).tokens), other) for other in there), default=0.0)
        for text in texts
    ]


def _cosine(some: set[str], others: set[str]) -> float:
    return len(some & others) / math.sqrt(len(some) * len(others))
