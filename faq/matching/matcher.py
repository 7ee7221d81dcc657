"""Read a message once, and decide which entry a single question means.

Three channels score a text: n-grams of its characters, n-grams of its toneless syllables
(homophones, typing slips) and the vector of the multilingual encoder, if it is on. Entries, points
of entries, courtesies, intents and "another service" are ranked together. A question in pinyin is
scored by syllables alone. Reasons: docs/adr/0006-matching.md and 0034.
"""

import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from faq.content.entries import Content, Entry
from faq.content.talk import IntentName
from faq.language.text import Reading, simplify
from faq.matching import encoder as encoders
from faq.matching.candidates import Candidate, candidates_of
from faq.matching.evidence import COLUMNS, NEAREST_ONE, WORDS_ONE, Array, EvidenceReader
from faq.matching.learnt.intents import SURE_OF_A_CLAUSE, IntentJudge
from faq.matching.learnt.model import Compiled, from_bytes
from faq.matching.learnt.scoring import Judgement
from faq.matching.learnt.training import compile_content, digest_of, reader_of
from faq.matching.match import Match, Option
from faq.matching.ranking import (
    NOTHING_OPEN,
    Context,
    Evidence,
    Ranked,
    Ranker,
    odds_of,
    options_of,
)

# Probability from which an entry, with its points, is the answer; and share of it from which
# another one is too near to it.
SURE, TOO_CLOSE = 0.2, 0.8
# Share of the first entry's probability from which the wording is vague.
NEARLY_AS_LIKELY = 0.25
# Least probability of the best entry to ask back, and of an entry to be an option.
WORTH_ASKING, WORTH_OFFERING = 0.1, 0.03
MOST_OPTIONS = 3
# Clauses that are read by themselves, too.
MOST_CLAUSES = 3
# Cached messages: many users type the same few words; 50 KB each.
CACHE_SIZE = 256

Rerank = Callable[[str, tuple[Ranked, ...]], tuple[Ranked, ...]]

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


class Message(NamedTuple):
    """Hold what the text of a message says, whatever the conversation.

    `intents`: the kinds of turn that it is, with their probabilities (0-1), best first. `clauses`:
    the evidence of each clause by itself. `services`: names of other services in it. `readable`:
    False without any token.
    """

    evidence: Evidence | None = None
    intents: tuple[tuple[IntentName, float], ...] = ()
    clauses: tuple[Evidence, ...] = ()
    services: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()

    @property
    def readable(self) -> bool:
        """Return whether the message has a token."""
        return self.evidence is not None


_UNREADABLE = Message()


