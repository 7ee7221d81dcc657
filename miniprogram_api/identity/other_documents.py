"""Documents that no source of ours knows, as a window sees them: number, last day, issuing place.

Numbers follow the issuing bodies' rules:

* 港澳居民来往内地通行证: H or M and 8 digits for life; on cards of before 2013 two more; since 2024
  HA or MA and 7 digits for holders that are no Chinese citizens.
* 台湾居民来往大陆通行证: 8 digits for life; on booklets of before 2008 two more and a letter.
* 外国人永久居留身份证: 15 characters until 2023.
* Passports: ICAO Doc 9303.
"""

import re
from dataclasses import dataclass, field
from datetime import date

from miniprogram_api.identity.documents import dates
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.texts import invalid

NUMBERS = {
    "foreign_permanent_card": re.compile("[A-Z]{3}[0-9]{12}"),
    "hong_kong_macau_permit": re.compile("[HM](?:[0-9]{8}(?:[0-9]{2})?|A[0-9]{7})"),
    "taiwan_permit": re.compile("[0-9]{8}(?:[0-9]{2}[A-Z]?)?"),
    "passport": re.compile("[A-Z0-9]{5,20}"),
}
"""Type → the form of a number; permanent residence cards of today have 18 characters besides."""
LONGEST_PLACE = 60


@dataclass(frozen=True, slots=True)
class SeenDocument:
    """What the clerk reads off a document, as typed."""

    valid_until: str = ""
    issued_by: str = field(default="", repr=False)
    """Issuing place: the country of a passport, the authority of a permit."""


def judge(seen: SeenDocument, today: date) -> dict[str, str]:
    """Return what is recorded of a document that is valid today.

    Raises Refused INVALID_INPUT on ``document_valid_until`` and ``document_issued_by``.
    """
    refused = RefusedFields()
    until = dates.parse(seen.valid_until)
    if not isinstance(until, date):
        refused.refuse(invalid("documents.document_valid_until.wrong_form"))
    elif until < today:
        refused.refuse(invalid("documents.document_valid_until.past"))
    if not 1 <= len(seen.issued_by.strip()) <= LONGEST_PLACE:
        refused.refuse(invalid("documents.document_issued_by.required", most=LONGEST_PLACE))
    refused.raise_if_any()
    assert isinstance(until, date)  # noqa: S101 - nothing was refused.
    return {
        "document_valid_until": until.isoformat(),
        "document_issued_by": seen.issued_by.strip(),
    }
