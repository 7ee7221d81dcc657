"""Decide which entry a question means, how sure that is, and when to clarify or to decline.

Three channels score a question: n-grams of its characters, n-grams of its toneless syllables
(homophones, typing slips) and the vector of the multilingual encoder, if it is on. Every entry,
every courtesy and "out of scope" is a class. A question in pinyin is scored by syllables alone.
Reasons: docs/adr/0006-matching.md.
"""

import math
import secrets
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from faq.content.entries import Content, Entry
from faq.language import wording
from faq.language.text import Reading
from faq.matching import encoder as encoders
from faq.matching.calibration import RankedScores
from faq.matching.match import Candidate, Match
from faq.matching.model import Compiled, from_bytes
from faq.matching.scoring import Array, Judgement, Scorer
from faq.matching.training import compile_content, reader_of

# Softmax factor for the runner-up classes.
SHARPNESS = 20.0
# Confidence from which the entry is the answer, unless another one is nearly as likely.
SURE = 0.5
# The same where a courtesy or a refusal scores higher, which was measured to be less reliable.
SURE_AGAINST_ANOTHER = 0.6
# Ratio of the second to the first probability from which to clarify, and from which the wording
# is vague.
TOO_CLOSE, NEARLY_AS_LIKELY = 0.4, 0.25
# Least probability of the best entry to clarify, and of an entry to be an option.
WORTH_ASKING, WORTH_OFFERING = 0.25, 0.05
# Questions of more tokens are also matched by clause unless the whole is sure enough, because a
# complaint (刷脸不过) is shorter than its cause (填的是旧证的日期); a clause must be surer still.
LONG, SURE_OF_THE_WHOLE, SURE_OF_A_PART = 24, 0.7, 0.8
MOST_OPTIONS = 3
# Confidence of the n-grams from which the encoder is skipped.
SURE_BY_WORDS = 0.9
# Cached matches: many users type the same few words.
CACHE_SIZE = 2048

# Per process, so that the cache holds no readable question.
_KEY = secrets.token_bytes(32)


class _CacheKey:
    """Serve as the cache key of a question: its keyed hash. The text is dropped once read."""

    def __init__(self, text: str) -> None:
        self._text = text
        data = text.encode("utf-8", "surrogatepass")
        self._digest = blake2b(data, digest_size=16, key=_KEY).digest()

    def __hash__(self) -> int:
        return hash(self._digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _CacheKey) and self._digest == other._digest

    def read(self) -> str:
        """Return the text and drop it."""
        text, self._text = self._text, ""
        return text


class _Judged(NamedTuple):
    """Hold a question or a clause with its scores and confidence."""

    reading: Reading
    judgement: Judgement
    ranked: RankedScores
    confidence: float

    @property
    def label(self) -> int:
        """Return the highest-scoring class."""
        return self.judgement.scores.labels[self.ranked.top]


def _is_conclusive(whole: _Judged, entries: int) -> bool:
    """Return whether the whole question is sure enough to skip its clauses."""
    return whole.label < entries and whole.confidence >= SURE_OF_THE_WHOLE


def _deciding(judged: Sequence[_Judged], entries: int) -> _Judged:
    """Return the whole question, which comes first, or the clause that is surer."""
    best = judged[0]
    if _is_conclusive(best, entries):
        return best
    for part in judged[1:]:
        beaten = best.confidence if best.label < entries else 0.0
        if part.label < entries and part.confidence >= max(SURE_OF_A_PART, beaten):
            best = part
    return best


_UNREADABLE = Match("fallback", 1.0, readable=False)