class Matcher:
    """Read and rank messages by what was learnt from one content; immutable and thread-safe."""

    def __init__(self, content: Content, compiled: Compiled) -> None:
        """Take what `compile_matcher` learnt from this very content."""
        self._content = content
        self._reader = reader_of(content)
        self._compiled = compiled
        self.candidates = candidates_of(content)
        self._evidence = EvidenceReader(
            content, self.candidates, compiled, self._reader, encoders.shared()
        )
        self._ranker = Ranker(self.candidates, self._evidence.class_of)
        self._intents = IntentJudge(
            [intent.name for intent in content.intents], len(content.entries)
        )
        self._this_service = tuple(map(simplify, content.out_of_scope.this_service))
        self._number_of = {entry.slug: number for number, entry in enumerate(content.entries)}
        self._services_of: dict[str, frozenset[str]] = {}
        self._cached = lru_cache(CACHE_SIZE)(lambda asked: self.read_uncached(asked.read()))

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
        return self._evidence.uses_vectors

    def read(self, question: str) -> Message:
        """Read the first 500 characters of a message; results are cached."""
        return self._cached(_CacheKey(question))

    def read_uncached(self, question: str) -> Message:
        """Read without the cache."""
        texts = self._texts(question)
        return self._message(texts, self._vectors(texts)) if texts else _UNREADABLE

    def rank(
        self,
        evidence: Evidence,
        context: Context = NOTHING_OPEN,
        fits: Callable[[Candidate], bool] | None = None,
    ) -> tuple[Ranked, ...]:
        """Return the likeliest candidates in a conversation; see `Ranker.rank`."""
        return self._ranker.rank(evidence, context, fits)

    def features(self, evidence: Evidence, context: Context) -> Array:
        """Return the features of all candidates; see `Ranker.features`."""
        return self._ranker.features(evidence, context)

    def is_nearer_to_entry(self, question: str, evidence: Evidence, candidate: Candidate) -> bool:
        """Return whether a text is nearer to an example of the entry than to the point's wordings.

        By the encoder's vectors; without them, also of pinyin, by the words.
        """
        own = self.candidates.index(candidate)
        nearest = evidence.whole[:, NEAREST_ONE]
        if candidate.entry is None or nearest.any():
            return bool(nearest[self._evidence.class_of[own]] > nearest[own])
        alike = self._evidence.examples_of(candidate.entry).alike(self._reader.read(question))
        return float(alike.max(initial=0.0)) > float(evidence.whole[own, WORDS_ONE])

    @cached_property
    def about_people(self) -> Entry | None:
        """Return the entry that a bare request for a person matches: 我要投诉，转人工."""
        intents = self._content.intents
        intent = next((intent for intent in intents if intent.name == "people"), None)
        return None if intent is None else self.match(intent.questions[0]).entry

    def match(self, question: str) -> Match:
        """Match a question by itself."""
        return self.decide(self.read(question))

    def match_all(self, questions: Sequence[str]) -> list[Match]:
        """Return `match` of every question, much faster for many.

        The process caches the encoder's vectors of the texts, so do not use it for users'
        questions.
        """
        return [self.decide(message) for message in self._read_all(questions)]

    def match_all_with_cases(
        self, questions: Sequence[str], most: int, rerank: Rerank | None = None
    ) -> list[tuple[Match, tuple[int, ...]]]:
        """Return `match_all` with the `most` likeliest cases of each question, best first.

        `rerank`: gives a question's ranking another order.
        """
        decided = []
        for question, message in zip(questions, self._read_all(questions), strict=True):
            ranked = self.rank(message.evidence) if message.evidence is not None else ()
            if rerank is not None:
                ranked = rerank(question, ranked)
            cases = [
                option.entry.case for option in options_of(ranked) if option.entry.case is not None
            ]
            decided.append((self.decided(message, ranked), tuple(cases[:most])))
        return decided

    def _read_all(self, questions: Sequence[str]) -> Iterable[Message]:
        groups = [self._texts(question) for question in questions]
        vectors = self._vectors([text for group in groups for text in group], keeps=True)
        at = 0
        for group in groups:
            own = None if vectors is None else vectors[at : at + len(group)]
            at += len(group)
            yield self._message(group, own) if group else _UNREADABLE

    def _texts(self, question: str) -> list[Reading]:
        """Return the message and its last clauses; empty without any token."""
        reading = self._reader.read(question)
        if not reading.tokens:
            return []
        clauses = [clause for clause in self._reader.read_clauses(question) if clause.tokens]
        return [reading, *clauses[-MOST_CLAUSES:]]

    def _vectors(self, texts: Sequence[Reading], *, keeps: bool = False) -> Array | None:
        encoder = encoders.shared()
        if encoder is None or not self._evidence.uses_vectors or not texts:
            return None
        plain = [text.plain for text in texts]
        encoded = encoder.encode_examples(plain) if keeps else encoder.encode(plain)
        return self._evidence.project(encoded)

    def _message(self, texts: Sequence[Reading], vectors: Array | None) -> Message:
        reading = texts[0]
        judged = self._evidence.read(texts, vectors)
        intents = [self._intents_of(judgement) for judgement, _ in judged]
        tables = [table for _, table in judged]
        names_other = self._names_other(reading)
        clauses = tuple(
            Evidence(table, _NO_CLAUSES, self._odds(own), len(text.tokens), names_other)
            for text, table, own in zip(texts[1:], tables[1:], intents[1:], strict=True)
        )
        evidence = Evidence(
            tables[0],
            np.stack(tables[1:]) if clauses else _NO_CLAUSES,
            np.stack([self._odds(own) for own in intents]).max(0),
            len(reading.tokens),
            names_other,
        )
        return Message(
            evidence, self._named(intents), clauses, tuple(reading.services), tuple(reading.tokens)
        )

    def _intents_of(self, judgement: Judgement) -> dict[int, float]:
        compiled = self._compiled
        of_intents = compiled.intents_alone
        if judgement.encoded is not None and compiled.intents_together is not None:
            of_intents = compiled.intents_together
        known_grams = len(judgement.terms.rows)
        evidence = self._intents.evidence(judgement, judgement.rank(), known_grams)
        return self._intents.probabilities(evidence, of_intents)

    def _odds(self, intents: dict[int, float]) -> Array:
        """Return the odds of each candidate that is an intent."""
        odds = np.zeros(len(self.candidates), "f4")
        first = self._compiled.subjects
        odds[first : first + len(self._intents.names)] = odds_of(0.0)
        for intent, probability in intents.items():
            odds[first + intent] = odds_of(probability)
        return odds

    def _named(self, intents: Sequence[dict[int, float]]) -> tuple[tuple[IntentName, float], ...]:
        """Return the intents of a message, best first: its own and the sure ones of its clauses."""
        whole, *clauses = intents
        probability_of = {
            intent: p for intent, p in whole.items() if self._intents.is_sure(intent, p)
        }
        for clause in clauses:
            for intent, probability in clause.items():
                if probability >= SURE_OF_A_CLAUSE:
                    probability_of[intent] = max(probability, probability_of.get(intent, 0.0))
        ranked = sorted(probability_of, key=probability_of.__getitem__, reverse=True)
        return tuple([(self._intents.names[intent], probability_of[intent]) for intent in ranked])

    def decide(self, message: Message, context: Context = NOTHING_OPEN) -> Match:
        """Decide which entry a message means."""
        if message.evidence is None:
            return Match("fallback", 1.0, readable=False)
        return self.decided(message, self.rank(message.evidence, context))

    def decided(self, message: Message, ranked: Sequence[Ranked]) -> Match:
        """Decide which entry a message means by its ranking."""
        if not ranked:
            return Match("fallback", 1.0, readable=False)
        match = match_of(message, ranked, self._ambiguous_with(message, ranked))
        entry, evidence = match.entry, message.evidence
        if entry is None or evidence is None or not evidence.names_other:
            return match
        if self.knows_services(entry, message.services):
            return match
        # It may be about the other service all the same.
        return match._replace(kind="clarify", entry=None, point=None, options=(entry,))

    def _names_other(self, reading: Reading) -> bool:
        """Return whether a message is about another service that it names.

        It is not when it also refers to this service (支付宝刷脸都行，你们的不行).
        """
        return bool(reading.services) and not self._names_this_service(reading.plain)

    def _names_this_service(self, plain: str) -> bool:
        return any(word in plain for word in self._this_service)

    def knows_services(self, entry: Entry, services: Collection[str]) -> bool:
        """Return whether the examples of the entry and its points name these services of others.

        Examples that refer to this service besides do not count.
        """
        own_services = self._services_of.get(entry.slug)
        if own_services is None:
            wordings = [text for point in entry.points for text in point.examples]
            readings = map(self._reader.read, (entry.title, *entry.questions, *wordings))
            own_services = self._services_of[entry.slug] = frozenset(
                name
                for example in readings
                if example.services and not self._names_this_service(example.plain)
                for name in example.services
            )
        return own_services.issuperset(services)

    def _ambiguous_with(self, message: Message, ranked: Sequence[Ranked]) -> tuple[Entry, ...]:
        """Return the entries besides the best that the wording does not rule out."""
        options = options_of(ranked)
        if not options:
            return ()
        entries = self._content.entries
        best = self._number_of[options[0].entry.slug]
        meant = self._compiled.wordings.may_mean(message.tokens, beside=best)
        return tuple(entries[number] for number in sorted(meant) if number != best)


