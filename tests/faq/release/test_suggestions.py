"""Suggestions while the user types."""

import pytest

from faq.content import seed
from faq.release.suggestions import MOST, Suggestions

SHIPPED = Suggestions(seed.load())


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("199", "segment_199"),
        ("核验数据缺", "verify_data_missing"),
        ("核驗數據", "verify_data_missing"),
        ("激活网络", "activation_network_error"),
        ("renlian", "face_check_errors"),
        ("yanzhengm", "code_rejected"),
        ("验正马", "code_rejected"),
    ],
)
def test_characters_pinyin_and_homophones_are_found(typed: str, slug: str) -> None:
    found = SHIPPED.find(typed)
    assert 1 <= len(found) <= MOST
    assert slug in {one.slug for one in found}


def test_title_that_begins_with_the_words_is_first() -> None:
    first = SHIPPED.find("激活时")[0]
    assert first.text == seed.load().by_slug[first.slug].title


def test_at_most_two_phrases_of_an_entry_are_shown() -> None:
    slugs = [one.slug for one in SHIPPED.find("验证码")]
    assert len(slugs) == MOST
    assert max(slugs.count(slug) for slug in slugs) == 2


@pytest.mark.parametrize("typed", ["", "  ，。", "😀", "\u0000", "饕餮饕餮", "x" * 5000])
def test_unknown_words_get_no_suggestion(typed: str) -> None:
    assert SHIPPED.find(typed) == []
