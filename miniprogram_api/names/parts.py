"""The four parts of a name, and the cut of a typed full name into them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from miniprogram_api.names import divisions, forms
from miniprogram_api.names.divisions import Division
from miniprogram_api.names.findings import Part, Subject
from miniprogram_api.names.folding import fold
from miniprogram_api.names.lists import Lists
from miniprogram_api.texts import invalid, text

_BRACKETS = re.compile("（([^（）]+)）")
ZONE = re.compile(
    "(?:经济技术|高新技术产业|高新|经济|综合|产业|旅游|工业)?"
    "(?:开发区|高新区|经开区|垦区|保税区|示范区|试验区|度假区)"
)
_SUFFIXES = ("省", "市", "区", "县", "旗", "盟", "州")
_SHORTEST_WORD = 2
# 长沙雨花区, but not 长沙市雨花区块链: these begin other words.
_DISTRICT_SUFFIXES, _AFTER_DISTRICT, _SHORTEST_WRITTEN = ("区", "县"), ("块链", "域", "间"), 5
LONGEST_NAME = 60
"""Characters of a name that are read."""


class Place(StrEnum):
    """Where the division stands; not at the front it stands in brackets."""

    FRONT = "front"
    AFTER_WORD = "after_word"
    AFTER_INDUSTRY = "after_industry"


@dataclass(frozen=True)
class Parts:
    """The parts of a name, folded (`names.folding`).

    ``division`` is as it stands in the name, without brackets; empty without one. ``district``:
    the six-digit code of the seat, empty if unknown. ``industry_class``: of GB/T 4754, empty if
    unknown. ``form`` has its brackets: 中心（有限合伙）.
    """

    division: str
    district: str
    word: str
    industry: str
    industry_class: str
    form: str
    place: Place = Place.FRONT

    @property
    def name(self) -> str:
        """Return the whole name."""
        front, word, end = self.division, "", ""
        if self.place is not Place.FRONT:
            front, bracketed = "", f"（{self.division}）"
            word, end = (bracketed, "") if self.place is Place.AFTER_WORD else ("", bracketed)
        return f"{front}{self.word}{word}{self.industry}{end}{self.form}"


@dataclass(frozen=True)
class Uncertain:
    """A part whose cut is uncertain: why, and how else the name may be cut."""

    part: Part
    message: str
    alternatives: tuple[Parts, ...] = ()


@dataclass(frozen=True)
class Cut:
    """A name that was cut."""

    parts: Parts
    uncertain: tuple[Uncertain, ...]


def cut_typed(name: str, district: str | None, lists: Lists) -> Cut:
    """Cut a typed name. Raises Refused INVALID_INPUT for an empty name or an unknown district."""
    if not fold(name):
        raise invalid("names.name.required")
    seat = divisions.seat_of(district).code if district and fold(district) else ""
    return cut(name, lists, seat)


@dataclass(frozen=True)
class _Bare:
    """A name without form and brackets: what stands before the brackets, and after them."""

    before: str
    after: str
    form: str
    bracketed: str


def cut(name: str, lists: Lists, district: str = "") -> Cut:
    """Cut a full name; ``district``: the code of the seat, if known.

    What cannot be told from the name alone is listed as uncertain, with the other ways to cut.
    """
    bare = _bare(fold(name)[:LONGEST_NAME])
    seat = divisions.by_code().get(district)
    if bare.bracketed:
        place = Place.AFTER_WORD if bare.after else Place.AFTER_INDUSTRY
        ways = [_parts(bare, bare.bracketed, bare.before, lists, district, place)]
    else:
        ways = [
            _parts(bare, division, rest, lists, district, Place.FRONT)
            for division, rest in _fronts(bare.before, seat, lists)
        ]
    best, *others = ways
    return Cut(best, tuple(_doubts(best, others, lists)))


def _bare(name: str) -> _Bare:
    form = forms.at_end(name)
    rest = name.removesuffix(form)
    for found in _BRACKETS.finditer(rest):
        if divisions.by_spelling().get(found[1]):
            return _Bare(rest[: found.start()], rest[found.end() :], form, found[1])
    return _Bare(rest, "", form, "")


def _fronts(rest: str, seat: Division | None, lists: Lists) -> list[tuple[str, str]]:
    """Return the divisions that the text may begin with, each with what follows, best first."""
    found = [
        (rest[:length], rest[length:])
        for length in range(len(rest), 1, -1)
        if rest[:length] in divisions.by_spelling()
    ]
    ways = [*_ordered(found, seat, lists)]
    return [_with_zone(*way) for way in ways] or [_with_zone("", rest)]


def _ordered(
    found: list[tuple[str, str]], seat: Division | None, lists: Lists
) -> Iterator[tuple[str, str]]:
    """Yield the ways to divide, those with a usable rest and at the seat first."""

    def rank(way: tuple[str, str]) -> tuple[bool, bool, bool, int]:
        spelling, rest = way
        named = divisions.by_spelling().get(spelling, ())
        away = seat is not None and not any(seat.is_within(division) for division in named)
        lacks_word = len(_word_of(rest, lists)) < _SHORTEST_WORD
        return (lacks_word, bool(spelling) and away, _is_word(spelling, lists), -len(spelling))

    if not found:
        return
    if _is_sure(*found[0]):
        yield found[0]
        return
    whole = "".join(found[0])
    ways = sorted([*found, ("", whole)], key=rank)
    first = ways[0]
    yield first
    for way in ways[1:]:
        # Any other way is a question only where one of the two may be a plain word.
        longer = max(first[0], way[0], key=len)
        if _is_doubtful(longer, lists) and len(way[1]) >= _SHORTEST_WORD:
            yield way


def _is_sure(spelling: str, rest: str) -> bool:
    """Return whether a text begins with a city and its district, written out: 长沙市岳麓区."""
    is_written_out = spelling.endswith(_DISTRICT_SUFFIXES) and len(spelling) >= _SHORTEST_WRITTEN
    return is_written_out and not rest.startswith(_AFTER_DISTRICT)


def _is_doubtful(spelling: str, lists: Lists) -> bool:
    """Return whether a spelling may be a plain word: a short name of a county or with a meaning."""
    named = divisions.by_spelling().get(spelling, ())
    if not named or spelling.endswith(_SUFFIXES):
        return False
    return spelling in lists.allowed or _are_counties(named)


def _is_word(spelling: str, lists: Lists) -> bool:
    """Return whether a spelling is rather a plain word: a county's short name with a meaning."""
    named = divisions.by_spelling().get(spelling, ())
    if not _is_doubtful(spelling, lists) or not _are_counties(named):
        return False
    return any(division.short in lists.allowed for division in named)


