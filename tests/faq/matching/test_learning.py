import numpy as np
import pytest

from faq.content.entries import Content
from faq.matching.learnt.examples import examples_of
from faq.matching.learnt.features import Features
from faq.matching.learnt.learning import BOOST, FEW, _products, learn
from faq.matching.learnt.scoring import EncoderScorer, Exemplars
from faq.matching.learnt.training import reader_of


def test_left_out_scores_equal_learning_without_the_example(small: Content) -> None:
    examples = examples_of(small)
    features = Features([reader_of(small).read(text) for text in examples.texts])
    prior = np.full(examples.classes, 0.1, "f4")
    lexical, encoded = learn(features, None, examples, prior)
    assert encoded == []
    learnt, label = lexical[0], 0
    weight = 1 + BOOST / (1 + (4 / FEW) ** 2)  # Three questions and the title.
    alike = _products(features, learnt.rows)
    wanted = (examples.labels[learnt.rows] == label) - 0.1
    for left in range(len(learnt.rows)):
        rest = np.delete(np.arange(len(learnt.rows)), left)
        kernel = alike[np.ix_(rest, rest)] + 0.4 * np.eye(len(rest))
        score = alike[left, rest] @ np.linalg.solve(kernel, wanted[rest]) + 0.1
        assert learnt.left_out[left] == pytest.approx(0.1 + weight * (score - 0.1), abs=1e-4)


def test_class_is_trained_on_its_examples_and_similar_ones(small: Content) -> None:
    examples = examples_of(small)
    features = Features([reader_of(small).read(text) for text in examples.texts])
    lexical, _ = learn(features, None, examples, np.zeros(examples.classes, "f4"))
    own = {place for place, label in enumerate(examples.labels) if label == 0}
    met = {*lexical[0].rows.tolist()}
    assert own <= met
    assert {examples.texts[place] for place in met - own} >= {"支付宝丢了证件"} or met > own


def test_example_shared_by_two_entries_is_not_learnt(small: Content) -> None:
    state = small.model_dump(by_alias=True, exclude_none=True)
    for entry in state["entries"]:
        entry["questions"] = [*entry["questions"], "借书的事到底怎么回事"]
    examples = examples_of(Content.model_validate(state))
    pairs = zip(examples.texts, examples.labels, strict=True)
    learnt = {text for text, label in pairs if label < examples.subjects}
    assert "借书的事到底怎么回事" not in learnt
    assert "补办借书证" in learnt


def test_nearest_example_is_found_among_few_entries() -> None:
    vectors = np.array([[1, 0], [0.6, 0.8], [0, 1], [0.8, 0.6]], "f2")
    exemplars = Exemplars(
        np.eye(2, dtype="f2"),
        vectors,
        np.array([0, 1, 2, -1]),
        np.array([0, 1, 2, 3]),
        np.arange(3),
        np.ones(3, "f4"),
        np.eye(3, 2),
    )
    nearest = EncoderScorer(exemplars, 3).nearest(np.array([1, 0], "f4"), np.array([1, 2]))
    assert nearest == (1, pytest.approx(0.6, abs=1e-3))
