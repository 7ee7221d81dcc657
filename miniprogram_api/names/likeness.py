"""In which way two different words (字号) are like each other."""

from collections.abc import Callable
from enum import StrEnum

from miniprogram_api.names import sounds
from miniprogram_api.names.register import keys


class Likeness(StrEnum):
    """A way, the nearest first; the value is the code of its rule."""

    SOUND = "similar.sound"
    SHAPE = "similar.shape"
    CONTAINS = "similar.contains"
    CONTAINED = "similar.contained"
    PART_SOUND = "similar.sound_part"
    NEAR_SOUND = "similar.near_sound"
    REVERSED = "similar.reversed"
    SHORT = "similar.short_form"


NOTES = frozenset({Likeness.NEAR_SOUND, Likeness.REVERSED, Likeness.SHORT})
"""Ways that are only worth knowing."""


def likeness(word: str, other: str) -> Likeness | None:
    """Return the nearest way in which a word is like another; None for equal and unlike ones."""
    if word == other or not word or not other:
        return None
    if len(word) == len(other):
        return _of_equal_length(word, other)
    long, short = (word, other) if len(word) > len(other) else (other, word)
    if len(short) < 2:
        return None
    if short in long:
        return Likeness.CONTAINS if long is word else Likeness.CONTAINED
    if len(short) >= keys.TRIPLE and any(
        _shares(long[start : start + len(short)], short, sounds.readings)
        for start in range(len(long) - len(short) + 1)
    ):
        return Likeness.PART_SOUND
    return Likeness.SHORT if short in keys.short_forms(long) else None


def _of_equal_length(word: str, other: str) -> Likeness | None:
    if _shares(word, other, sounds.readings):
        return Likeness.SOUND
    if all(a == b or a in sounds.alike(b) for a, b in zip(word, other, strict=True)):
        return Likeness.SHAPE
    if word == other[::-1]:
        return Likeness.REVERSED
    # Tones count as little as the sounds that many speakers do not tell apart.
    return Likeness.NEAR_SOUND if _shares(word, other, _blurred) else None


def _blurred(character: str) -> tuple[str, ...]:
    return tuple(map(sounds.blurred, sounds.sounds(character)))


def _shares(word: str, other: str, read: Callable[[str], tuple[str, ...]]) -> bool:
    """Return whether the characters at each place have a reading in common."""
    return all(
        a == b or not set(read(a)).isdisjoint(read(b)) for a, b in zip(word, other, strict=True)
    )


def explained(way: Likeness, word: str, other: str) -> str:
    """Return what the two have in common, for a finding: niú lán shān, 泰/秦."""
    if way is Likeness.SHAPE:
        return "、".join(f"{a}/{b}" for a, b in zip(word, other, strict=True) if a != b)
    if way in (Likeness.SOUND, Likeness.NEAR_SOUND):
        own, others = sounds.spoken(word), sounds.spoken(other)
        return own if own == others else f"{own} / {others}"
    if way is Likeness.PART_SOUND:
        return sounds.spoken(min(word, other, key=len))
    return other