def _are_counties(named: tuple[Division, ...]) -> bool:
    return all(division.level > 2 for division in named)


def _word_of(rest: str, lists: Lists) -> str:
    word, _industry = _split(rest, lists, shortest=2)
    return word


def _with_zone(division: str, rest: str) -> tuple[str, str]:
    """Add a zone such as 经济技术开发区 to the division in front of it."""
    zone = ZONE.match(rest)
    if zone is None or len(rest) - zone.end() < _SHORTEST_WORD:
        return division, rest
    return division + zone[0], rest[zone.end() :]


def _parts(
    bare: _Bare, division: str, rest: str, lists: Lists, district: str, place: Place
) -> Parts:
    is_company = forms.subject_of(bare.form) is Subject.COMPANY
    if bare.after:
        word, industry = rest, bare.after
    else:
        word, industry = _split(rest, lists, shortest=2 if is_company else 1)
    code = lists.class_of(industry)
    return Parts(division, district, word, industry, code, bare.form, place)


def _split(rest: str, lists: Lists, *, shortest: int) -> tuple[str, str]:
    """Split into word and industry, as many known trade words from the end as leave a word."""
    end = len(rest)
    while end > 0:
        least = shortest if end == len(rest) else 2
        known = lists.trade_at_end(rest[:end], least, longest=end - _SHORTEST_WORD)
        if not known:
            break
        end -= len(known)
    if end == len(rest) and (known := lists.trade_at_end(rest)):
        # All of it is a trade.
        end -= len(known)
    return rest[:end], rest[end:]


def _doubts(best: Parts, others: list[Parts], lists: Lists) -> Iterator[Uncertain]:
    if others:
        yield Uncertain(Part.DIVISION, text("names.uncertain.division"), tuple(others))
    elif not best.division:
        yield Uncertain(Part.DIVISION, text("names.uncertain.no_division"))
    if not best.industry:
        yield Uncertain(Part.INDUSTRY, text("names.uncertain.no_industry"))
    else:
        shorter = tuple(_with_longer_word(best, lists))
        if shorter:
            yield Uncertain(Part.INDUSTRY, text("names.uncertain.industry"), shorter)
    if not best.form:
        yield Uncertain(Part.FORM, text("names.uncertain.no_form"))


def _with_longer_word(parts: Parts, lists: Lists) -> Iterator[Parts]:
    """Yield the cuts that leave more of the industry's first words to the word."""
    words = lists.trade_words(parts.industry)
    if "".join(words) != parts.industry or parts.place is Place.AFTER_WORD:
        return
    for count in range(1, len(words)):
        moved = "".join(words[:count])
        industry = parts.industry.removeprefix(moved)
        if lists.class_of(industry):
            yield replace(
                parts,
                word=parts.word + moved,
                industry=industry,
                industry_class=lists.class_of(industry),
            )