_NO_CLAUSES: Array = np.zeros((0, 0, COLUMNS), "f4")


def match_of(message: Message, ranked: Sequence[Ranked], ambiguous: Sequence[Entry] = ()) -> Match:
    """Return the decision about a message from its ranking.

    `ambiguous`: entries besides the best that the wording does not rule out.
    """
    options = options_of(ranked)
    slugs = {option.entry.slug for option in options}
    options += [Option(entry, 0.0) for entry in ambiguous if entry.slug not in slugs]
    # Slugs are compared, because comparing entries costs more than ranking them.
    named = {entry.slug for entry in ambiguous}
    best = ranked[0]
    first = options[0].probability if options else 0.0
    second = options[1].probability if len(options) > 1 else 0.0
    chosen = options[:MOST_OPTIONS]
    if ambiguous:
        chosen[1:] = sorted(options[1:], key=lambda option: option.entry.slug not in named)
        del chosen[MOST_OPTIONS:]
    nearest = tuple([option.entry for option in chosen])
    vague = bool(ambiguous) or second >= NEARLY_AS_LIKELY * first
    match = Match(
        "answer",
        first,
        nearest=nearest,
        candidates=tuple(chosen),
        vague=vague,
        intents=message.intents,
    )
    names_subject = best.candidate.entry is not None or first >= best.probability
    if names_subject and first >= SURE and second < TOO_CLOSE * first:
        point = best.candidate.point if best.candidate.entry is nearest[0] else None
        return match._replace(entry=nearest[0], point=point)
    if names_subject and first >= WORTH_ASKING:
        offered = [
            option.entry
            for option in chosen
            if option.probability >= WORTH_OFFERING or option.entry.slug in named
        ]
        if len(offered) > 1:
            return match._replace(kind="clarify", options=tuple(offered))
        return match._replace(entry=nearest[0])
    if best.candidate.topic is not None:
        return match._replace(
            kind="smalltalk", confidence=best.probability, topic=best.candidate.topic
        )
    service = message.services[0] if message.services else None
    return match._replace(kind="fallback", confidence=best.probability, service=service)


def compile_matcher(content: Content, *, with_encoder: bool = True) -> Matcher:
    """Learn from the content's examples; without the encoder if it is off or not wanted."""
    encoder = encoders.shared() if with_encoder else None
    return Matcher(content, compile_content(content, reader_of(content), encoder))
