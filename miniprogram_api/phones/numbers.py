"""Mobile numbers of the mainland: their form and whether their range is in use.

Whether the service supports a range already is another question with another answer; the table of
number ranges decides that. A range proves no operator, because numbers can be carried over.
"""

import re
from collections.abc import Collection

from miniprogram_api.identity.documents.findings import Finding, Kind
from miniprogram_api.phones import ranges as number_ranges
from miniprogram_api.reasons import Reason, Refused, invalid_field
from models.accounts.accounts import CANCELLED, Account
from models.storage import canonical
from models.storage.database import lock

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
"""The first three digits in use today (by libphonenumber's metadata, with 149)."""

_MOBILE_NUMBER = re.compile("1[0-9]{10}")
# Machines have numbers of 13 digits: 1400, 1410, 1440 and so on, and 1064x.
_INTERNET_OF_THINGS = re.compile("(?:\\+|00)?(?:86)?(?:14[0-9]{11}|1064[0-9]{9})")
_FOREIGN = re.compile("(?:\\+|00)(?!86)[0-9]{6,15}")


def normalise(raw: str | None, also_assigned: Collection[str] = ()) -> str | Finding:
    """The 11 digits of a mobile number, or the finding that says why it is none; never raises.

    A country code, spaces, dashes and full-width digits are taken. ``also_assigned`` are segments
    that came into use after this table was written.
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
    """The 11 digits of a mobile number; ``field`` is the name under which a refusal reports it.

    A segment that came into use after the table here was written counts as soon as an operator
    lists it as a number range. Raises Refused(INVALID_INPUT).
    """
    checked = normalise(text)
    if isinstance(checked, Finding) and checked.kind is Kind.PHONE_UNASSIGNED and text:
        digits = canonical.phone_characters(text)
        if number_ranges.is_listed(digits):
            checked = normalise(text, also_assigned=(segment(digits),))
    if isinstance(checked, Finding):
        raise invalid_field(field, checked.code, checked.message, case=checked.case)
    return checked


def segment(phone: str) -> str:
    """The number range of a canonical number: its first three digits."""
    return phone[:3]


def require_place(phone: str, most: int, *, but: int | None = None) -> None:
    """Refuse an account too many on one canonical phone; cancelled ones do not count.

    Call it in the transaction that writes the phone: until its end no other transaction can pass
    here with the same phone. ``but`` is the account that moves there. Raises Refused:
    PHONE_ACCOUNT_LIMIT.
    """
    lock(f"phone:{phone}")
    query = Account.select(Account.id).where(
        Account.phone_index.matches(phone) & (Account.status != CANCELLED)
    )
    if but is not None:
        query = query.where(Account.id != but)
    if query.limit(most).count() >= most:
        raise Refused(Reason.PHONE_ACCOUNT_LIMIT)
