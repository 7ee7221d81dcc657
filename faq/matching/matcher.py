"""Decide which entry a question means, how sure that is, and when to clarify or to decline.

Three channels score a question: n-grams of its characters, n-grams of its toneless syllables
(homophones, typing slips) and the vector of the multilingual encoder, if it is on. Every entry,
every courtesy and "out of scope" is a class. A question in pinyin is scored by syllables alone.
Reasons: docs/adr/0006-matching.md.
"""

import math
import secrets
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from faq.content.entries import Content, Entry
from faq.content.talk import ActName
from faq.language.text import Reading, simplify
from faq.matching import encoder as encoders
from faq.matching.acts import SURE_OF_A_CLAUSE, ActJudge
from faq.matching.calibration import RankedScores
from faq.matching.judging import (
    LONG,
    Judged,
    Text,
    deciding,
    is_conclusive,
    is_open,
)
from faq.matching.match import Candidate, Match
from faq.matching.model import Compiled, from_bytes
from faq.matching.scoring import Array, Judgement, Scorer
from faq.matching.training import compile_content, digest_of, reader_of

# Softmax factor for the runner-up classes.
SHARPNESS = 20.0
# Confidence from which the entry is the answer, unless another one is nearly as likely.
SURE = 0.5
# The same where a courtesy or a refusal scores higher, which was measured to be less reliable.
SURE_AGAINST_ANOTHER = 0.6
# Ratio of the second to the first probability from which to clarify, and from which the wording
# is vague.
TOO_CLOSE, NEARLY_AS_LIKELY = 0.5, 0.25
# The same to clarify where the second entry has fewer questions: little is known of its wordings.
FEW_QUESTIONS, TOO_CLOSE_TO_FEW = 15, 0.15
# Cosine to an example of such an entry from which it is an option, however low its score.
NEAR_TO_FEW = 0.3
# Least probability of the best entry to clarify, and of an entry to be an option.
WORTH_ASKING, WORTH_OFFERING = 0.18, 0.05
MOST_OPTIONS = 3
# Cached matches: many users type the same few words.
CACHE_SIZE = 2048

# Per process, so that the cache holds no readable question.
_KEY = secrets.token_bytes(32)

_Acts = tuple[tuple[ActName, float], ...]


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


_UNREADABLE = Match("fallback", 1.0, readable=False)


