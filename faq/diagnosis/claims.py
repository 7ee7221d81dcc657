"""Facts that a text spells out although a table knows them: the number ranges.

The patterns are under `claims` in the locale file.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache, lru_cache
from itertools import zip_longest
from typing import NamedTuple

from faq.content.entries import Entry
from faq.diagnosis.states import RANGE_CLOSED, RANGE_OPEN, said
from miniprogram_api.phones import ranges
from miniprogram_api.reasons import Refused
from miniprogram_api.texts import template
from miniprogram_api.texts.sentences import day_in_words


class RangeClaim(NamedTuple):
    """The claim that a number range can or cannot be used."""

    prefix: str
    is_open: bool


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(template(f"claims.{name}"))


@lru_cache(maxsize=256)
def range_claims(text: str) -> tuple[RangeClaim, ...]:
    """Return what a text says about number ranges: 199号段暂不支持, 166、192号段已开通."""
    return tuple(_range_claims(text))


def _range_claims(text: str) -> Iterator[RangeClaim]:
    for sentence in _pattern("sentence").findall(text):
        named = [*_pattern("ranges").finditer(sentence)]
        for found, following in zip_longest(named, named[1:]):
            end = len(sentence) if following is None else following.start()
            said = _pattern("usable").search(sentence, found.end(), end)
            if said is not None:
                is_open = said.lastgroup == "open"
                yield from (RangeClaim(p, is_open) for p in re.findall(r"\d+", found[0]))


def agrees_with_ranges(text: str, day: date, about: str = "") -> bool:
    """Return whether all that a text says about number ranges is true on a day.

    `about`: prefixes that the text must speak of, separated by any other character.
    """
    closed = [r.prefix for r in ranges.list_ranges() if r.is_unsupported_on(day)]
    claims = range_claims(text)
    if any(_overlaps(claim.prefix, closed) is claim.is_open for claim in claims):
        return False
    told = [claim.prefix for claim in claims]
    return all(_overlaps(prefix, told) for prefix in re.findall(r"\d+", about))


def _overlaps(prefix: str, others: list[str]) -> bool:
    """Return whether one of the prefixes is a part of this one, or contains it."""
    return any(prefix.startswith(other) or other.startswith(prefix) for other in others)


def text_for(entry: Entry, state: str, values: Mapping[str, str], day: date) -> tuple[str, ...]:
    """Return answer and steps of an entry for a state; empty if its general text is right.

    An entry that says the same about a number range as the table keeps its general text.
    """
    is_about_ranges, about = state in (RANGE_CLOSED, RANGE_OPEN), values.get("segment", "")
    if is_about_ranges and agrees_with_ranges(entry.message, day, about):
        return ()
    return said(entry.variants.get(state), values)


def closed_range(refused: Refused) -> dict[str, str]:
    """Return the values for the state of a refused number range."""
    values = {"segment": str(refused.details.get("segment", ""))}
    opening = refused.details.get("supported_from")
    if opening is not None:
        day = opening if isinstance(opening, date) else date.fromisoformat(opening)
        values["day"] = day_in_words(day)
    return values
