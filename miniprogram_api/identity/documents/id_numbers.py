"""Identity numbers: their form, what they say, and what speaks against them.

Sources: GB 11643-1999 for the form, 国办发〔2018〕81号 for residence permits, the card issued since
2023-12-01 for the 18-character numbers of foreign permanent residents. A number is never refused
because its county is not in some table: such tables lag behind.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from miniprogram_api.identity.documents.dates import age_on
from miniprogram_api.identity.documents.findings import Checked, Finding, Kind
from models.storage import canonical

MAX_RAW_LENGTH = 100
MAX_AGE = 130

PERMIT_ADDRESSES = frozenset({"810000", "820000", "830000"})

_NUMBER = re.compile("[0-9]{17}[0-9X]")
_OLD_NUMBER = re.compile("[0-9]{15}")
_FOREIGN_CARD = re.compile("[A-Z]{3}[0-9]{12}")
# Mainland travel permits (a letter and 8 or 10 digits; 8 digits; 10 digits and a letter), passports
# and the identity cards of Hong Kong and Taiwan (a letter, then mostly digits).
_TRAVEL_DOCUMENT = re.compile(r"(?=(?:[^0-9]*[0-9]){5})[A-Z][A-Z0-9]{6,11}|[0-9]{10}[A-Z]|[0-9]{8}")
_CALENDAR_DAY = re.compile("(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_BRACKETS = str.maketrans("", "", "()")
_LETTER = re.compile("[A-Z]")
# An X counts as wrong only before the 18th place: what goes on after it is too long instead.
_WRONG_CHARACTER = re.compile(r"[^0-9X]|(?<!.{17})X(?!\Z)", re.DOTALL)
_LOOK_ALIKES = str.maketrans("OIL", "011")


class Document(StrEnum):
    """The documents whose numbers have 18 characters."""

    RESIDENT_CARD = "resident_card"
    RESIDENCE_PERMIT = "residence_permit"
    """For residents of Hong Kong, Macao and Taiwan."""
    FOREIGN_CARD = "foreign_card"
    """For foreign permanent residents, since 2023-12-01."""


DOCUMENTS = {
    str(code): document
    for document, regions in (
        (
            Document.RESIDENT_CARD,
            ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71)),
        ),
        (Document.RESIDENCE_PERMIT, ((81, 83),)),
        (Document.FOREIGN_CARD, ((90, 99),)),
    )
    for first, last in regions
    for code in range(first, last + 1)
}
"""The document of a number by its first two digits: GB/T 2260, and 9 for foreigners."""


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A well-formed number in its canonical form, and what it says about its holder."""

    number: str = field(repr=False)
    birth_date: date = field(repr=False)
    document: Document

    def age_on(self, day: date) -> int:
        """Age in full years (周岁)."""
        return age_on(self.birth_date, day)


def check(raw: str | None, today: date) -> Checked[IdNumber]:
    """Judge the number that ``raw`` means; at most one refusal, never an exception.

    A wrong check character brings no suggestion: the number that would fit may be a stranger's.
    """
    if not isinstance(raw, str):
        return _refused(Kind.ID_NUMBER_MISSING.finding())
    if _NUMBER.fullmatch(raw):
        return _check_number(raw, today)
    if len(raw) > MAX_RAW_LENGTH:
        return _refused(Kind.ID_NUMBER_LENGTH.finding(length=len(raw)))
    text = canonical.id_number_characters(raw)
    if not text:
        return _refused(Kind.ID_NUMBER_MISSING.finding())
    if _NUMBER.fullmatch(text):
        return _check_number(text, today)
    if _OLD_NUMBER.fullmatch(text):
        upgraded = canonical.upgraded(text)
        meant = _check_number(upgraded, today).value
        # Permits and foreigners' cards never had old numbers.
        fits = meant is not None and meant.document is Document.RESIDENT_CARD
        return _refused(Kind.ID_NUMBER_OLD.finding(suggestion=upgraded if fits else None))
    if _FOREIGN_CARD.fullmatch(text):
        return _refused(Kind.ID_NUMBER_FOREIGN_CARD.finding())
    return _check_misspelt(text, canonical.ascii_characters(raw), today)


def _check_number(number: str, today: date) -> Checked[IdNumber]:
    """Judge 17 digits and a digit or X."""
    document = DOCUMENTS.get(number[:2])
    if document is None:
        return _refused(Kind.ID_NUMBER_PROVINCE.finding())
    if document is Document.RESIDENCE_PERMIT and number[:6] not in PERMIT_ADDRESSES:
        return _refused(Kind.ID_NUMBER_PERMIT_ADDRESS.finding())
    try:
        birth = date.fromisoformat(number[6:14])
    except ValueError:
        return _refused(Kind.ID_NUMBER_BIRTH_DATE.finding())
    if birth > today:
        return _refused(Kind.ID_NUMBER_BIRTH_IN_FUTURE.finding())
    if age_on(birth, today) > MAX_AGE:
        return _refused(Kind.ID_NUMBER_TOO_OLD.finding())
    if canonical.check_character(number[:17]) != number[17]:
        return _refused(Kind.ID_NUMBER_CHECK_CHARACTER.finding())
    holder = IdNumber(number, birth, document)
    if document is Document.FOREIGN_CARD:
        return Checked(holder, warnings=(Kind.ID_NUMBER_FOREIGN_RESIDENT.finding(),))
    return Checked(holder)


def _check_misspelt(text: str, typed: str, today: date) -> Checked[IdNumber]:
    """Say what is wrong with a text that is no number; ``typed`` has the letters' own case."""
    digits_for_letters = text.translate(_LOOK_ALIKES)
    number_meant = _NUMBER.fullmatch(digits_for_letters)
    without_brackets = text.translate(_BRACKETS)
    if (
        not number_meant
        and _TRAVEL_DOCUMENT.fullmatch(without_brackets)
        and not _CALENDAR_DAY.fullmatch(without_brackets)
    ):
        return _refused(Kind.ID_NUMBER_TRAVEL_DOCUMENT.finding())
    wrong = _WRONG_CHARACTER.search(text)
    if wrong is None:
        return _refused(Kind.ID_NUMBER_LENGTH.finding(length=len(text)))
    position = wrong.start() + 1
    if not _LETTER.fullmatch(wrong.group()):
        return _refused(Kind.ID_NUMBER_CHARACTER.finding(position=position))
    fits = number_meant and not _check_number(digits_for_letters, today).refusals
    return _refused(
        Kind.ID_NUMBER_LETTER.finding(
            suggestion=digits_for_letters if fits else None,
            position=position,
            letter=typed[wrong.start()],
        )
    )


def _refused(finding: Finding) -> Checked[IdNumber]:
    return Checked(None, (finding,))
