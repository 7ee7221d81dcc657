"""Check the four elements locally: name, identity number, first and last day of validity.

Refused values cannot be correct; the person may confirm values with a warning.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from miniprogram_api.identity.documents import id_numbers, names, terms
from miniprogram_api.identity.documents.findings import Finding, Kind

GUARDIAN_AGE = 14
"""Younger people need an office and a guardian (个人信息保护法 art. 31)."""


@dataclass(frozen=True, slots=True)
class IdentityElements:
    """Hold the normalised elements; ``valid_until`` is None for 长期."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    valid_from: date
    valid_until: date | None

    @property
    def long_term(self) -> bool:
        """Return whether the card never expires."""
        return self.valid_until is None


@dataclass(slots=True)
class Check:
    """Return the elements, or None if something is refused.

    ``needs_guardian``: the holder is under 14, which is also a refusal.
    """

    elements: IdentityElements | None
    refusals: list[Finding]
    warnings: list[Finding]
    needs_guardian: bool = False

    @property
    def needs_window(self) -> bool:
        """Return whether only an office can help, because the source lacks such documents."""
        return any(finding.leads_to_window for finding in self.refusals)

    def unconfirmed(self, codes: Collection[str]) -> list[Finding]:
        """Return the warnings that are not among the confirmed codes."""
        return [finding for finding in self.warnings if finding.code not in codes]


def check(
    name: str | None,
    id_number: str | None,
    valid_from: str | None,
    valid_until: str | None,
    today: date,
) -> Check:
    """Check the four elements as typed, on the day ``today`` (Asia/Shanghai).

    Accepts any text, never raises, takes linear time and is deterministic; at most one refusal per
    field.
    """
    name_check = names.check(name)
    number_check = id_numbers.check(id_number, today)
    holder = number_check.value
    term_check = terms.check(valid_from, valid_until, holder, today)
    refusals = [*name_check.refusals, *number_check.refusals]
    needs_guardian = holder is not None and holder.age_on(today) < GUARDIAN_AGE
    if needs_guardian:
        refusals.append(Kind.ID_NUMBER_UNDER_14.finding())
    refusals += term_check.refusals
    warnings = [*name_check.warnings, *number_check.warnings, *term_check.warnings]
    normalised_name, term = name_check.value, term_check.value
    elements = None
    if not refusals and normalised_name is not None and holder is not None and term is not None:
        elements = IdentityElements(
            normalised_name, holder.number, term.valid_from, term.valid_until
        )
    return Check(elements, refusals, warnings, needs_guardian)
