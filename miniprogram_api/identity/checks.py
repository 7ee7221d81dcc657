"""The local check of the four elements as the API offers it: nothing is asked, nothing is kept."""

from collections.abc import Collection
from dataclasses import dataclass, field

from miniprogram_api import clock
from miniprogram_api.answers import answer_class
from miniprogram_api.identity.documents import check as documents
from miniprogram_api.identity.documents.check import Check, IdentityElements
from miniprogram_api.identity.documents.terms import Term
from miniprogram_api.identity.refused_fields import RefusedFields, entry, most_telling
from miniprogram_api.reasons import NO_CASE, Reason, Refused


@dataclass(frozen=True, slots=True)
class NormalisedElements:
    """The four elements as they will be sent to the source; shown to the person who typed them."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    valid_from: str
    valid_until: str
    """The last day, or 长期."""


@answer_class
class Warned:
    """A doubt about one field, to be confirmed by its code."""

    field: str
    code: str
    """What confirmed_warnings names when the user confirms it."""
    message: str
    suggestion: str | None = None
    """A value that would fit, if there is one."""


@answer_class
class LocalCheck:
    """What passed, and what the person should look at again."""

    normalised: NormalisedElements
    warnings: list[Warned] = field(repr=False)


def check(name: str, id_number: str, valid_from: str, valid_until: str) -> LocalCheck:
    """Judge the four elements as typed. Raises Refused INVALID_INPUT with every field refused."""
    result = documents.check(name, id_number, valid_from, valid_until, clock.today())
    refused = RefusedFields()
    refused.add(result.refusals)
    refused.raise_if_any()
    assert result.elements is not None  # noqa: S101 - nothing was refused.
    return LocalCheck(normalised(result.elements), [Warned(**entry(w)) for w in result.warnings])


def normalised(elements: IdentityElements) -> NormalisedElements:
    """The elements in the form that people read and type."""
    term = Term(elements.valid_from, elements.valid_until)
    return NormalisedElements(
        elements.name, elements.id_number, elements.valid_from.isoformat(), term.until_text
    )


def require_online(result: Check) -> None:
    """Raise Refused DOCUMENT_NEEDS_WINDOW when only a window can help this person.

    It comes before other refusals: whoever must go there need not correct anything here first.
    """
    if result.needs_window:
        raise Refused(
            Reason.DOCUMENT_NEEDS_WINDOW,
            # A child's matter is not begun online, not even as a ticket.
            case=NO_CASE if result.needs_guardian else None,
            fields=[entry(finding) for finding in result.refusals if finding.leads_to_window],
        )


def require_confirmed(result: Check, codes: Collection[str]) -> None:
    """Raise Refused IDENTITY_NEEDS_CONFIRMATION while a warning is not confirmed by its code."""
    unconfirmed = result.unconfirmed(codes)
    if unconfirmed:
        raise Refused(
            Reason.IDENTITY_NEEDS_CONFIRMATION,
            case=most_telling([warning.case for warning in unconfirmed]),
            warnings=[entry(warning) for warning in unconfirmed],
        )
