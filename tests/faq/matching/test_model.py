from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq.content.entries import Content
from faq.matching.learnt.model import UnknownForm, from_bytes
from faq.matching.learnt.training import compile_content, reader_of
from faq.matching.matcher import Matcher

ASKED = [
    "收不到验证码",
    "刷脸失败",
    "你好",
    "12123登录不上",
    "shou bu dao yanzhengma",
    "怎么种西红柿",
    "。",
]


def test_loaded_model_gives_the_same_matches(matcher: Matcher, shipped: Content) -> None:
    data = matcher.to_bytes()
    read = Matcher.from_bytes(data, shipped)
    assert read.match_all(ASKED) == matcher.match_all(ASKED)
    assert read.to_bytes() == data


def test_model_of_other_content_is_refused(matcher: Matcher, small: Content) -> None:
    with pytest.raises(UnknownForm):
        Matcher.from_bytes(matcher.to_bytes(), small)


@given(st.binary(max_size=300))
def test_any_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(UnknownForm):
        from_bytes(data, "digest")


@given(cut=st.integers(0, 10_000), flip=st.integers(0, 10_000))
def test_damaged_bytes_are_refused_or_give_valid_matches(
    small_bytes: bytes, cut: int, flip: int
) -> None:
    with pytest.raises(UnknownForm):
        from_bytes(small_bytes[: cut % len(small_bytes)], "digest")
    damaged = bytearray(small_bytes)
    damaged[flip % len(damaged)] ^= 0xFF
    with suppress(UnknownForm):
        from_bytes(bytes(damaged), "digest")


@pytest.fixture(scope="module")
def small_bytes(shipped: Content) -> bytes:
    entries = [entry.model_copy(update={"related": ()}) for entry in shipped.entries[:2]]
    # All of their thousands of questions would be learnt for seconds.
    intents = [
        intent.model_copy(update={"questions": intent.questions[:5]}) for intent in shipped.intents
    ]
    few = shipped.model_copy(update={"entries": tuple(entries), "intents": tuple(intents)})
    return compile_content(few, reader_of(few), None).to_bytes("digest")
