"""Train a matcher on the content."""

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

import numpy as np

from faq.content.entries import Content
from faq.language.text import Reader, Reading
from faq.matching.encoder import Encoder
from faq.matching.learnt.ambiguity import Wordings, learn_wordings
from faq.matching.learnt.calibration import Calibration, RankedScores, calibrate
from faq.matching.learnt.examples import examples_of
from faq.matching.learnt.features import Features
from faq.matching.learnt.intents import IntentCalibration, IntentJudge
from faq.matching.learnt.kept_vectors import keep
from faq.matching.learnt.learning import Examples, Learnt, learn
from faq.matching.learnt.model import Compiled
from faq.matching.learnt.scoring import Judgement, Scorer, basis_of, build_exemplars, build_tables

Array = np.ndarray[Any, np.dtype[Any]]

# Examples used for calibration. More than are shipped: in a sample, an edit would change which
# examples are chosen, and with them every confidence.
MOST_JUDGED = 40_000


def reader_of(content: Content) -> Reader:
    """Return the reader for questions and examples of this content."""
    return Reader(
        {spelling: synonym.word for synonym in content.synonyms for spelling in synonym.spellings},
        {
            spelling: service.name
            for service in content.out_of_scope.other_services
            for spelling in service.words
        },
    )


def digest_of(content: Content) -> str:
    """Return the SHA-256 of all that learning reads: examples and words, but no answers."""
    out_of_scope = content.out_of_scope
    read = (
        [
            (entry.title, entry.questions, entry.negatives, entry.synonyms)
            for entry in content.entries
        ],
        [topic.questions for topic in content.smalltalk],
        [
            [(service.name, service.words) for service in out_of_scope.other_services],
            out_of_scope.questions,
        ],
        [(synonym.word, synonym.spellings) for synonym in content.synonyms],
        [(intent.name, intent.questions, intent.negatives) for intent in content.intents],
        content.persons,
    )
    return sha256(json.dumps(read, ensure_ascii=False).encode()).hexdigest()


def compile_content(content: Content, reader: Reader, encoder: Encoder | None) -> Compiled:
    """Learn from the content's examples, with the encoder's vectors if there is one.

    Takes about 9 s of CPU for the 17,000 sentences of the shipped content, and 0.6 ms per sentence
    that this process has not encoded before.
    """
    examples = examples_of(content)
    prior = _prior(examples)
    readings = [reader.read(text) for text in examples.texts]
    features = Features(readings, examples.labels < examples.subjects)
    basis = vectors = None
    if encoder is not None:
        whole = encoder.encode_examples([r.plain for r in readings])
        basis = basis_of(whole)
        vectors = (whole.astype("f4") @ basis.astype("f4")).astype("f2")
    lexical, encoded = learn(features, vectors, examples, prior)
    tables = build_tables(features, lexical)
    exemplars = None
    if basis is not None and vectors is not None:
        exemplars = build_exemplars(basis, vectors, encoded, examples)
    scorer = Scorer(features.lexicon, tables, exemplars, prior, examples.subjects)
    judge = IntentJudge([intent.name for intent in content.intents], len(content.entries))
    calibrator = _Calibrator(
        scorer, judge, examples, readings, vectors, features.counts.tolist(), lexical
    )
    alone, intents_alone = calibrator.calibrate(None)
    together, intents_together = calibrator.calibrate(encoded) if encoded else (None, None)
    return Compiled(
        features.lexicon,
        tables,
        prior,
        examples.subjects,
        alone,
        intents_alone,
        exemplars,
        together,
        intents_together,
        _wordings(content, reader, examples, readings),
        None if encoder is None or basis is None else keep(_kept(content, reader), encoder, basis),
    )


def _kept(content: Content, reader: Reader) -> list[str]:
    """Return the wordings of points and the near misses, as they are encoded."""
    points = (text for entry in content.entries for p in entry.points for text in p.examples)
    misses = (text for entry in content.entries for text in entry.negatives)
    return [reader.read(text).plain for text in (*points, *misses)]


def _prior(examples: Examples) -> Array:
    """Return the share of each class among the examples of subjects, or of intents."""
    own = examples.labels[~examples.is_negative]
    counts = np.bincount(own, minlength=examples.classes)
    prior = counts / max(len(own), 1)
    subjects = slice(examples.subjects)
    prior[subjects] = counts[subjects] / max(int(counts[subjects].sum()), 1)
    return np.asarray(prior, "f4")


