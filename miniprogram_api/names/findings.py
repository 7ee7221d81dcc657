"""What a check finds in a name, and the result that follows from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How certain an objection is, the most certain first.

    ``refuse``: the name cannot be registered. ``warn``: the authority decides, or wants papers.
    ``similar``: it may be registered, with the risk of a dispute. ``note``: only worth knowing.
    """

    REFUSE = "refuse"
    WARN = "warn"
    SIMILAR = "similar"
    NOTE = "note"


class Result(StrEnum):
    """The result of a candidate."""

    NONE = "none"
    HINTS = "hints"
    REFUSED = "refused"


class Part(StrEnum):
    """The part of a name that a finding is about."""

    NAME = "name"
    DIVISION = "division"
    WORD = "word"
    INDUSTRY = "industry"
    FORM = "form"


class Subject(StrEnum):
    """The kind of enterprise that is to be registered."""

    COMPANY = "company"
    PARTNERSHIP = "partnership"
    SOLE = "sole_proprietorship"
    INDIVIDUAL = "individual_business"
    COOPERATIVE = "cooperative"
    BRANCH = "branch"


@dataclass(frozen=True)
class Finding:
    """An objection to a name.

    ``rule``: its stable code, such as ``word.too_short``. ``article``: of the law, as editors wrote
    it; may be empty. ``against``: the forbidden word, or the name that it collides with; may be
    empty. ``hint``: what to do; may be empty.
    """

    level: Level
    rule: str
    article: str
    part: Part
    against: str
    message: str
    hint: str


_ORDER = tuple(Level)


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings without repetitions, the most certain first, else in their order."""
    return tuple(sorted(dict.fromkeys(findings), key=lambda f: _ORDER.index(f.level)))


def result_of(findings: Iterable[Finding]) -> Result:
    """Return the result: a note alone is no hint."""
    levels = {finding.level for finding in findings}
    if Level.REFUSE in levels:
        return Result.REFUSED
    return Result.HINTS if levels & {Level.WARN, Level.SIMILAR} else Result.NONE
