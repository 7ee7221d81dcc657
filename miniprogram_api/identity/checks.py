"""Check the four elements locally for the API; nothing is asked or stored."""

from collections.abc import Collection
from dataclasses import dataclass, field

from miniprogram_api import clock
from miniprogram_api.answers import answer_class
from miniprogram_api.identity.documents import check as documents
from miniprogram_api.identity.documents import id_numbers, names
from miniprogram_api.identity.documents.check import Check, IdentityElements
from miniprogram_api.identity.documents.terms import Term
from miniprogram_api.identity.refused_fields import RefusedFields, entry, most_specific_case
from miniprogram_api.reasons import NO_CASE, Reason, Refused


@dataclass(frozen=True, slots=True)
class NormalisedElements:
    """Hold the four elements as sent to the source, for display to the person."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    valid_from: str
    valid_until: str
    """The last day, or 长期."""


@answer_class
class Warned:
    """Doubt about one field, to be confirmed by its code."""

    field: str
    code: str
    """Listed in confirmed_warnings to confirm it."""
    message: str
    suggestion: str | None = None
    """A value that would be accepted."""


@answer_class
class LocalCheck:
    """Normalised elements, and warnings to confirm."""

    normalised: NormalisedElements
    warnings: list[Warned] = field(repr=False)


def check(name: str, id_number: str, valid_from: str, valid_until: str) -> LocalCheck:
    """Check the four elements as typed. Raises Refused INVALID_INPUT with every refused field."""
    result = documents.check(name, id_number, valid_from, valid_until, clock.today())
    refused = RefusedFields()
    refused.add(result.refusals)
    refused.raise_if_any()
    assert result.elements is not None  # noqa: S101 - nothing was refused.
    return LocalCheck(normalised(result.elements), [Warned(**entry(w)) for w in result.warnings])


def parse_person(name: str, id_number: str) -> tuple[str, str]:
    """Return name and ID number in their canonical forms."""
    refused = RefusedFields()
    checked_name = names.check(name)
    checked_number = id_numbers.check(id_number, clock.today())
    refused.add(checked_name.refusals)
    refused.add(checked_number.refusals)
    refused.raise_if_any()
    assert checked_name.value is not None  # noqa: S101 - nothing was refused.
    assert checked_number.value is not None  # noqa: S101
    return checked_name.value, checked_number.value.number


def normalised(elements: IdentityElements) -> NormalisedElements:
    """Return the elements as people read and type them."""
    term = Term(elements.valid_from, elements.valid_until)
    return NormalisedElements(
        elements.name, elements.id_number, elements.valid_from.isoformat(), term.until_text
    )


def require_online(result: Check) -> None:
    """Raise Refused DOCUMENT_NEEDS_WINDOW if only an office can help this person.

    It precedes other refusals: such a person need not correct anything first.
    """
    if result.needs_window:
        raise Refused(
            Reason.DOCUMENT_NEEDS_WINDOW,
            # Children need an office even for a ticket.
            case=NO_CASE if result.needs_guardian else None,
            fields=[entry(finding) for finding in result.refusals if finding.leads_to_window],
        )


def require_confirmed(result: Check, codes: Collection[str]) -> None:
    """Raise Refused IDENTITY_NEEDS_CONFIRMATION unless every warning is confirmed."""
    unconfirmed = result.unconfirmed(codes)
    if unconfirmed:
        raise Refused(
            Reason.IDENTITY_NEEDS_CONFIRMATION,
            case=most_specific_case([warning.case for warning in unconfirmed]),
            warnings=[entry(warning) for warning in unconfirmed],
        )
