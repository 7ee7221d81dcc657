"""Mainland mobile numbers: their form and whether their range is assigned.

Whether the service supports a range is decided by ``ranges``. A range implies no operator, because
numbers are portable.
"""

import re
from collections.abc import Collection

from miniprogram_api.identity.documents.findings import Finding, Kind
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.reasons import invalid_field
from models.storage import canonical

MAX_RAW_LENGTH = 64

ASSIGNED_SEGMENTS = frozenset(
    str(segment)
    for first, last in (
        (130, 139),
        (145, 145),
        (147, 147),
        (149, 153),
        (155, 159),
        (162, 162),
        (165, 167),
        (170, 173),
        (175, 178),
        (180, 193),
        (195, 199),
    )
    for segment in range(first, last + 1)
)
"""The first three digits assigned today (libphonenumber's metadata, and 149)."""

_MOBILE_NUMBER = re.compile("1[0-9]{10}")
# Machine-to-machine numbers have 13 digits: 1400, 1410, 1440 and so on, and 1064x.
_INTERNET_OF_THINGS = re.compile("(?:\\+|00)?(?:86)?(?:14[0-9]{11}|1064[0-9]{9})")
_FOREIGN = re.compile("(?:\\+|00)(?!86)[0-9]{6,15}")


def normalise(raw: str | None, also_assigned: Collection[str] = ()) -> str | Finding:
    """Normalise a mobile number to 11 digits, or return the finding that explains why not.

    Country code, spaces, dashes and full-width digits are accepted. ``also_assigned`` are segments
    assigned after this table was written.
    """
    if not isinstance(raw, str):
        return Kind.PHONE_MISSING.finding()
    if len(raw) > MAX_RAW_LENGTH:
        return Kind.PHONE_NOT_MOBILE.finding()
    characters = canonical.phone_characters(raw)
    if not characters:
        return Kind.PHONE_MISSING.finding()
    if _MOBILE_NUMBER.fullmatch(characters):
        digits = segment(characters)
        if digits in ASSIGNED_SEGMENTS or digits in also_assigned:
            return characters
        return Kind.PHONE_UNASSIGNED.finding(segment=digits)
    if _INTERNET_OF_THINGS.fullmatch(characters):
        return Kind.PHONE_INTERNET_OF_THINGS.finding()
    if _FOREIGN.fullmatch(characters):
        return Kind.PHONE_FOREIGN.finding()
    return Kind.PHONE_NOT_MOBILE.finding()


def parse_phone(field: str, text: str | None) -> str:
    """Normalise a mobile number to 11 digits; ``field`` is the field that a refusal names.

    Segments that an operator listed as a number range count as assigned. Raises
    Refused(INVALID_INPUT).
    """
    checked = normalise(text)
    if isinstance(checked, Finding) and checked.kind is Kind.PHONE_UNASSIGNED and text:
        digits = canonical.phone_characters(text)
        if number_ranges.find(digits) is not None:
            checked = normalise(text, also_assigned=(segment(digits),))
    if isinstance(checked, Finding):
        raise invalid_field(field, checked.code, checked.message, case=checked.case)
    return checked


def segment(phone: str) -> str:
    """Return the first three digits of a canonical number."""
    return phone[:3]
