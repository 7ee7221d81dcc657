"""A message is read once, in one thread or several, and no question is kept readable."""

import gc
from concurrent.futures import ThreadPoolExecutor

import pytest

from faq.content.entries import Content
from faq.matching.matcher import Message, _CacheKey, compile_matcher


def test_repeated_question_is_read_once(small: Content, monkeypatch: pytest.MonkeyPatch) -> None:
    matcher = compile_matcher(small)
    asked: list[str] = []
    anew = matcher.read_uncached

    def counted(question: str) -> Message:
        asked.append(question)
        return anew(question)

    monkeypatch.setattr(matcher, "read_uncached", counted)
    for question in ("补办借书证", "你好", "补办借书证", "\ud800", "\ud800"):
        matcher.match(question)
    assert asked == ["补办借书证", "你好", "\ud800"]


def test_match_cache_stores_no_question(small: Content) -> None:
    matcher = compile_matcher(small)
    question = "补办借书证" + "张测试13800138011"
    matcher.match(question)
    gc.collect()
    texts = [one for one in gc.get_objects() if isinstance(one, _CacheKey)]
    assert texts
    assert all(one._text == "" for one in texts)


def test_concurrent_threads_get_their_own_match(small: Content) -> None:
    matcher = compile_matcher(small)
    asked = ["补办借书证", "书还晚了", "你好", "今天天气怎么样"] * 500
    with ThreadPoolExecutor(8) as pool:
        matches = list(pool.map(matcher.match, asked))
    alone = [matcher.decide(matcher.read_uncached(question)) for question in asked[:4]]
    assert matches == alone * 500
