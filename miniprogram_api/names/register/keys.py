"""The keys by which names find each other: digests of city, kind and text."""

from collections.abc import Iterator
from hashlib import blake2b
from itertools import islice

from miniprogram_api.names import sounds
from models.names import Entry, Key

VERSION = 1
"""Of this file: names whose keys have another version get new ones with the next import."""

_WORD, _SOUND, _PAIR, _SPOKEN_TRIPLE = "w", "s", "p", "t"
_SHORTEST_OF_PAIRS = 3
_SHORTEST_OF_TRIPLES = 4
TRIPLE = 3
_LONGEST_READ = 12
"""Characters of a word that are compared; longer words differ in them as well."""


def digest(*texts: object) -> int:
    """Return a number of 64 bits, as databases store it."""
    content = "\0".join(map(str, texts)).encode()
    return int.from_bytes(blake2b(content, digest_size=8).digest(), signed=True)


def trade_number(industry_class: str) -> int:
    """Return a class as a number: H62 → 862, 0 without one."""
    if not industry_class:
        return 0
    return (ord(industry_class[0]) - 64) * 100 + int(industry_class[1:] or 0)


def of_word(city: int, word: str) -> int:
    """Return the key of names with this word."""
    return digest(city, _WORD, word)


def of_sound(city: int, sound: tuple[str, ...]) -> int:
    """Return the key of names whose word may be read like this; syllables stay apart."""
    return digest(city, _SOUND, *sound)


def of_pair(city: int, pair: str) -> int:
    """Return the key of names whose longer word contains these two characters."""
    return digest(city, _PAIR, pair)


def of_triple(city: int, triple: tuple[str, ...]) -> int:
    """Return the key of names whose longer word contains these three syllables."""
    return digest(city, _SPOKEN_TRIPLE, *triple)


def pairs(word: str) -> list[str]:
    """Return the different pairs of neighbours."""
    return list(dict.fromkeys(word[start : start + 2] for start in range(len(word) - 1)))


def of_stored(city: int, stored: str) -> tuple[int, ...]:
    """Return the different keys of the names of the register with this word."""
    word = stored[:_LONGEST_READ]
    found = [of_word(city, stored)]
    found += [of_sound(city, sound) for sound in sounds.word_sounds(word)]
    if len(word) >= _SHORTEST_OF_PAIRS:
        found += [of_pair(city, pair) for pair in pairs(word)]
    if len(word) >= _SHORTEST_OF_TRIPLES:
        usual = tuple(sounds.sounds(character)[0] for character in word)
        triples = {usual[start : start + TRIPLE] for start in range(len(usual) - TRIPLE + 1)}
        found += [of_triple(city, triple) for triple in triples]
    return tuple(dict.fromkeys(found))


def rows(name_id: int, entry: Entry) -> Iterator[Key]:
    """Yield the rows of all keys of a name."""
    trade = trade_number(entry.industry_class)
    for key in of_stored(entry.city, entry.word):
        yield Key(key, trade, name_id)


def to_search(city: int, word: str) -> list[int]:
    """Return the keys of names that are like a word, but for those that contain it."""
    word = word[:_LONGEST_READ]
    parts = sub_words(word)
    words = [word, word[::-1], *islice(sounds.look_alikes(word), sounds.MOST_VARIANTS), *parts]
    words += short_forms(word)
    spoken = [*sounds.word_sounds(word), *sounds.near_sounds(word)]
    for part in parts:
        if len(part) >= TRIPLE:
            spoken += sounds.word_sounds(part)
    found = [of_word(city, text) for text in words] + [of_sound(city, one) for one in spoken]
    return list(dict.fromkeys(found))


def sub_words(word: str) -> list[str]:
    """Return the different parts of two characters or more, without the word itself."""
    return list(
        dict.fromkeys(
            word[start : start + length]
            for length in range(len(word) - 1, 1, -1)
            for start in range(len(word) - length + 1)
        )
    )


def short_forms(word: str) -> list[str]:
    """Return how a word of four characters is shortened: its first and third one."""
    return [word[0] + word[2]] if len(word) == 4 else []


def first_triples(word: str) -> list[tuple[str, ...]]:
    """Return the ways to read the first three characters of a word."""
    return sounds.word_sounds(word[:TRIPLE])
