"""The local check of the four elements: name, identity number, first and last day of validity.

It comes before the question to the source, costs nothing and knows nothing of databases. What it
refuses cannot be right; what it warns about, the person may confirm.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from miniprogram_api.identity.documents import id_numbers, names, terms
from miniprogram_api.identity.documents.findings import Finding, Kind

GUARDIAN_AGE = 14
"""Younger people go to a window with a guardian (个人信息保护法 art. 31)."""


@dataclass(frozen=True, slots=True)
class IdentityElements:
    """The four elements in their normalised form; ``valid_until`` is None for 长期."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    valid_from: date
    valid_until: date | None

    @property
    def long_term(self) -> bool:
        """Whether the card is valid for good."""
        return self.valid_until is None


@dataclass(slots=True)
class Check:
    """The outcome: the elements, or None when something is refused.

    ``needs_guardian`` says that the holder is under 14, which is a refusal as well.
    """

    elements: IdentityElements | None
    refusals: list[Finding]
    warnings: list[Finding]
    needs_guardian: bool = False

    @property
    def window_finding(self) -> Finding | None:
        """The refusal that sends this person to a window, or None."""
        return next((finding for finding in self.refusals if finding.leads_to_window), None)

    @property
    def needs_window(self) -> bool:
        """Whether the online source cannot help this person, so that only a window can."""
        return self.window_finding is not None

    def unconfirmed(self, codes: Collection[str]) -> list[Finding]:
        """The warnings that the person has not confirmed by their codes."""
        return [finding for finding in self.warnings if finding.code not in codes]


def check(
    name: str | None,
    id_number: str | None,
    valid_from: str | None,
    valid_until: str | None,
    today: date,
) -> Check:
    """Judge the four elements as a person typed them, on the day ``today`` (Asia/Shanghai).

    Takes any text, never raises, and does work in proportion to the length of the input at most.
    Each field has one refusal at most; the same input has the same findings on the same day.
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
