"""Doubts about a person at a window, which the clerk confirms as a warning before registering."""

from collections.abc import Collection

from miniprogram_api import clock
from miniprogram_api.accounts import disputes
from miniprogram_api.identity import checks as identity_checks
from miniprogram_api.identity.documents.check import Check
from miniprogram_api.identity.documents.findings import Finding, Kind
from miniprogram_api.phones import ranges


def of_person(id_number: str) -> list[Finding]:
    """Return the doubt about an identity that a proven dispute reserves."""
    return [] if disputes.reserving(id_number) is None else [Kind.ID_NUMBER_DISPUTED.finding()]


def of_phone(phone: str | None) -> list[Finding]:
    """Return the doubt about a phone whose range gets no codes yet; none without a phone."""
    found = None if phone is None else ranges.unsupported(phone, clock.today())
    return [] if found is None else [Kind.PHONE_RANGE_UNSUPPORTED.finding(segment=found.prefix)]


def require_phone_confirmed(phone: str | None, codes: Collection[str]) -> None:
    """Raise Refused IDENTITY_NEEDS_CONFIRMATION for an unconfirmed doubt about a phone."""
    identity_checks.require_confirmed(Check(None, [], of_phone(phone)), codes)
