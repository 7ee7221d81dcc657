"""Compare a candidate with the register: what it is the same as, and what it is like."""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from miniprogram_api.names import divisions
from miniprogram_api.names.divisions import Division
from miniprogram_api.names.findings import Finding, Part
from miniprogram_api.names.folding import fold
from miniprogram_api.names.likeness import NOTES, Likeness, explained, likeness
from miniprogram_api.names.lists import KNOWN, Lists
from miniprogram_api.names.parts import Parts
from miniprogram_api.names.register import keys
from miniprogram_api.names.sameness import Sameness, TradeJudge, Trades, is_identical, sameness
from miniprogram_api.texts import text
from models import names as stored_names
from models.names import Entry

MOST_AGAINST = 5
"""Other names that a candidate is told."""
# Rows that are read for one candidate in one city, of each kind of look-up.
_MOST_ALIKE, _MOST_EQUAL, _MOST_CONTAINING = 400, 200, 200
# Names with a pair of characters among which those with all pairs of a word are looked for.
_MOST_OF_PAIR = 2_000

_UNNAMED = frozenset({"reserved", "pending"})
"""States in which the name of others stays unknown."""

INVESTORS, NO_INDUSTRY = "same.investors", "similar.no_industry"
RELATED_TRADE, OTHER_TRADE = "similar.related_trade", "similar.other_trade"
_ORDER: tuple[str, ...] = (
    *Sameness,
    INVESTORS,
    NO_INDUSTRY,
    RELATED_TRADE,
    *Likeness,
    OTHER_TRADE,
)
# The rules of the same word where the trades are not the same.
_OTHER_WISE = {
    Trades.VAGUE: NO_INDUSTRY,
    Trades.RELATED: RELATED_TRADE,
    Trades.DIFFERENT: OTHER_TRADE,
}


@dataclass(frozen=True)
class Scope:
    """The cities whose names are compared, by code, and how they are called together."""

    cities: tuple[str, ...]
    label: str


@dataclass(frozen=True)
class _Hit:
    """A collision; hits are told in the order of their rules, then of the names."""

    rule: str
    entry: Entry
    explanation: str = ""

    @property
    def rank(self) -> tuple[int, int, str]:
        """Return the place in the order; one that may be named comes first."""
        return _ORDER.index(self.rule), self.entry.status in _UNNAMED, self.entry.name


def date() -> datetime.date | None:
    """Return the day of the register's content; None without a register."""
    state = stored_names.library()
    return None if state is None else state.library_date


def is_sample() -> bool:
    """Return whether the register is the small one that is shipped to try the product."""
    state = stored_names.library()
    return state is not None and state.is_sample


def scope_of(seat: Division) -> Scope:
    """Return where names are compared for a seat.

    In its city; in a whole municipality; in all cities of a province for its own authority.
    """
    code = seat.city.code
    if seat.city.level > 1 or code[:2] in divisions.MUNICIPALITIES:
        return Scope((code,), seat.city.name)
    within = (d for d in divisions.by_code().values() if d.code[:2] == code[:2])
    cities = dict.fromkeys(division.city.code for division in within)
    return Scope(tuple(cities), text("names.scope.province", name=seat.name))


def compare(
    parts: Parts, *, lists: Lists, scope: Scope, investors: Iterable[str], today: datetime.date
) -> tuple[Finding, ...]:
    """Return what a candidate collides with there, at most MOST_AGAINST findings.

    ``investors`` are names of investors: with one of the same word (字号) a refusal for that word
    becomes a hint, but for an identical name.
    """
    if not parts.word:
        return ()
    hits = _hits(parts, lists, scope, investors, today)
    return (*_known(parts, lists), *(_finding(parts, lists, hit) for hit in hits))


def entries(
    parts: Parts, *, lists: Lists, scope: Scope, investors: Iterable[str], today: datetime.date
) -> tuple[Entry, ...]:
    """Return what the register holds of the names that `compare` tells, for staff alone."""
    if not parts.word:
        return ()
    return tuple(hit.entry for hit in _hits(parts, lists, scope, investors, today))


def _hits(
    parts: Parts, lists: Lists, scope: Scope, investors: Iterable[str], today: datetime.date
) -> list[_Hit]:
    """Return the gravest collisions, at most MOST_AGAINST."""
    known_investors = tuple(filter(None, map(fold, investors)))
    judge = TradeJudge(parts, lists)
    hits = {
        hit.entry.digest: hit
        for entry in _candidates(parts, judge, lists, scope, today)
        if (hit := _hit(parts, judge, entry, known_investors))
    }
    return sorted(hits.values(), key=lambda hit: hit.rank)[:MOST_AGAINST]


