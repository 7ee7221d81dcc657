"""Propose the slug of an entry: the pinyin of its title."""

import re
from collections.abc import Collection

from miniprogram_api.characters import readings

_LONGEST = 30
_WORD = re.compile(r"[a-z0-9]+")
_VALID = re.compile(r"[a-z][a-z0-9_]+")
_OTHERWISE = "entry"


def proposed(title: str, taken: Collection[str]) -> str:
    """Return the first syllables of a title that form a slug outside `taken`."""
    slug = ""
    for syllable in _syllables(title.lower()):
        longer = f"{slug}_{syllable}" if slug else syllable
        if len(longer) > _LONGEST:
            break
        slug = longer
    if not _VALID.fullmatch(slug):
        slug = f"{_OTHERWISE}_{slug}".rstrip("_")
    names = (slug, *(f"{slug}_{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def _syllables(title: str) -> list[str]:
    """Return the readings of the characters, and Latin words and numbers as they are."""
    characters, words = readings()
    syllables: list[str] = []
    place = 0
    while place < len(title):
        pair = title[place : place + 2]
        if pair in words:
            syllables += words[pair]
            place += 2
        elif latin := _WORD.match(title, place):
            syllables.append(latin[0])
            place = latin.end()
        else:
            syllables += [characters[c] for c in title[place] if c in characters]
            place += 1
    return syllables