class _Calibrator:
    """Score the examples with their own contribution removed."""

    def __init__(
        self,
        scorer: Scorer,
        judge: IntentJudge,
        examples: Examples,
        readings: Sequence[Reading],
        vectors: Array | None,
        counts: Sequence[int],
        lexical: Sequence[Learnt],
    ) -> None:
        """Take `counts`: per n-gram, the number of examples that contain it."""
        self._scorer = scorer
        self._judge = judge
        self._counts = counts
        self._examples = examples
        self._readings = readings
        self._vectors = None if vectors is None else vectors.astype("f4")
        self._lexical = _left_out(lexical)
        positive = np.flatnonzero(~examples.is_negative)
        self._chosen = positive[:: 1 + len(positive) // MOST_JUDGED]

    def calibrate(self, encoded: Sequence[Learnt] | None) -> tuple[Calibration, IntentCalibration]:
        """Fit the confidence and the intents' probabilities, with or without the encoder."""
        vectors = self._vectors if encoded else None
        scores = None if vectors is None else self._scorer.encode_scores(vectors[self._chosen])
        without_encoded = _left_out(encoded or ())
        evidence, is_right = [], []
        of_intents = _IntentSamples(self._judge, self._examples)
        for place, number in enumerate(self._chosen.tolist()):
            reading = self._readings[number]
            if not reading.tokens or (encoded and reading.pinyin_only):
                continue
            judgement = self._scorer.judge(
                reading,
                None if vectors is None else vectors[number],
                None if scores is None else scores[place],
            )
            labels = judgement.scores.labels
            _replace(judgement.scores.lexical, labels, self._lexical[number])
            if judgement.encoded is not None:
                _replace(judgement.encoded, labels, without_encoded[number])
            ranked = judgement.rank()
            # An n-gram of this example alone would be unknown without it.
            known_grams = sum(self._counts[row] > 1 for row in judgement.terms.rows)
            label = int(self._examples.labels[number])
            if label < self._examples.subjects:
                evidence.append(ranked.evidence(judgement.terms.total, known_grams))
                is_right.append(labels[ranked.top] == label)
            of_intents.add(number, judgement, ranked, known_grams)
        return calibrate(evidence, is_right), of_intents.calibrate()


class _IntentSamples:
    """Collect the evidence of intents, and whether each is right."""

    def __init__(self, judge: IntentJudge, examples: Examples) -> None:
        self._judge = judge
        self._examples = examples
        self._evidence: dict[bool, list[list[float]]] = {True: [], False: []}
        self._is_right: dict[bool, list[bool]] = {True: [], False: []}

    def add(
        self, number: int, judgement: Judgement, ranked: RankedScores, known_grams: int
    ) -> None:
        """Add the intents worth judging of one example and its own intent."""
        examples = self._examples
        own = int(examples.labels[number]) - examples.subjects
        for intent, evidence in self._judge.evidence(
            judgement, ranked, known_grams, [own] if own >= 0 else ()
        ):
            kind = examples.silent_for[examples.subjects + intent]
            is_flag = self._judge.is_flag[intent]
            if intent != own and examples.silent[kind, number]:
                continue
            self._evidence[is_flag].append(evidence)
            self._is_right[is_flag].append(intent == own)

    def calibrate(self) -> IntentCalibration:
        """Fit the probabilities of flags and of the other intents."""
        flags, others = (calibrate(self._evidence[f], self._is_right[f]) for f in (True, False))
        return IntentCalibration(flags, others)


def _left_out(learnt: Sequence[Learnt]) -> dict[int, list[tuple[int, float]]]:
    """Return for each example its classes and their leave-one-out scores."""
    scores: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for label, own_learnt in enumerate(learnt):
        for number, score in zip(
            own_learnt.rows.tolist(), own_learnt.left_out.tolist(), strict=True
        ):
            scores[number].append((label, score))
    return scores


def _replace(scores: list[float], labels: list[int], by: Iterable[tuple[int, float]]) -> None:
    """Replace the scores of some classes; classes without a score are skipped."""
    for label, score in by:
        place = bisect_left(labels, label)
        if place < len(labels) and labels[place] == label:
            scores[place] = score


def _wordings(
    content: Content, reader: Reader, examples: Examples, readings: Sequence[Reading]
) -> Wordings:
    """Learn the wordings of all examples, duplicates included."""
    read = dict(zip(examples.texts, readings, strict=True))
    return learn_wordings(
        [
            [(read.get(question) or reader.read(question)).tokens for question in entry.questions]
            for entry in content.entries
        ]
    )
