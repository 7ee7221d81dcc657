"""Read what clauses state: their words, whether they deny them, and the numbers that they name.

Two clauses of the same words that differ in the rest contradict each other. The patterns are in the
locale file (`claims.statements`).
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from faq.content.claims import NUMBERS
from faq.language.grammar import compact
from miniprogram_api.texts import words

_PATTERNS = {name: re.compile(pattern) for name, pattern in words("claims.statements").items()}
_NUMBER = re.compile(
    _PATTERNS["number"].pattern.replace("<n>", rf"(?P<n>\d+(?:\.\d+)?|[{''.join(NUMBERS)}]+)")
)
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
# Fewer characters than this are no subject: 不收费 alone says nothing.
_SHORTEST = 4
_LONGEST_SAID = 60
# Texts whose statements are kept: reading all of a content takes a second.
MOST_KEPT = 20_000


class Statement(NamedTuple):
    """What a clause states; `key`: its words in any order, without numbers, denial and particles.

    `affirms`: it says so by a word (要, 能, 会), `denies`: by 不 or the like; a mere mention does
    neither. `numbers`: each with its unit; a fee is a number, too.
    """

    clause: str
    key: str
    affirms: bool
    denies: bool
    numbers: tuple[tuple[str, str], ...]

    def contradicts(self, other: "Statement") -> bool:
        """Return whether both, of the same words, cannot hold."""
        if (self.denies and other.affirms) or (self.affirms and other.denies):
            return True
        if self.denies != other.denies:
            return False
        units = [unit for _, unit in self.numbers]
        same_units = units == [unit for _, unit in other.numbers]
        return bool(units) and same_units and self.numbers != other.numbers


@lru_cache(maxsize=MOST_KEPT)
def statements_of(text: str) -> tuple[Statement, ...]:
    """Return what the clauses of a text state; a condition or a question states nothing."""
    return tuple(_statements(text))


def _statements(text: str) -> Iterator[Statement]:
    for sentence in _PATTERNS["sentences"].split(text):
        if _PATTERNS["unsure"].search(sentence):
            continue
        for clause in _PATTERNS["clauses"].split(sentence):
            statement = _read(clause)
            if statement is not None:
                yield statement


@lru_cache(maxsize=MOST_KEPT)
def of_point(question: str, answer: str) -> Statement | None:
    """Return what a point states by yes or no: 刷脸收费吗 and 不收费 deny 刷脸收费."""
    asked = _PATTERNS["asked"].sub("", question.strip())
    if asked == question.strip():
        return None
    first = _PATTERNS["clauses"].split(answer)[0]
    denies = _PATTERNS["no"].match(first) is not None
    if not denies and not _PATTERNS["yes"].match(first):
        return None
    statement = _read(asked)
    if statement is None or statement.denies:
        return None
    return statement._replace(
        clause=f"{question}{answer}"[:_LONGEST_SAID], affirms=not denies, denies=denies
    )


def fees_in(text: str) -> Iterator[str]:
    """Yield the clauses that ask users for money for what we do."""
    for sentence in _PATTERNS["sentences"].split(text):
        for clause in _PATTERNS["clauses"].split(sentence):
            asks = _PATTERNS["fee"].search(clause) and not _PATTERNS["no_fee"].search(clause)
            if (
                asks
                and _PATTERNS["ours"].search(sentence)
                and not _PATTERNS["others"].search(sentence)
            ):
                yield clause.strip()


def _read(clause: str) -> Statement | None:
    plain = compact(_PATTERNS["free"].sub(words("claims")["not_paid"], clause.strip()))
    if _PLACEHOLDER.search(clause) or not plain:
        return None
    numbers = tuple((_value(number["n"]), number["unit"]) for number in _NUMBER.finditer(plain))
    rest = _NUMBER.sub("", plain)
    rest, denials = _PATTERNS["denial"].subn("", rest)
    rest, modals = _PATTERNS["modal"].subn("", rest)
    key = "".join(sorted(_PATTERNS["particles"].sub("", rest)))
    if len(key) < _SHORTEST:
        return None
    denies = denials > 0
    affirms = modals > 0 and not denies
    return Statement(clause.strip()[:_LONGEST_SAID], key, affirms, denies, numbers)


def _value(number: str) -> str:
    return str(NUMBERS[number]) if number in NUMBERS else number


def is_conditional(value: Mapping[str, Any]) -> bool:
    """Return whether a point holds for some askers alone."""
    return any(value.get(name) for name in ("states", "unless", "person"))
