"""What is remembered of the last questions, and for how long."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from faq.recent import MOST, Recent


def test_the_same_words_are_worked_out_once() -> None:
    made: Counter[str] = Counter()

    def make(question: str) -> str:
        made[question] += 1
        return question.upper()

    recent = Recent(make)
    assert [recent(q) for q in ("a", "b", "a", "a")] == ["A", "B", "A", "A"]
    assert made == {"a": 1, "b": 1}


def test_what_was_not_asked_for_long_is_forgotten_and_what_was_asked_again_is_not() -> None:
    made: Counter[str] = Counter()

    def make(question: str) -> str:
        made[question] += 1
        return question

    recent = Recent(make)
    recent("once")
    for number in range(2 * MOST):
        recent(f"question {number}")
        recent("often")
    recent("once")
    assert made["once"] == 2
    assert made["often"] == 1
    assert len(recent._newer) + len(recent._older) <= MOST


def test_no_question_is_kept_in_what_is_remembered() -> None:
    recent = Recent(len)
    recent("张测试的手机13800138011")
    assert all(len(key) == 16 for key in recent._newer)
    assert "13800138011" not in repr(recent._newer)


def test_an_error_is_not_remembered() -> None:
    answers = iter([ValueError("nothing"), "an answer"])

    def make(_question: str) -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    recent = Recent(make)
    with pytest.raises(ValueError, match="nothing"):
        recent("a")
    assert recent("a") == "an answer"


def test_a_lone_surrogate_is_a_question() -> None:
    assert Recent(len)("\ud800") == 1


def test_many_threads_get_what_belongs_to_their_question() -> None:
    recent = Recent(lambda question: f"<{question}>")
    asked = [f"question {number % 3000}" for number in range(30_000)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(recent, asked)) == [f"<{question}>" for question in asked]
