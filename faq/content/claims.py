"""Find what a text says about facts that tables know.

These are: number ranges, the day of their opening, opening hours and phones of windows, limits. The
patterns are in the locale file (`claims`).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from miniprogram_api.texts import words

_PATTERNS = {name: re.compile(pattern) for name, pattern in words("claims.patterns").items()}
# The last word is another one for two.
NUMBERS = dict(zip(words("claims")["numbers"], (*range(1, 11), 2), strict=True))
_NUMBER = rf"(\d+|[{''.join(NUMBERS)}])"
_LIMITS = {
    name: re.compile(pattern.replace("<n>", _NUMBER))
    for name, pattern in words("claims.limits").items()
}
_PREFIX = re.compile(r"(?<![\d-])1[3-9]\d{1,5}(?!\d)")


@dataclass(frozen=True, slots=True)
class RangeClaim:
    """Say that phones with `prefix` are open, or open from a day (`year` None: not told)."""

    clause: str
    prefix: str
    is_open: bool
    year: int | None = None
    month: int | None = None
    day: int | None = None

    def is_of(self, day: date | None) -> bool:
        """Return whether the claimed day is this one."""
        if day is None or (self.month, self.day) != (day.month, day.day):
            return False
        return self.year in (None, day.year)


@dataclass(frozen=True, slots=True)
class Hours:
    """Name times of opening in minutes of the day; `weekend`: also on days off."""

    clause: str
    spans: frozenset[tuple[int, int]]
    weekend: bool


@dataclass(frozen=True, slots=True)
class Phone:
    """Name the phone of an office by its digits."""

    clause: str
    digits: str


@dataclass(frozen=True, slots=True)
class LimitClaim:
    """Name the number of a limit (`claims.facts`)."""

    clause: str
    name: str
    number: int


def range_claims(text: str) -> tuple[RangeClaim, ...]:
    """Return what a text says about number ranges; a condition or a question says nothing."""
    range_claims: list[RangeClaim] = []
    for sentence in _sentences(text):
        if not _PATTERNS["ranges"].search(sentence):
            continue
        pending: list[str] = []
        for clause in _PATTERNS["clauses"].split(sentence):
            named = _PREFIX.findall(clause)
            claims = _claims_of(clause, named or pending)
            range_claims += claims
            # 199号段，现在已经开通: the next clause tells what holds.
            is_open_end = not claims and not _PATTERNS["unsure"].search(clause)
            pending = named if is_open_end else []
    return tuple(range_claims)


def _claims_of(clause: str, prefixes: list[str]) -> list[RangeClaim]:
    """Return what a clause says about these prefixes."""
    if not prefixes or _PATTERNS["unsure"].search(clause):
        return []
    closed = _PATTERNS["closed"].search(clause) is not None
    if not closed and not _PATTERNS["open"].search(clause):
        return []
    day = _PATTERNS["day"].search(clause)
    if day is None:
        return [RangeClaim(clause, prefix, not closed) for prefix in prefixes]
    year, month, number = (None if value is None else int(value) for value in day.groups())
    return [RangeClaim(clause, prefix, not closed, year, month, number) for prefix in prefixes]


def hours_claims(text: str) -> list[Hours]:
    """Return the opening hours that the sentences about offices name."""
    opening_hours = []
    for sentence in _sentences(text):
        if not _PATTERNS["offices"].search(sentence):
            continue
        weekend = _PATTERNS["weekend"].search(sentence) is not None
        weekend = weekend and not _PATTERNS["closed_weekend"].search(sentence)
        spans = spans_in(sentence)
        if spans or weekend:
            opening_hours.append(Hours(sentence, spans, weekend))
    return opening_hours


def spans_in(text: str) -> frozenset[tuple[int, int]]:
    """Return the times from … to in a text, in minutes of the day."""
    text = unicodedata.normalize("NFKC", text)
    return frozenset(
        (
            _minutes(span["from"], span["from_minute"], span["noon"]),
            _minutes(span["to"], span["to_minute"], span["later"] or span["noon"]),
        )
        for span in _PATTERNS["span"].finditer(text)
    )


def is_open_on_weekends(hours: str) -> bool:
    """Return whether the hours of a window name days off."""
    return _PATTERNS["open_weekend"].search(hours) is not None


def phone_claims(text: str) -> list[Phone]:
    """Return the phones that the sentences about offices name."""
    return [
        Phone(sentence, digits)
        for sentence in _sentences(text)
        if _PATTERNS["offices"].search(sentence) and _PATTERNS["calls"].search(sentence)
        for digits in phones_in(sentence)
    ]


def phones_in(text: str) -> list[str]:
    """Return the digits of the phones in a text, without separators."""
    text = unicodedata.normalize("NFKC", text)
    return [re.sub(r"\D", "", number) for number in _PATTERNS["phone"].findall(text)]


def limit_claims(text: str) -> list[LimitClaim]:
    """Return the limits that a text names."""
    return [
        LimitClaim(sentence, name, _int(next(filter(None, limit.groups()))))
        for sentence in _sentences(text)
        for name, pattern in _LIMITS.items()
        for limit in pattern.finditer(sentence)
    ]


def _sentences(text: str) -> Iterator[str]:
    for sentence in _PATTERNS["sentences"].split(text):
        if sentence.strip():
            yield sentence.strip()


def _minutes(hour: str, minute: str | None, noon: str | None) -> int:
    past = 0 if minute is None else int(minute) if minute.isdecimal() else 30
    return (int(hour) + (12 if noon and int(hour) < 12 else 0)) * 60 + past


def _int(number: str) -> int:
    return NUMBERS[number] if number in NUMBERS else int(number)
