"""From the content to what a matcher knows."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from faq.apart import Apart, is_apart, learn_all, prior_of, relearn
from faq.calibration import Calibration, calibrate
from faq.compiled import Compiled
from faq.entries import Content
from faq.examples import Group, examples_in, groups_of
from faq.features import Features
from faq.learning import Examples, Learnt, is_compared, learn
from faq.scoring import Scorer, exemplify, tabulate
from faq.text import Reader, Reading
from faq.vagueness import Wordings, learn_wordings
from faq.vectors import KeptVectors

if TYPE_CHECKING:
    import numpy as np

    from faq.encoder import Encoder

    Array = np.ndarray[Any, np.dtype[Any]]

# As many examples are judged to learn how often scores that look like this are right. All of the
# shipped ones are: of a part, an edit would change which, and with it how sure every answer is.
MOST_JUDGED = 8_000
# Of very many a question takes longer to judge, and an editor waits.
MOST_JUDGED_OF_MANY = 1_000


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


def compile_content(
    content: Content,
    reader: Reader,
    encoder: Encoder | None,
    before: tuple[Content, Compiled] | None = None,
) -> Compiled:
    """Learn from the content's examples, with the encoder's vectors where there is one.

    `before`: another content and what was learnt from it. Of very many examples only what concerns
    the difference is learnt then; the result is the same (see `faq.apart`).
    About 1.5 s of CPU for 40 entries with 3,600 examples, 5 s for 1,000 entries with 15 each; and
    a millisecond more for every example that the encoder never saw.
    """
    groups = groups_of(content)
    examples = examples_in(groups)
    learns_apart = is_apart(len(examples.texts), len(groups))
    prior = prior_of(examples, learns_apart=learns_apart)
    apart = _after(before, groups, reader) if learns_apart and before is not None else None
    if apart is not None and encoder is None:
        known = apart.kept.counts.tolist()
        scorer = Scorer(apart.lexicon, apart.tables, None, prior)
        judged = _Judged(scorer, examples, reader, None, known, apart)
        alone = judged.calibrate({}, None)
        return Compiled(apart.lexicon, apart.tables, prior, alone, None, None, None, apart.kept)
    readings = [reader.read(text) for text in examples.texts]
    features = Features(readings, in_bands=learns_apart)
    vectors = None
    if encoder is not None:
        vectors = KeptVectors(encoder.kept_vectors).of([r.plain for r in readings], encoder)
    lexical, encoded = learn(features, vectors, examples, prior)
    if learns_apart:
        apart = learn_all(features, lexical)
    tables = apart.tables if apart is not None else tabulate(features, lexical)
    exemplars = None if vectors is None else exemplify(vectors, encoded, examples)
    scorer = Scorer(features.lexicon, tables, exemplars, prior)
    judged = _Judged(scorer, examples, reader, vectors, features.counts.tolist(), apart)
    without = {} if apart is not None else _left_out(lexical)
    return Compiled(
        features.lexicon,
        tables,
        prior,
        judged.calibrate(without, None),
        exemplars,
        judged.calibrate(without, encoded) if encoded else None,
        _wordings(content, reader, examples, readings),
        apart.kept if apart is not None else None,
    )


def _after(
    before: tuple[Content, Compiled], groups: Sequence[Group], reader: Reader
) -> Apart | None:
    """What was learnt before, brought up to date; None where that cannot be done."""
    old, learnt = before
    if learnt.kept is None or reader_of(old) != reader:
        return None
    return relearn(
        Apart(learnt.lexicon, learnt.tables, learnt.kept), groups_of(old), groups, reader
    )


class _Judged:
    """Examples, judged as if they had not been learnt from."""

    def __init__(
        self,
        scorer: Scorer,
        examples: Examples,
        reader: Reader,
        vectors: Array | None,
        counts: Sequence[int],
        apart: Apart | None,
    ) -> None:
        """`counts`: of each n-gram, in how many examples it stands."""
        import numpy as np

        self._scorer = scorer
        self._counts = counts
        self._examples = examples
        self._reader = reader
        self._vectors = None if vectors is None else vectors.astype("f4")
        most = MOST_JUDGED if apart is None else MOST_JUDGED_OF_MANY
        known = np.flatnonzero(~examples.is_negative)
        self._chosen = known[:: 1 + len(known) // most]
        # A class that learnt apart is the only one that met its examples.
        self._apart = {} if apart is None else self._left_out_apart(apart)

    def _left_out_apart(self, apart: Apart) -> dict[int, list[tuple[int, float]]]:
        import numpy as np

        labels = self._examples.labels[self._chosen]
        firsts = np.searchsorted(self._examples.labels[~self._examples.is_negative], labels)
        places = apart.kept.starts[labels] + self._chosen - firsts
        scores = apart.kept.left_out[places].tolist()
        found = zip(self._chosen.tolist(), labels.tolist(), scores, strict=True)
        return {number: [(label, score)] for number, label, score in found}

    def calibrate(
        self, without: Mapping[int, list[tuple[int, float]]], encoded: Sequence[Learnt] | None
    ) -> Calibration:
        """Learn how often the class that leads is right, with or without the encoder.

        `without`: see `_left_out`; nothing where the classes learnt apart.
        """
        vectors = self._vectors if encoded else None
        scores = None if vectors is None else self._scorer.encode_scores(vectors[self._chosen])
        without_lexical = self._apart or without
        without_encoded = _left_out(encoded or ())
        evidence, is_right = [], []
        for place, number in enumerate(self._chosen.tolist()):
            reading = self._reader.read(self._examples.texts[number])
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
    if not is_compared(len(examples.texts)):
        return None
    read = dict(zip(examples.texts, readings, strict=True))
    return learn_wordings(
        [
            [(read.get(question) or reader.read(question)).tokens for question in entry.questions]
            for entry in content.entries
        ]
    )
