"""The administrative divisions from counties up, found by code or by any of their names.

A name of an enterprise begins with the division of its seat or one above it, in full or short:
浙江, 杭州市, 杭州西湖, 杭州市西湖区.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from miniprogram_api.names.folding import fold
from miniprogram_api.texts import invalid

_FILE = Path(__file__).with_name("divisions.tsv")
MUNICIPALITIES = frozenset({"11", "12", "31", "50"})
"""Beginnings of the codes of the municipalities, whose districts have no city between."""
_URBAN = "区"


@dataclass(frozen=True)
class Division:
    """A province, city or county with its six-digit code."""

    code: str
    name: str
    short: str

    @property
    def level(self) -> int:
        """Return 1 for a province, 2 for a city, 3 for a county."""
        if self.code.endswith("0000"):
            return 1
        return 2 if self.code.endswith("00") else 3

    @cached_property
    def above(self) -> tuple["Division", ...]:
        """Return the divisions that it belongs to, the province first."""
        codes = dict.fromkeys((f"{self.code[:2]}0000", f"{self.code[:4]}00"))
        return tuple(by_code()[code] for code in codes if code in by_code() and code != self.code)

    @cached_property
    def city(self) -> "Division":
        """Return its city with districts: a municipality, a city, or a county without a city.

        A province is its own.
        """
        if self.level == 1:
            return self
        if self.code[:2] in MUNICIPALITIES:
            return by_code()[f"{self.code[:2]}0000"]
        return by_code().get(f"{self.code[:4]}00", self)

    @cached_property
    def path(self) -> str:
        """Return the full name with the divisions above it, such as 浙江省杭州市西湖区."""
        return "".join(division.name for division in (*self.above, self))

    @property
    def is_urban(self) -> bool:
        """Return whether it is a district of a city (市辖区), which a name cannot begin with."""
        return self.level == 3 and self.name.endswith(_URBAN)

    def is_within(self, other: "Division") -> bool:
        """Return whether it is the other division or belongs to it."""
        return other == self or other in self.above


@cache
def by_code() -> dict[str, Division]:
    """Index the divisions by code, in order."""
    lines = _FILE.read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return {code: Division(code, name, short) for code, name, short in rows}


@cache
def by_spelling() -> dict[str, tuple[Division, ...]]:
    """Index by every spelling that a name may begin with, the higher divisions first."""
    found: dict[str, dict[Division, None]] = {}
    for division in sorted(by_code().values(), key=lambda d: (d.level, d.code)):
        own = (division.name, division.short)
        spellings = dict.fromkeys(own)
        for first in division.above:
            for start in (first.name, first.short):
                spellings |= dict.fromkeys(start + end for end in own)
        if len(division.above) > 1:
            province, city = division.above
            for start in (province.name + city.name, province.short + city.short):
                spellings |= dict.fromkeys(start + end for end in own)
        for spelling in spellings:
            found.setdefault(spelling, {})[division] = None
    return {spelling: tuple(divisions) for spelling, divisions in found.items()}


def find(typed: str) -> tuple[Division, ...]:
    """Return the divisions with this code, name or path; several for 朝阳区, none if unknown."""
    if typed in by_code():
        return (by_code()[typed],)
    found = by_spelling().get(typed, ())
    # 吉林 is a province and a city, 海南 a province and a prefecture: the higher one is meant.
    highest = min((division.level for division in found), default=0)
    return tuple(division for division in found if division.level == highest)


def seat_of(district: str) -> Division:
    """Return the division with this code or name. Raises Refused INVALID_INPUT on district."""
    typed = fold(district)
    if not typed:
        raise invalid("names.district.required")
    found = find(typed)
    if not found:
        raise invalid("names.district.unknown")
    if len(found) > 1:
        raise invalid("names.district.ambiguous", paths="、".join(d.path for d in found[:5]))
    return found[0]


@cache
def below(code: str) -> tuple[Division, ...]:
    """Return the divisions one level below; the provinces for an empty code."""
    return tuple(
        division
        for division in by_code().values()
        if (division.above[-1].code if division.above else "") == code
    )
