"""Check up to five wishes for a name: form, words, and the register of names."""

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, cast

from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.names import divisions, form, words
from miniprogram_api.names.advice import Change, changes
from miniprogram_api.names.divisions import Division
from miniprogram_api.names.findings import (
    Finding,
    Level,
    Result,
    Subject,
    ordered,
    result_of,
)
from miniprogram_api.names.folding import fold
from miniprogram_api.names.lists import Lists
from miniprogram_api.names.parts import Parts, Place
from miniprogram_api.texts import invalid, text

MOST_CANDIDATES = 5
MOST_INVESTORS = 10
LONGEST_PART = 40
"""Characters of a part that are read."""


@dataclass(frozen=True)
class Candidate:
    """A wish as typed; without a division it gets the usual one of the seat."""

    word: str
    industry: str
    form: str
    division: str | None = None
    place: Place = Place.FRONT
    industry_class: str = ""


@dataclass(frozen=True)
class CheckedName:
    """A checked candidate; ``rank``: 1 for the best of the call."""

    name: str
    parts: Parts
    findings: tuple[Finding, ...]
    result: Result
    frees: tuple[Change, ...]
    rank: int


@dataclass(frozen=True)
class Checked:
    """The answer to a check.

    ``scope``: where names were compared, in words. ``library_date``: the day of the register.
    ``not_compared``: there was no register, so form and words alone were checked.
    """

    candidates: tuple[CheckedName, ...]
    note: str
    scope: str
    library_date: datetime.date | None
    not_compared: bool
    rules_version: str


class Register(Protocol):
    """The register of names, as far as a check asks it (`miniprogram_api.names.library`)."""

    def date(self) -> datetime.date | None:
        """Return the day of the register; None without one."""

    def scope_of(self, district: Division) -> Any:
        """Return where names are compared for a seat; its ``label`` says it in words."""

    def compare(
        self,
        parts: Parts,
        *,
        lists: Lists,
        scope: Any,
        investors: Sequence[str],
        today: datetime.date,
    ) -> tuple[Finding, ...]:
        """Return the collisions of a name."""


def check(
    district: str,
    candidates: Sequence[Candidate],
    subject: Subject | None,
    investors: Sequence[str],
    *,
    lists: Lists,
    today: datetime.date,
    register: Register | None = None,
) -> Checked:
    """Check candidates for an enterprise with its seat in a district, a code or a name.

    ``subject``: None where the kind is not known. ``investors``: names of the enterprises and
    people that invest. Raises Refused INVALID_INPUT that names each wrong field.
    """
    refused = RefusedFields()
    found = refused.attempt(lambda: divisions.seat_of(district))
    _require_form(candidates, investors, refused)
    refused.raise_if_any()
    seat = cast(Division, found)
    library_date = None if register is None else register.date()
    scope = None if register is None else register.scope_of(seat)

    def findings_of(parts: Parts) -> tuple[Finding, ...]:
        found = [*form.findings(parts, seat, subject, lists), *words.findings(parts, lists)]
        if register is not None and library_date is not None:
            found += register.compare(
                parts, lists=lists, scope=scope, investors=investors, today=today
            )
        return ordered(found)

    checked = []
    for candidate in candidates:
        parts = parts_of(candidate, seat, lists)
        findings = findings_of(parts)
        frees = changes(parts, findings, seat, subject, lists, findings_of)
        checked.append(CheckedName(parts.name, parts, findings, result_of(findings), frees, 0))
    order = sorted(range(len(checked)), key=lambda at: _weight(checked[at].findings))
    return Checked(
        candidates=tuple(
            replace(name, rank=order.index(at) + 1) for at, name in enumerate(checked)
        ),
        note=text("names.note"),
        scope=seat.city.name if scope is None else scope.label,
        library_date=library_date,
        not_compared=library_date is None,
        rules_version=lists.version,
    )


def candidate_of(parts: Parts) -> Candidate:
    """Return the candidate of a name that was cut; without a division the usual one."""
    return Candidate(
        parts.word,
        parts.industry,
        parts.form,
        parts.division or None,
        parts.place,
        parts.industry_class,
    )


def parts_of(candidate: Candidate, seat: Division, lists: Lists) -> Parts:
    """Return the parts of a candidate, folded, with the class of its trade."""
    division, industry = candidate.division, fold(candidate.industry)
    usual = form.usual_division(seat)
    return Parts(
        usual if division is None else fold(division).strip("（）"),
        seat.code,
        fold(candidate.word),
        industry,
        candidate.industry_class or lists.class_of(industry),
        fold(candidate.form),
        candidate.place,
    )


def _weight(findings: Sequence[Finding]) -> list[int]:
    """Return what candidates are ranked by: the numbers of their findings, the gravest first."""
    counted = Counter(finding.level for finding in findings)
    return [counted[level] for level in Level]


def _require_form(
    candidates: Sequence[Candidate], investors: Sequence[str], refused: RefusedFields
) -> None:
    """Collect the fields that are missing or too long."""

    def wrong(key: str, field: str, most: int = 0) -> None:
        refused.refuse(invalid(key, field=field, most=most))

    if not candidates:
        wrong("names.any.no_candidate", "candidates")
    if len(candidates) > MOST_CANDIDATES:
        wrong("names.any.too_many", "candidates", most=MOST_CANDIDATES)
    if len(investors) > MOST_INVESTORS:
        wrong("names.any.too_many", "investors", most=MOST_INVESTORS)
    for at, candidate in enumerate(candidates[:MOST_CANDIDATES]):
        for name in ("word", "industry", "form", "division"):
            typed = fold(getattr(candidate, name) or "")
            if name == "word" and not typed:
                wrong("names.any.required", f"candidates.{at}.word")
            if len(typed) > LONGEST_PART:
                wrong("names.any.too_long", f"candidates.{at}.{name}", most=LONGEST_PART)
