"""From the content to what a matcher knows."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from faq.calibration import Calibration, calibrate
from faq.compiled import Compiled
from faq.entries import Content
from faq.features import Features
from faq.learning import MOST_COMPARED, Examples, Learnt, learn
from faq.scoring import Scorer, exemplify, tabulate
from faq.text import Reader, Reading
from faq.vagueness import Wordings, learn_wordings
from faq.vectors import KeptVectors

if TYPE_CHECKING:
    import numpy as np

    from faq.encoder import Encoder

    Array = np.ndarray[Any, np.dtype[Any]]

# Enough examples to learn how often scores that look like this are right.
MOST_JUDGED = 3_000


def reader_of(content: Content) -> Reader:
    """What reads questions and examples alike."""
    return Reader(
        {spelling: synonym.word for synonym in content.synonyms for spelling in synonym.spellings},
        {
            spelling: service.name
            for service in content.out_of_scope.other_services
            for spelling in service.words
        },
    )


def compile_content(content: Content, reader: Reader, encoder: Encoder | None) -> Compiled:
    """Learn from the content's examples, with the encoder's vectors where there is one.

    About 1.5 s of CPU for 40 entries with 3,600 examples, 6 s for 1,000 entries with 15 each; and
    a millisecond more for every example that the encoder never saw.
    """
    import numpy as np

    examples = examples_of(content)
    readings = [reader.read(text) for text in examples.texts]
    features = Features(readings)
    vectors = None
    if encoder is not None:
        vectors = KeptVectors(encoder.kept_vectors).of([r.plain for r in readings], encoder)
    own = examples.labels[~examples.is_negative]
    prior = (np.bincount(own, minlength=examples.classes) / max(len(own), 1)).astype("f4")
    lexical, encoded = learn(features, vectors, examples, prior)
    tables = tabulate(features, lexical)
    exemplars = None if vectors is None else exemplify(vectors, encoded, examples)
    scorer = Scorer(features.lexicon, tables, exemplars, prior)
    counts = np.bincount(features.columns, minlength=features.width).tolist()
    judged = _Judged(scorer, examples, readings, vectors, counts)
    return Compiled(
        features.lexicon,
        tables,
        prior,
        judged.calibrate(lexical, None),
        exemplars,
        judged.calibrate(lexical, encoded) if encoded else None,
        _wordings(content, reader, examples, readings),
    )


def examples_of(content: Content) -> Examples:
    """All examples with their classes: the entries', the courtesies', and what is out of scope.

    What several of them share, word for word, teaches nothing about which of them is meant, and is
    left out.
    """
    import numpy as np

    groups: list[Iterable[str]] = [
        dict.fromkeys((entry.title, *entry.questions, *entry.synonyms)) for entry in content.entries
    ]
    groups += [topic.questions for topic in content.smalltalk]
    services = content.out_of_scope.other_services
    # The reader turns the name of every service into the same marker, so one stands for all.
    name = services[0].words[0] if services else ""
    groups.append([q.replace("{service}", name) for q in content.out_of_scope.questions])
    pairs = [(text, label, False) for label, group in enumerate(groups) for text in group]
    meant: dict[str, set[int]] = defaultdict(set)
    for text, label, _ in pairs:
        meant[text].add(label)
    pairs = [pair for pair in pairs if len(meant[pair[0]]) == 1]
    for label, entry in enumerate(content.entries):
        pairs += [(text, label, True) for text in entry.negatives]
    return Examples(
        [text for text, _, _ in pairs],
        np.array([label for _, label, _ in pairs], np.intp),
        np.array([is_negative for _, _, is_negative in pairs], bool),
        len(groups),
    )


class _Judged:
    """Examples, judged as if they had not been learnt from."""

    def __init__(
        self,
        scorer: Scorer,
        examples: Examples,
        readings: Sequence[Reading],
        vectors: Array | None,
        counts: Sequence[int],
    ) -> None:
        """`counts`: of each n-gram, in how many examples it stands."""
        import numpy as np

        self._scorer = scorer
        self._counts = counts
        self._examples = examples
        self._readings = readings
        self._vectors = None if vectors is None else vectors.astype("f4")
        known = np.flatnonzero(~examples.is_negative)
        self._chosen = known[:: 1 + len(known) // MOST_JUDGED]

    def calibrate(self, lexical: Sequence[Learnt], encoded: Sequence[Learnt] | None) -> Calibration:
        """Learn how often the class that leads is right, with or without the encoder."""
        vectors = self._vectors if encoded else None
        scores = None if vectors is None else self._scorer.encode_scores(vectors[self._chosen])
        without_lexical = _left_out(lexical)
        without_encoded = _left_out(encoded or ())
        evidence, is_right = [], []
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
            _replace(judgement.scores.lexical, labels, without_lexical[number])
            if judgement.encoded is not None:
                _replace(judgement.encoded, labels, without_encoded[number])
            weighed = judgement.weigh()
            # An n-gram that no other example has would not be known without this one.
            known = sum(self._counts[row] > 1 for row in judgement.terms.rows)
            evidence.append(weighed.evidence(judgement.terms.total, known))
            is_right.append(labels[weighed.top] == self._examples.labels[number])
        return calibrate(evidence, is_right)


def _left_out(learnt: Sequence[Learnt]) -> dict[int, list[tuple[int, float]]]:
    """For each example the classes that met it, with the score that it would get unmet."""
    scores: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for label, one in enumerate(learnt):
        for number, score in zip(one.met.tolist(), one.left_out.tolist(), strict=True):
            scores[number].append((label, score))
    return scores


def _replace(scores: list[float], labels: list[int], by: Iterable[tuple[int, float]]) -> None:
    """Put scores in the place of those of some classes; a class that is not there is passed by."""
    for label, score in by:
        place = bisect_left(labels, label)
        if place < len(labels) and labels[place] == label:
            scores[place] = score


def _wordings(
    content: Content, reader: Reader, examples: Examples, readings: Sequence[Reading]
) -> Wordings | None:
    """The words of all examples, shared ones too; None when there are too many to compare."""
    if len(examples.texts) > MOST_COMPARED:
        return None
    read = dict(zip(examples.texts, readings, strict=True))
    return learn_wordings(
        [
            [(read.get(question) or reader.read(question)).tokens for question in entry.questions]
            for entry in content.entries
        ]
    )