def _candidates(
    parts: Parts, judge: TradeJudge, lists: Lists, scope: Scope, today: datetime.date
) -> Iterator[Entry]:
    """Yield the names of the register that may collide, some twice."""
    # A candidate without a trade, or one that no list knows, is like names of any trade.
    trades = None
    if parts.industry_class and not judge.is_vague:
        codes = {parts.industry_class, *lists.equal_classes(parts.industry)}
        trades = [0, *sorted(map(keys.trade_number, codes))]
    for code in _cities_of_full_name(parts, scope):
        # However the register cut it.
        yield from stored_names.with_digest(keys.digest(code, fold(parts.name)), today)
    for code in scope.cities:
        city = int(code)
        same = [keys.of_word(city, parts.word)]
        yield from stored_names.candidates(same, trades, today, _MOST_EQUAL)
        if trades is not None:
            yield from stored_names.candidates(same, None, today, _MOST_EQUAL)
        yield from stored_names.candidates(
            keys.to_search(city, parts.word), trades, today, _MOST_ALIKE
        )
        yield from _containing(city, parts.word, trades, today)


def _cities_of_full_name(parts: Parts, scope: Scope) -> tuple[str, ...]:
    """Return where the same full name may be: with a province's name, in all its cities."""
    named = divisions.by_spelling().get(parts.division, ())
    provinces = [one for one in named if one.level == 1]
    others = [code for province in provinces for code in scope_of(province).cities]
    return tuple(dict.fromkeys([*scope.cities, *others]))


def _containing(
    city: int, word: str, trades: Sequence[int] | None, today: datetime.date
) -> Iterator[Entry]:
    """Yield names whose longer word contains this one, written or read alike."""
    pairs = keys.pairs(word)
    if not pairs:
        return
    found: set[int] | None = None
    for pair in pairs:
        ids = stored_names.ids_with_key(keys.of_pair(city, pair), trades, _MOST_OF_PAIR)
        # A key that was not read to its end excludes nothing.
        if found is None:
            found = set(ids)
        elif len(ids) < _MOST_OF_PAIR:
            found &= set(ids)
    yield from stored_names.by_ids(sorted(found or ())[:_MOST_CONTAINING], today)
    if len(word) >= keys.TRIPLE:
        triples = [keys.of_triple(city, sound) for sound in keys.first_triples(word)]
        yield from stored_names.candidates(triples, trades, today, _MOST_CONTAINING)


def _hit(parts: Parts, judge: TradeJudge, entry: Entry, investors: tuple[str, ...]) -> _Hit | None:
    """Return how a candidate and a name of the register collide."""
    trades = judge.relation(entry.industry, entry.industry_class)
    if entry.word == parts.word or is_identical(parts, entry):
        return _same_word(parts, entry, trades, investors)
    way = likeness(parts.word, entry.word)
    if way is None or trades in (Trades.DIFFERENT, Trades.RELATED):
        return None
    rule = NO_INDUSTRY if trades is not Trades.SAME and way not in NOTES else way
    return _Hit(rule, entry, explained(way, parts.word, entry.word))


def _same_word(parts: Parts, entry: Entry, trades: Trades, investors: tuple[str, ...]) -> _Hit:
    same = sameness(parts, entry, trades)
    if same is None:
        return _Hit(_OTHER_WISE[trades], entry, entry.industry)
    if same is not Sameness.IDENTICAL and _is_invested(entry, parts.word, investors):
        return _Hit(INVESTORS, entry)
    return _Hit(same, entry)


def _is_invested(entry: Entry, word: str, investors: tuple[str, ...]) -> bool:
    """Return whether an investor is the other enterprise, or has the same word in its name."""
    name = fold(entry.name)
    return any(
        investor == name or (word in investor and len(investor) > len(word))
        for investor in investors
    )


def _finding(parts: Parts, lists: Lists, hit: _Hit) -> Finding:
    is_named = hit.entry.status not in _UNNAMED
    against = hit.entry.name if is_named else text("names.reserved")
    # An explanation would spell out the other word.
    value = hit.explanation if is_named else parts.word
    part = Part.NAME if hit.rule == Sameness.IDENTICAL else Part.WORD
    return lists.finding(hit.rule, part, against, value=value)


def _known(parts: Parts, lists: Lists) -> Iterator[Finding]:
    """Yield what the word has in common with well-known names, which editors list."""
    for word in sorted(lists.words_of(KNOWN)):
        way = likeness(parts.word, word)
        if way is not None and way not in NOTES:
            yield lists.finding(KNOWN, Part.WORD, word, value=explained(way, parts.word, word))
