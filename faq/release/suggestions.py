"""Suggest titles and example questions while the user types, without the encoder."""

import re
from dataclasses import dataclass
from functools import cached_property

from faq.content.entries import Content
from faq.language.grammar import compact
from faq.language.text import HAN, Reader

MOST = 6
# Of one entry, so that others remain visible.
_MOST_OF_ENTRY = 2
_LONGEST_TYPED = 50
_SHORTEST_PINYIN = 2
# Without synonyms, which a half-typed word would not match.
_READER = Reader({}, {})
_HAN = re.compile(f"[{HAN}]")
_FOLDED = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"), ("v", "u"))


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A title or example question of an entry."""

    text: str
    slug: str


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A suggestion with its place in its entry, plain form, syllables, and where these begin."""

    suggestion: Suggestion
    place: int
    plain: str
    spoken: str
    begins: tuple[int, ...]


class Suggestions:
    """Search the titles and example questions of one content."""

    def __init__(self, content: Content) -> None:
        """Take the content; it is read at the first search."""
        self._content = content

    def find(self, typed: str) -> list[Suggestion]:
        """Return up to `MOST` phrases that begin with or contain what was typed, or sound like it.

        Beginnings come first, then titles, then the first example questions.
        """
        plain = compact(typed[:_LONGEST_TYPED])
        if not plain:
            return []
        spoken = _sounds(plain)[0]
        ranked = []
        for phrase in self._phrases:
            rank = _rank(phrase, plain, spoken)
            if rank is not None:
                key = (rank, phrase.place, len(phrase.plain))
                ranked.append((key, phrase.suggestion))
        return _chosen([suggestion for _, suggestion in sorted(ranked, key=lambda pair: pair[0])])

    @cached_property
    def _phrases(self) -> list[_Phrase]:
        phrases = []
        for entry in self._content.entries:
            for place, phrase in enumerate(dict.fromkeys((entry.title, *entry.questions))):
                if not _is_readable(phrase):
                    continue
                spoken, begins = _sounds(phrase)
                suggestion = Suggestion(phrase, entry.slug)
                phrases.append(_Phrase(suggestion, place, compact(phrase), spoken, begins))
        return phrases


def _is_readable(phrase: str) -> bool:
    """Return whether it is in simplified characters; some examples are pinyin or traditional."""
    letters = compact(phrase)
    return _HAN.search(letters) is not None and set(letters) <= set(phrase.lower())


def _sounds(phrase: str) -> tuple[str, tuple[int, ...]]:
    """Return the syllables in one word, and where each begins."""
    spoken, begins = "", []
    for syllable in _READER.read(phrase).syllables:
        begins.append(len(spoken))
        spoken += _folded(syllable)
    return spoken, tuple(begins)


def _folded(syllable: str) -> str:
    """Fold as `Reader` does, also a syllable that is not yet complete."""
    for written, folded in _FOLDED:
        syllable = syllable.replace(written, folded)
    return syllable


def _rank(phrase: _Phrase, plain: str, spoken: str) -> int | None:
    if phrase.plain.startswith(plain):
        return 0
    if plain in phrase.plain:
        return 1
    if len(spoken) < _SHORTEST_PINYIN or spoken not in phrase.spoken:
        return None
    if phrase.spoken.startswith(spoken):
        return 2
    return 3 if any(phrase.spoken.startswith(spoken, begin) for begin in phrase.begins) else None


def _chosen(suggestions: list[Suggestion]) -> list[Suggestion]:
    chosen: list[Suggestion] = []
    of_entry: dict[str, int] = {}
    for suggestion in suggestions:
        if of_entry.get(suggestion.slug, 0) < _MOST_OF_ENTRY:
            of_entry[suggestion.slug] = of_entry.get(suggestion.slug, 0) + 1
            chosen.append(suggestion)
    return chosen[:MOST]
