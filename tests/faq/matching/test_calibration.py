import random

import pytest

from faq.matching.learnt.calibration import Calibration, calibrate, rank


def test_confidence_equals_the_share_of_right_answers() -> None:
    draw = random.Random(3)
    margins = [draw.random() for _ in range(4_000)]
    found = calibrate([[margin] for margin in margins], [draw.random() < m for m in margins])
    for margin in (0.2, 0.5, 0.8):
        assert found.confidence([margin]) == pytest.approx(margin, abs=0.05)


def test_confidence_without_errors_stays_a_probability() -> None:
    found = calibrate([[0.1], [0.9], [0.5]], [True, True, True])
    assert 0.5 < found.confidence([0.5]) <= 1
    assert Calibration((1e9,), 0.0).confidence([1.0]) <= 1


def test_ranking_weighs_scores_without_changing_them() -> None:
    scores, lexical, encoded = [0.1, 0.7, 0.2], [0.1, 0.6, 0.3], [0.1, 0.8, 0.1]
    ranked = rank(scores[:], lexical[:], encoded[:])
    assert (ranked.top, ranked.second) == (1, 2)
    evidence = ranked.evidence(6, 3)
    assert evidence[2] == pytest.approx(0.5)
    assert evidence[6:] == pytest.approx([0.6, 0.3, 0.8, 0.7, 0.1])
    assert (ranked.scores, ranked.lexical, ranked.encoded) == (scores, lexical, encoded)
