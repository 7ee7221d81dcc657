"""Compare what a text says about number ranges with their table."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache

from faq.content import claims
from faq.content.claims import RangeClaim
from faq.content.entries import Entry, Variant
from faq.diagnosis.asker_states import RANGE_CLOSED, RANGE_OPEN
from miniprogram_api.phones import ranges
from miniprogram_api.phones.ranges import NumberRange
from miniprogram_api.reasons import Refused
from miniprogram_api.texts.sentences import day_in_words

_range_claims = lru_cache(maxsize=256)(claims.range_claims)


def closed_of(prefix: str, listed: Sequence[NumberRange], day: date) -> list[NumberRange]:
    """Return the ranges unsupported on a day that contain this one or are parts of it."""
    containing = [r for r in listed if prefix.startswith(r.prefix)]
    nearest = max(containing, key=lambda r: len(r.prefix), default=None)
    parts = [r for r in listed if r.prefix.startswith(prefix) and r is not nearest]
    return [r for r in (nearest, *parts) if r is not None and r.is_unsupported_on(day)]


def is_true(claim: RangeClaim, listed: Sequence[NumberRange], day: date) -> bool:
    """Return whether the table says the same about a range on a day."""
    if claim.day is None:
        return claim.is_open is not bool(closed_of(claim.prefix, listed, day))
    return any(claim.is_of(r.supported_from) for r in listed if claim.prefix.startswith(r.prefix))


def agrees_with_ranges(text: str, day: date, segment: str = "") -> bool:
    """Return whether all that a text says about number ranges is true on a day.

    `about`: prefixes that the text must speak of, separated by any other character.
    """
    listed, stated = ranges.list_ranges(), _range_claims(text)
    if not all(is_true(claim, listed, day) for claim in stated):
        return False
    prefixes = [claim.prefix for claim in stated]
    return all(_overlaps(prefix, prefixes) for prefix in re.findall(r"\d+", segment))


def _overlaps(prefix: str, others: list[str]) -> bool:
    """Return whether one of the prefixes is a part of this one, or contains it."""
    return any(prefix.startswith(other) or other.startswith(prefix) for other in others)


def variant_for(entry: Entry, state: str, values: Mapping[str, str], day: date) -> Variant | None:
    """Return the text of an entry for a state; None if its general text is right.

    An entry that says the same about a number range as the table keeps its general text.
    """
    is_about_ranges, segment = state in (RANGE_CLOSED, RANGE_OPEN), values.get("segment", "")
    if is_about_ranges and agrees_with_ranges(entry.message, day, segment):
        return None
    return entry.variants.get(state)


def closed_range(refused: Refused) -> dict[str, str]:
    """Return the values for the state of a refused number range."""
    values = {"segment": str(refused.details.get("segment", ""))}
    opening = refused.details.get("supported_from")
    if opening is not None:
        day = opening if isinstance(opening, date) else date.fromisoformat(opening)
        values["day"] = day_in_words(day)
    return values
