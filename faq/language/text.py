"""Read a question: from typed text to tokens, and from tokens to syllables.

A token is one Han character, one word of Latin letters, one group of digits, the dot of a name
(`·`), or a marker: `SERVICE` for the name of another service, `NUMBER` for a number as long as a
phone's or an identity card's.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from faq.language.grammar import without_denied
from faq.language.simplification import SERVICE as SERVICE
from faq.language.simplification import simplify as simplify
from miniprogram_api import characters

LONGEST_QUESTION = 500
"""Characters; the rest is cut off."""

MOST_CLAUSES = 10

NUMBER = "#"

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_TOKEN = re.compile(rf"[{HAN}{SERVICE}]|[a-z]+|[0-9]+|·")
_HAN = re.compile(f"[{HAN}]")
_LATIN = re.compile("[a-z]+")
_PAUSE = re.compile(r"[，。！？；、,.!?;\s…~～]+")
_SHORTEST_CLAUSE = 3

# Many dialects merge these initials.
_INITIALS = {"zh": "z", "ch": "c", "sh": "s"}
# Shortest number of a phone, an account or a card, rather than of a number range.
_LONG_NUMBER = 7
_PHONE_LENGTH = 11
_LONGEST_SYLLABLE = 6
_LONGEST_PINYIN_WORD = 60
# Letters without a vowel are initials of syllables.
_INITIALS_ONLY = re.compile("[b-df-hj-np-tv-z]{2,12}")


class Reading(NamedTuple):
    """Hold a question as the matcher sees it.

    `syllables`: of the tokens, folded so that similar sounds are equal. `pinyin_only`: the question
    is written in pinyin. `services`: names of other services that it mentions. `plain`: the
    simplified text, which is encoded.
    """

    tokens: tuple[str, ...]
    syllables: tuple[str, ...]
    pinyin_only: bool
    services: tuple[str, ...]
    plain: str


class Reader:
    """Read questions with synonyms and other services' names.

    `synonyms`: spelling → common form. `services`: spelling → name of the service.
    """

    def __init__(self, synonyms: Mapping[str, str], services: Mapping[str, str]) -> None:
        self._replacements = {simplify(a): simplify(b) for a, b in synonyms.items()}
        self._services = {simplify(a): name for a, name in services.items()}
        spellings = {*self._replacements, *self._services} - {""}
        self._spelling = _any_of(spellings) if spellings else None
        # A quick test that most questions fail: the first two characters of any spelling.
        self._beginnings = {(spelling[0], spelling[1:2]) for spelling in spellings}
        self._is_to_be_searched = any(len(spelling) == 1 for spelling in spellings)
        self._initials = {
            spelling: word
            for spelling, word in self._replacements.items()
            if _INITIALS_ONLY.fullmatch(spelling)
        }

    def read(self, question: str) -> Reading:
        """Split a question into tokens and syllables."""
        text = simplify(without_denied(question[:LONGEST_QUESTION]))
        # Before `plain`: the encoder does not know initials (yzm), either.
        plain = text = _LATIN.sub(lambda match: self._expand_initials(match.group()), text)
        services: list[str] = []
        if self._spelling is not None and (
            self._is_to_be_searched or not self._beginnings.isdisjoint(pairwise(text))
        ):
            text = self._spelling.sub(lambda match: self._replace(match.group(), services), text)
        tokens = tuple(_tokens(text))
        return Reading(tokens, tuple(_syllables(tokens)), _is_pinyin(text), tuple(services), plain)

    def read_clauses(self, question: str) -> list[Reading]:
        """Read the clauses of a question with pauses; empty for a single clause."""
        clauses = _clauses(question, shortest=2)
        return [] if len(clauses) < 2 else [self.read(clause) for clause in clauses]

    def read_parts(self, question: str) -> list[Reading]:
        """Read the clauses of a long question, and each pair of neighbouring ones.

        Empty for a single clause.
        """
        clauses = _clauses(question, shortest=_SHORTEST_CLAUSE)
        if len(clauses) < 2:
            return []
        pairs = [f"{a}，{b}" for a, b in pairwise(clauses)]
        return [self.read(part) for part in (*clauses, *(pairs if len(clauses) > 2 else ()))]

    def _expand_initials(self, letters: str) -> str:
        """Replace concatenated initials by their words (yzmsbd); other letters are kept."""
        if not self._initials or _INITIALS_ONLY.fullmatch(letters) is None:
            return letters
        words: list[str | None] = ["", *[None] * len(letters)]
        for start in range(len(letters)):
            before = words[start]
            if before is None:
                continue
            # The earliest start wins, so the longest word that ends here.
            for end in range(start + 2, len(letters) + 1):
                word = self._initials.get(letters[start:end])
                if word is not None and words[end] is None:
                    words[end] = before + word
        return words[-1] or letters

    def _replace(self, spelling: str, services: list[str]) -> str:
        service = self._services.get(spelling)
        if service is None:
            return self._replacements[spelling]
        services.append(service)
        return SERVICE


def _any_of(spellings: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern for the longest spelling, outside of longer Latin words and numbers.

    A letter next to a digit does not extend a word: windows11, 12306app. Branches are grouped by
    the first character so that the search skips every other character quickly.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for spelling in sorted(spellings, key=len, reverse=True):
        alike = _alike(spelling[-1])
        groups[spelling[0]].append(re.escape(spelling[1:]) + (f"(?!{alike})" if alike else ""))
    branches = []
    for first, rests in groups.items():
        alike = _alike(first)
        begin = f"(?<!{alike}{first})" if alike else ""
        branches.append(f"{re.escape(first)}{begin}(?:{'|'.join(rests)})")
    return re.compile("|".join(branches))


def _alike(character: str) -> str:
    """Return a pattern of the characters that continue a word or number ending in this one."""
    if not character.isascii():
        return ""
    return "[a-z]" if character.isalpha() else "[0-9]" if character.isdigit() else ""


def _clauses(question: str, *, shortest: int) -> list[str]:
    """Return the first `MOST_CLAUSES` clauses of at least this many characters."""
    parts = _PAUSE.split(without_denied(question[:LONGEST_QUESTION]))
    return [part for part in parts if len(part) >= shortest][:MOST_CLAUSES]


def _tokens(text: str) -> list[str]:
    raw: list[str] = _TOKEN.findall(text)
    if max(map(len, raw), default=0) < _LONG_NUMBER:
        return raw
    tokens: list[str] = []
    for token in raw:
        if len(token) >= _LONG_NUMBER and token.isdigit():
            if len(token) == _PHONE_LENGTH:
                tokens.append(token[:3])  # The number range is informative.
            tokens.append(NUMBER)
        else:
            tokens.append(token)
    return tokens


def _syllables(tokens: tuple[str, ...]) -> list[str]:
    tables = _syllable_tables
    has_words = not tables.words.keys().isdisjoint(pairwise(tokens))
    alone: list[Any] = [*map(tables.characters.get, tokens)]
    if not has_words and None not in alone:
        return alone
    syllables: list[str] = []
    skip = False
    for position, token in enumerate(tokens):
        if skip:
            skip = False
        elif has_words and (word := tables.words.get(tokens[position : position + 2])):
            syllables.extend(word)
            skip = True
        elif (syllable := alone[position]) is not None:
            syllables.append(syllable)
        elif token.isascii() and token.isalpha():
            syllables.extend(map(_fold, split_pinyin(token) or [token]))
        else:
            syllables.append(token)
    return syllables


def _fold(syllable: str) -> str:
    initial = syllable[:2]
    if initial in _INITIALS:
        syllable = _INITIALS[initial] + syllable[2:]
    if syllable.endswith("ng"):
        syllable = syllable[:-1]
    return syllable.replace("v", "u")


@lru_cache(4096)
def split_pinyin(word: str) -> tuple[str, ...] | None:
    """Split `shoubudao` into `(shou, bu, dao)`, the fewest syllables; None if impossible."""
    if len(word) > _LONGEST_PINYIN_WORD:
        return None
    spelt = _syllable_tables.spelt
    best: list[list[str] | None] = [[], *[None] * len(word)]
    for start in range(len(word)):
        before = best[start]
        if before is None:
            continue
        for end in range(min(len(word), start + _LONGEST_SYLLABLE), start, -1):
            if word[start:end] in spelt:
                longer = [*before, word[start:end]]
                shortest = best[end]
                if shortest is None or len(longer) < len(shortest):
                    best[end] = longer
    return None if best[-1] is None else tuple(best[-1])


class _SyllableTables:
    """Hold the character tables with folded syllables, built at the first use."""

    @cached_property
    def characters(self) -> dict[str, str]:
        """Return character → folded syllable."""
        folded = {reading: _fold(reading) for reading in set(characters.readings()[0].values())}
        return {c: folded[reading] for c, reading in characters.readings()[0].items()}

    @cached_property
    def words(self) -> dict[tuple[str, ...], list[str]]:
        """Return two characters → the folded syllables of their word, if irregular."""
        words = characters.readings()[1]
        return {tuple(word): [*map(_fold, reading)] for word, reading in words.items()}

    @cached_property
    def spelt(self) -> frozenset[str]:
        """Return every syllable as users type it: ü also as u."""
        spelt = set(characters.readings()[0].values())
        return frozenset(spelt | {syllable.replace("v", "u") for syllable in spelt})


_syllable_tables = _SyllableTables()


def _is_pinyin(text: str) -> bool:
    """Return whether the text has at most one Han character and nearly only syllables."""
    words = _LATIN.findall(text)
    letters = sum(map(len, words)) if words else 0
    if letters < 6 or len(_HAN.findall(text)) >= 2:
        return False
    spoken = sum(len(word) for word in words if split_pinyin(word))
    return spoken >= 0.8 * letters