class Matcher:
    """Match questions by what was learnt from one content; immutable and thread-safe."""

    def __init__(self, content: Content, compiled: Compiled) -> None:
        """Take what `compile_matcher` learnt from this very content."""
        self._content = content
        self._entries = content.entries
        self._topics = content.smalltalk
        self._reader = reader_of(content)
        self._compiled = compiled
        self._acts = ActJudge([act.act for act in content.acts], len(content.entries))
        self._scorer = Scorer(
            compiled.lexicon,
            compiled.tables,
            compiled.exemplars,
            compiled.prior,
            compiled.matters,
        )
        self._cached_match = lru_cache(CACHE_SIZE)(lambda asked: self.match_uncached(asked.read()))
        self._this_service = tuple(map(simplify, content.out_of_scope.this_service))
        self._services_of: dict[int, frozenset[str]] = {}
        self._few = np.flatnonzero(np.array(compiled.wordings.sizes) < FEW_QUESTIONS)

    @staticmethod
    def from_bytes(data: bytes, content: Content) -> "Matcher":
        """Read what `to_bytes` wrote for this content.

        Raises UnknownForm when it was written by another version or for other examples.
        """
        return Matcher(content, from_bytes(data, digest_of(content)))

    def to_bytes(self) -> bytes:
        """Return what was learnt, in the format named by `FORM`; without the content."""
        return self._compiled.to_bytes(digest_of(self._content))

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
        clauses = self._clauses(question, reading)
        whole, *judged = self._judge_each([Text(reading), *clauses])
        acts = self._acts_of(whole, judged)
        if len(reading.tokens) <= LONG or is_conclusive(whole, len(self._entries)):
            return self._decide(whole, acts)
        parts = self._judge_each(self._parts(question, reading))
        return self._decide(deciding([whole, *parts], len(self._entries)), acts)

    def match_all(self, questions: Sequence[str]) -> list[Match]:
        """Return `match` of every question, much faster for many.

        The process caches the encoder's vectors of the texts, so do not use it for users'
        questions.
        """
        return [
            _UNREADABLE if found is None else self._decide(*found)
            for found in self._judged_all(questions)
        ]

    def match_all_with_cases(
        self, questions: Sequence[str], most: int
    ) -> list[tuple[Match, tuple[int, ...]]]:
        """Return `match_all` with the `most` likeliest cases of each question, best first."""
        return [
            (_UNREADABLE, ())
            if found is None
            else (self._decide(*found), self._cases(found[0], most))
            for found in self._judged_all(questions)
        ]

    def _cases(self, judged: Judged, most: int) -> tuple[int, ...]:
        labels = judged.judgement.scores.labels[: judged.judgement.acts]
        likely = _probabilities(judged.ranked, judged.confidence)
        ranked = sorted(range(len(labels)), key=likely.__getitem__, reverse=True)
        own = (self._entries[labels[at]] for at in ranked if labels[at] < len(self._entries))
        return tuple([entry.case for entry in own if entry.case is not None][:most])

    def _judged_all(self, questions: Sequence[str]) -> Iterator[tuple[Judged, _Acts] | None]:
        """Yield the deciding reading of each question and its acts; None for one without tokens."""
        groups: list[list[Text]] = []
        for question in questions:
            reading = self._reader.read(question)
            groups.append([])
            if reading.tokens:
                clauses, parts = self._clauses(question, reading), self._parts(question, reading)
                groups[-1] = [Text(reading), *clauses, *parts]
        judged = iter(self._judge_each([text for own in groups for text in own], keeps=True))
        for group in groups:
            if not group:
                yield None
                continue
            whole, *others = [next(judged) for _ in group]
            of_clauses = [one for one in others if one.text.role == "clause"]
            of_parts = [one for one in others if one.text.role == "part"]
            decider = deciding([whole, *of_parts], len(self._entries))
            yield decider, self._acts_of(whole, of_clauses)

    def _parts(self, question: str, reading: Reading) -> list[Text]:
        """Return the clauses of a long question, in which its matter is searched, too."""
        if len(reading.tokens) <= LONG or reading.services or reading.pinyin_only:
            return []
        parts = self._reader.read_parts(question)
        return [Text(part, "part") for part in parts if part.tokens]

    def _clauses(self, question: str, reading: Reading) -> list[Text]:
        """Return the clauses in which acts are searched: of a long message the first and last."""
        if not self._acts.names:
            return []
        clauses = self._reader.read_clauses(question)
        if len(reading.tokens) > LONG:
            clauses = [*clauses[:1], *clauses[1:][-1:]]
        return [Text(clause, "clause") for clause in clauses if clause.tokens]

    def _acts_of(self, whole: Judged, clauses: Iterable[Judged]) -> _Acts:
        """Return the acts of a message, best first: its own and those of its clauses.

        The act of a clause stands beside the message's matter and never outweighs it.
        """
        found = {act: p for act, p in whole.acts.items() if self._acts.is_sure(act, p)}
        has_matter = whole.label < len(self._entries) and whole.confidence >= WORTH_ASKING
        most = whole.confidence if has_matter else 1.0
        for clause in clauses:
            for act, probability in clause.acts.items():
                if probability >= SURE_OF_A_CLAUSE:
                    highest = probability if self._acts.is_flag[act] else min(probability, most)
                    found[act] = max(highest, found.get(act, 0.0))
        ranked = sorted(found, key=found.__getitem__, reverse=True)
        return tuple([(self._acts.names[act], found[act]) for act in ranked])

    def _judge_each(self, texts: Sequence[Text], *, keeps: bool = False) -> list[Judged]:
        """Score by n-grams, and where they leave it open by the encoder, too.

        `keeps`: cache the encoder's vectors.
        """
        judged = [self._judge(text, None) for text in texts]
        encoder = encoders.shared() if self._scorer.uses_vectors else None
        unsure = [at for at, one in enumerate(judged) if is_open(one)]
        if encoder is None or not unsure:
            return judged
        plain = [texts[at].reading.plain for at in unsure]
        encoded = encoder.encode_examples(plain) if keeps else encoder.encode(plain).astype("f2")
        vectors = self._scorer.project(encoded.astype("f4"))
        scores = self._scorer.encode_scores(vectors)
        for place, at in enumerate(unsure):
            own = None if scores is None else scores[place]
            judged[at] = self._judge(texts[at], vectors[place], own)
        return judged

    def _judge(self, text: Text, vector: Array | None, scores: Array | None = None) -> Judged:
        judgement = self._scorer.judge(text.reading, vector, scores)
        ranked = judgement.rank()
        compiled = self._compiled
        calibration, of_acts = compiled.alone, compiled.acts_alone
        if judgement.encoded is not None and compiled.together and compiled.acts_together:
            calibration, of_acts = compiled.together, compiled.acts_together
        known = len(judgement.terms.rows)
        confidence = calibration.confidence(ranked.evidence(judgement.terms.total, known))
        acts = self._acts.probabilities(self._acts.evidence(judgement, ranked, known), of_acts)
        return Judged(text, judgement, ranked, confidence, acts)

    def _decide(self, judged: Judged, acts: _Acts = ()) -> Match:
        """Decide about the matter; `acts` are decided already."""
        return self._decide_matter(judged)._replace(acts=acts)

    def _decide_matter(self, judged: Judged) -> Match:
        reading, judgement, ranked = judged.text.reading, judged.judgement, judged.ranked
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
        is_sure = first >= sure and not any(
            likely[at] >= self._too_close(labels[at]) * first for at in chosen[1:]
        )
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
            options = self._with_nearest_of_few(judgement, options)
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

    def _with_nearest_of_few(
        self, judgement: Judgement, options: tuple[Entry, ...]
    ) -> tuple[Entry, ...]:
        """Offer last the entry of few questions that has the nearest example.

        One example like the question says little in a score, against an entry of hundreds.
        """
        label, cosine = self._scorer.nearest(judgement, self._few)
        if cosine < NEAR_TO_FEW or self._entries[label] in options:
            return options
        return (*options[: MOST_OPTIONS - 1], self._entries[label])

    def _too_close(self, label: int) -> float:
        """Return the share of the first probability from which this entry is asked about, too."""
        size = self._compiled.wordings.sizes[label]
        return TOO_CLOSE_TO_FEW if size < FEW_QUESTIONS else TOO_CLOSE

    def _is_other_service(self, reading: Reading, label: int) -> bool:
        """Return whether the question is about another service that it names.

        It is not when it also refers to this service (支付宝刷脸都行，你们的不行), or when examples
        of the entry name that service without referring to this one.
        """
        if not reading.services or self._names_this_service(reading.plain):
            return False
        known = self._services_of.get(label)
        if known is None:
            known = self._services_of[label] = self._services_named_by(self._entries[label])
        return not known.issuperset(reading.services)

    def _names_this_service(self, plain: str) -> bool:
        return any(word in plain for word in self._this_service)

    def _services_named_by(self, entry: Entry) -> frozenset[str]:
        """Return the services that the entry's examples name without referring to this service."""
        readings = map(self._reader.read, (entry.title, *entry.questions))
        return frozenset(
            name
            for example in readings
            if example.services and not self._names_this_service(example.plain)
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
