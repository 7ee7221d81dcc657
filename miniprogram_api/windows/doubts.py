"""Doubts about a person at a window.

The clerk confirms some as warnings before registering. What the source denies does not take effect
by one clerk.
"""

from collections.abc import Collection

from miniprogram_api import clock
from miniprogram_api.accounts import disputes
from miniprogram_api.identity import checks as identity_checks
from miniprogram_api.identity.documents.check import Check
from miniprogram_api.identity.documents.findings import Finding, Kind
from miniprogram_api.phones import ranges
from models.accounts.verifications import IdentityCheck

_DENIALS = {
    "mismatch": "four_elements_mismatch",
    "no_record": "identity_no_record",
    "invalid": "identity_invalid",
}
"""The source's outcome → its word in the ledger (``desk.source_said``)."""
DENIALS = frozenset(_DENIALS.values())


def denied(id_number: str) -> str | None:
    """Return the word for the source's last answer about a person if it was a no.

    Of an account, this is the answer to its registration or activation, a change of its dates, or a
    check at a window.
    """
    known = IdentityCheck.identity_index.matches(id_number) & IdentityCheck.outcome.in_(
        ("match", *_DENIALS)
    )
    last = IdentityCheck.select(IdentityCheck.outcome).where(known)
    outcome = last.order_by(IdentityCheck.id.desc()).limit(1).scalar()
    return None if outcome is None else _DENIALS.get(outcome)


def of_person(id_number: str) -> list[Finding]:
    """Return the doubt about an identity that a proven dispute reserves."""
    return [] if disputes.reserving(id_number) is None else [Kind.ID_NUMBER_DISPUTED.finding()]


def of_phone(phone: str | None) -> list[Finding]:
    """Return the doubt about a phone whose range gets no codes yet; none without a phone."""
    unsupported = None if phone is None else ranges.unsupported(phone, clock.today())
    return (
        []
        if unsupported is None
        else [Kind.PHONE_RANGE_UNSUPPORTED.finding(segment=unsupported.prefix)]
    )


def require_phone_confirmed(phone: str | None, codes: Collection[str]) -> None:
    """Raise Refused IDENTITY_NEEDS_CONFIRMATION for an unconfirmed doubt about a phone."""
    identity_checks.require_confirmed(Check(None, [], of_phone(phone)), codes)
