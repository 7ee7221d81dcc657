"""How characters are read, and the ones that they are mistaken for by their shape.

Readings carry their tone: lán. A sound is a reading without it: lan; ü is written v.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import islice, product
from pathlib import Path

_FILE = Path(__file__).with_name("sounds.tsv")
_TONES = {"\u0300", "\u0301", "\u0304", "\u030c"}
MOST_SOUNDS = 6
"""Ways to read a word that are looked for; few words have more."""
MOST_VARIANTS = 40
# Initials and finals that many speakers do not tell apart.
_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"))
_FINALS = (("ang", "an"), ("eng", "en"), ("ing", "in"))


@cache
def _table() -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Return character → readings, the usual one first, and character → look-alikes."""
    readings, alike = {}, {}
    for line in _FILE.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            character, spoken, *rest = line.split("\t")
            readings[character] = tuple(spoken.split())
            alike[character] = "".join(rest)
    return readings, alike


def readings(character: str) -> tuple[str, ...]:
    """Return the readings of a character; one without any is read as itself."""
    return _table()[0].get(character, (character,))


@cache
def without_tone(reading: str) -> str:
    """Return the sound of a reading."""
    letters = unicodedata.normalize("NFD", reading).replace("u\u0308", "v")
    return "".join(letter for letter in letters if letter not in _TONES)


@cache
def sounds(character: str) -> tuple[str, ...]:
    """Return the different sounds of a character, the usual one first."""
    return tuple(dict.fromkeys(map(without_tone, readings(character))))


def word_sounds(word: str) -> list[tuple[str, ...]]:
    """Return up to MOST_SOUNDS ways to read a word, the usual one first."""
    return list(islice(product(*map(sounds, word)), MOST_SOUNDS))


def spoken(word: str) -> str:
    """Return the usual reading of a word with its tones: niú lán shān."""
    return " ".join(readings(character)[0] for character in word)


def alike(character: str) -> str:
    """Return the characters that one is mistaken for."""
    return _table()[1].get(character, "")


@cache
def blurred(sound: str) -> str:
    """Return a sound as it is heard without the differences n/l, z/zh, an/ang and the like."""
    for full, plain in _INITIALS:
        if sound.startswith(full):
            sound = plain + sound.removeprefix(full)
            break
    for full, plain in _FINALS:
        if sound.endswith(full):
            return sound.removesuffix(full) + plain
    return sound


@cache
def _near() -> dict[str, tuple[str, ...]]:
    groups = defaultdict(set)
    for character in _table()[0]:
        for sound in sounds(character):
            groups[blurred(sound)].add(sound)
    return {sound: tuple(sorted(group)) for sound, group in groups.items()}


def near_sounds(word: str) -> Iterator[tuple[str, ...]]:
    """Yield what a word's usual reading is confused with: all of a short word, else one change."""
    usual = [sounds(character)[0] for character in word]
    near = [_near().get(blurred(sound), (sound,)) for sound in usual]
    if len(word) <= 2:
        yield from (ways for ways in product(*near) if list(ways) != usual)
        return
    for place, ways in enumerate(near):
        for sound in ways:
            if sound != usual[place]:
                yield (*usual[:place], sound, *usual[place + 1 :])


def look_alikes(word: str) -> Iterator[str]:
    """Yield words with one or two characters of like shape in place of the word's."""
    single = [(place, other) for place, character in enumerate(word) for other in alike(character)]
    for place, other in single:
        yield word[:place] + other + word[place + 1 :]
    for first, other in single:
        for second, another in single:
            if first < second:
                yield word[:first] + other + word[first + 1 : second] + another + word[second + 1 :]
