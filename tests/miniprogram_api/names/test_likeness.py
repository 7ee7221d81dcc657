"""Words that are like each other, and how."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miniprogram_api import characters
from miniprogram_api.names import sounds
from miniprogram_api.names.likeness import Likeness, explained, likeness
from miniprogram_api.names.register import keys

STANDARD = st.sampled_from(sorted(characters.standard()))
WORDS = st.lists(STANDARD, min_size=2, max_size=6).map("".join)
OPPOSITE = {
    Likeness.CONTAINS: Likeness.CONTAINED,
    Likeness.CONTAINED: Likeness.CONTAINS,
}


@pytest.mark.parametrize(
    ("word", "other", "way", "explanation"),
    [
        ("牛兰山", "牛栏山", "sound", "niú lán shān"),
        ("牛蓝山", "牛栏山", "sound", "niú lán shān"),
        ("马兰山", "马栏山", "sound", "mǎ lán shān"),
        ("荃巨得", "全聚德", "sound", "quán jù dé"),
        # Each of several readings counts.
        ("重山", "虫山", "sound", "zhòng shān / chóng shān"),
        ("秦山", "泰山", "shape", "秦/泰"),
        ("未来", "末来", "shape", "未/末"),
        ("马云阿里巴巴", "阿里巴巴", "contains", "阿里巴巴"),
        ("阿里", "阿里巴巴", "contained", "阿里巴巴"),
        ("马云阿理巴巴", "阿里巴巴", "sound_part", "ā lǐ bā bā"),
        ("宏荃聚德", "全聚德", "sound_part", "quán jù dé"),
        ("全聚德", "宏荃聚德", "sound_part", "quán jù dé"),
        # Notes: tones, n and l, an and ang, the order of characters, short forms.
        ("红光", "宏广", "near_sound", "hóng guāng / hóng guǎng"),
        ("兰山", "南山", "near_sound", "lán shān / nán shān"),
        ("金山", "京商", "near_sound", "jīn shān / jīng shāng"),
        ("光红", "红光", "reversed", "红光"),
        ("红光照耀", "红照", "short_form", "红照"),
    ],
)
def test_words_are_alike(word: str, other: str, way: str, explanation: str) -> None:
    found = likeness(word, other)
    assert found == f"similar.{way}"
    assert explained(found, word, other) == explanation


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("红光", "红光"),
        ("红光", "白云"),
        # Syllables stay apart.
        ("方安", "凡甘"),
        ("西安", "先"),
        ("红光", "红"),
        ("蓝天", "南田山"),
    ],
)
def test_words_are_not_alike(word: str, other: str) -> None:
    assert likeness(word, other) is None


def test_u_with_and_without_dots_differ() -> None:
    assert sounds.without_tone("lǜ") == "lv" != sounds.without_tone("lù")
    assert likeness("女山", "努山") is None


@given(WORDS, WORDS)
def test_likeness_is_mutual(word: str, other: str) -> None:
    way = likeness(word, other)
    assert likeness(other, word) == OPPOSITE.get(way, way)  # type: ignore[call-overload]


@given(WORDS)
def test_a_word_with_like_characters_is_found(word: str) -> None:
    searched = set(keys.to_search(330100, word))
    for other in list(sounds.look_alikes(word))[:5]:
        assert likeness(word, other) in (Likeness.SHAPE, Likeness.SOUND)
        assert searched & set(keys.of_stored(330100, other))


@given(WORDS, st.sampled_from([330100, 110000]))
def test_the_keys_of_a_word_are_its_own_and_of_its_city(word: str, city: int) -> None:
    stored = keys.of_stored(city, word)
    assert len(set(stored)) == len(stored)
    assert keys.of_word(city, word) in stored
    assert set(stored).isdisjoint(keys.of_stored(440300, word))


def test_every_standard_character_has_a_reading() -> None:
    without = {c for c in characters.standard() if sounds.readings(c) == (c,)}
    assert without == set()
    assert len(characters.standard()) == 8105


def test_look_alikes_are_mutual_and_standard() -> None:
    pairs = {(c, other) for c in characters.standard() for other in sounds.alike(c)}
    assert len(pairs) > 3_000
    assert {(b, a) for a, b in pairs} == pairs
    assert {a for a, _ in pairs} <= characters.standard()