class Matcher:
    """Match questions by what was learnt from one content; immutable and thread-safe."""

    def __init__(self, content: Content, compiled: Compiled) -> None:
        """Take what `compile_matcher` learnt from this very content."""
        self._entries = content.entries
        self._topics = content.smalltalk
        self._reader = reader_of(content)
        self._compiled = compiled
        self._scorer = Scorer(compiled.lexicon, compiled.tables, compiled.exemplars, compiled.prior)
        self._digest = content.digest
        self._cached_match = lru_cache(CACHE_SIZE)(lambda asked: self.match_uncached(asked.read()))
        self._services_of: dict[int, frozenset[str]] = {}

    @staticmethod
    def from_bytes(data: bytes, content: Content) -> "Matcher":
        """Read what `to_bytes` wrote for this content.

        Raises UnknownForm when it was written by another version or for other content.
        """
        return Matcher(content, from_bytes(data, content.digest))

    def to_bytes(self) -> bytes:
        """Return what was learnt, in the format named by `FORM`; without the content."""
        return self._compiled.to_bytes(self._digest)

    @property
    def uses_encoder(self) -> bool:
        """Return whether questions are encoded, too."""
        return self._scorer.uses_vectors and encoders.shared() is not None

    def match(self, question: str) -> Match:
        """Match the first 500 characters of `question`; results are cached."""
        return self._cached_match(_CacheKey(question))

    def match_uncached(self, question: str) -> Match:
        """Match without the cache."""
        reading = self._reader.read(question)
        if not reading.tokens:
            return _UNREADABLE
        [whole] = self._judge_each([reading])
        if len(reading.tokens) <= LONG or _is_conclusive(whole, len(self._entries)):
            return self._decide(whole)
        parts = self._judge_each(self._parts(question, reading))
        return self._decide(_deciding([whole, *parts], len(self._entries)))

    def match_all(self, questions: Sequence[str]) -> list[Match]:
        """Return `match` of every question, much faster for many.

        The process caches the encoder's vectors of the texts, so do not use it for users'
        questions.
        """
        return [
            _UNREADABLE if judged is None else self._decide(judged)
            for judged in self._judged_all(questions)
        ]

    def match_all_with_cases(
        self, questions: Sequence[str], most: int
    ) -> list[tuple[Match, tuple[int, ...]]]:
        """Return `match_all` with the `most` likeliest cases of each question, best first."""
        return [
            (_UNREADABLE, ())
            if judged is None
            else (self._decide(judged), self._cases(judged, most))
            for judged in self._judged_all(questions)
        ]

    def _cases(self, judged: _Judged, most: int) -> tuple[int, ...]:
        labels = judged.judgement.scores.labels
        likely = _probabilities(judged.ranked, judged.confidence)
        ranked = sorted(range(len(labels)), key=likely.__getitem__, reverse=True)
        own = (self._entries[labels[at]] for at in ranked if labels[at] < len(self._entries))
        return tuple([entry.case for entry in own if entry.case is not None][:most])

    def _judged_all(self, questions: Sequence[str]) -> Iterator[_Judged | None]:
        """Yield the deciding reading of each question; None for one without tokens."""
        groups = []
        for question in questions:
            reading = self._reader.read(question)
            groups.append([reading, *self._parts(question, reading)] if reading.tokens else [])
        judged = iter(self._judge_each([r for group in groups for r in group], keeps=True))
        for group in groups:
            own = [next(judged) for _ in group]
            yield _deciding(own, len(self._entries)) if own else None

    def _parts(self, question: str, reading: Reading) -> list[Reading]:
        """Return the clauses of a long question."""
        if len(reading.tokens) <= LONG or reading.services or reading.pinyin_only:
            return []
        return [part for part in self._reader.read_parts(question) if part.tokens]

    def _judge_each(self, readings: Sequence[Reading], *, keeps: bool = False) -> list[_Judged]:
        """Score by n-grams, and where they leave it open by the encoder, too.

        `keeps`: cache the encoder's vectors.
        """
        judged = [self._judge(reading, None) for reading in readings]
        encoder = encoders.shared() if self._scorer.uses_vectors else None
        unsure = [at for at, one in enumerate(judged) if not self._is_decided(one)]
        if encoder is None or not unsure:
            return judged
        texts = [readings[at].plain for at in unsure]
        encoded = encoder.encode_examples(texts) if keeps else encoder.encode(texts).astype("f2")
        vectors = self._scorer.project(encoded.astype("f4"))
        scores = self._scorer.encode_scores(vectors)
        for place, at in enumerate(unsure):
            own = None if scores is None else scores[place]
            judged[at] = self._judge(readings[at], vectors[place], own)
        return judged

    @staticmethod
    def _is_decided(judged: _Judged) -> bool:
        """Return whether the n-grams are sure enough; the encoder cannot read pinyin."""
        return judged.reading.pinyin_only or judged.confidence >= SURE_BY_WORDS

    def _judge(
        self, reading: Reading, vector: Array | None, scores: Array | None = None
    ) -> _Judged:
        judgement = self._scorer.judge(reading, vector, scores)
        ranked = judgement.rank()
        calibration = self._compiled.alone
        if ranked.encoded is not None and self._compiled.together is not None:
            calibration = self._compiled.together
        confidence = calibration.confidence(
            ranked.evidence(judgement.terms.total, len(judgement.terms.rows))
        )
        return _Judged(reading, judgement, ranked, confidence)

    def _decide(self, judged: _Judged) -> Match:
        reading, judgement, ranked = judged.reading, judged.judgement, judged.ranked
        confidence = judged.confidence
        labels, top = judgement.scores.labels, ranked.top
        likely = _probabilities(ranked, confidence)
        entries = len(self._entries)
        # Labels ascend, and entries come first.
        own = sorted(range(bisect_left(labels, entries)), key=likely.__getitem__, reverse=True)
        others = self._ambiguous_with(reading, labels, own)
        chosen = own[:MOST_OPTIONS]
        if others:
            chosen = [*own[:1], *others, *(at for at in own[1:] if at not in others)]
            del chosen[MOST_OPTIONS:]
        candidates = self._candidates(judgement, likely, chosen)
        nearest = tuple([candidate.entry for candidate in candidates])
        label = labels[top]
        # With many classes only the leaders are scored, and there may be no entry among them.
        first = likely[chosen[0]] if chosen else 0.0
        second = max([likely[at] for at in chosen[1:]], default=0.0)
        vague = bool(others) or second >= NEARLY_AS_LIKELY * first
        sure = SURE if label < entries else SURE_AGAINST_ANOTHER
        is_sure = first >= sure and second < TOO_CLOSE * first
        is_other_service = bool(chosen) and self._is_other_service(reading, labels[chosen[0]])
        if is_sure and not is_other_service:
            return Match(
                "answer", first, nearest[0], nearest=nearest, candidates=candidates, vague=vague
            )
        if first >= WORTH_ASKING and (is_sure or not is_other_service):
            options = tuple(
                candidate.entry
                for at, candidate in zip(chosen, candidates, strict=True)
                if candidate.probability >= WORTH_OFFERING or at in others
            )
            return Match(
                "clarify", first,
                nearest=nearest, options=options, candidates=candidates, vague=vague,
            )  # fmt: skip
        if entries <= label < entries + len(self._topics):
            topic = self._topics[label - entries]
            return Match(
                "smalltalk", confidence, topic=topic, nearest=nearest, candidates=candidates
            )
        service = reading.services[0] if reading.services else None
        confidence = confidence if label >= entries else 1 - confidence
        return Match(
            "fallback", confidence, nearest=nearest, service=service, candidates=candidates
        )

    def _is_other_service(self, reading: Reading, label: int) -> bool:
        """Return whether the question is about another service that it names.

        It is not when it also refers to this service (支付宝刷脸都行，你们的不行), or when examples
        of the entry name that service without referring to this one.
        """
        if not reading.services or wording.mentions_this_service(reading.plain):
            return False
        known = self._services_of.get(label)
        if known is None:
            known = self._services_of[label] = self._services_named_by(self._entries[label])
        return not known.issuperset(reading.services)

    def _services_named_by(self, entry: Entry) -> frozenset[str]:
        """Return the services that the entry's examples name without referring to this service."""
        readings = map(self._reader.read, (entry.title, *entry.questions))
        return frozenset(
            name
            for example in readings
            if example.services and not wording.mentions_this_service(example.plain)
            for name in example.services
        )

    def _ambiguous_with(self, reading: Reading, labels: list[int], own: list[int]) -> list[int]:
        """Return positions of the entries besides the best that the wording does not rule out."""
        if not own:
            return []
        meant = self._compiled.wordings.may_mean(reading.tokens, beside=labels[own[0]])
        return [at for at in own[1:] if labels[at] in meant] if meant else []

    def _candidates(
        self, judgement: Judgement, likely: list[float], chosen: list[int]
    ) -> tuple[Candidate, ...]:
        labels, spoken, written, _ = judgement.scores
        terms = judgement.terms
        candidates = []
        for at in chosen:
            channels = {
                "characters": terms.written * written[at],
                "syllables": terms.spoken * spoken[at],
            }
            if judgement.encoded is not None:
                channels["encoder"] = judgement.encoded[at]
            candidates.append(Candidate(self._entries[labels[at]], likely[at], channels))
        return tuple(candidates)


def _probabilities(ranked: RankedScores, confidence: float) -> list[float]:
    """Give the top class `confidence` and divide the rest among the others by softmax."""
    scores, top = ranked.scores, ranked.top
    first = scores[ranked.second]
    likely = [math.exp(SHARPNESS * (score - first)) for score in scores]
    likely[top] = 0.0
    scale = (1 - confidence) / sum(likely)
    likely = [share * scale for share in likely]
    likely[top] = confidence
    return likely


def compile_matcher(content: Content, *, with_encoder: bool = True) -> Matcher:
    """Learn from the content's examples; without the encoder if it is off or not wanted."""
    encoder = encoders.shared() if with_encoder else None
    return Matcher(content, compile_content(content, reader_of(content), encoder))
