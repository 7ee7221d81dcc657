"""Parse typed calendar dates and add whole years and months."""

import re
from calendar import monthrange
from datetime import date
from enum import Enum

from models.storage.canonical import FULL_WIDTH, HYPHENS, INVISIBLE, SPACES

MAX_RAW_LENGTH = 64
ADULT_AGE = 18
"""Of full capacity, in full years (Civil Code, article 17)."""

_CHARACTERS: dict[int, int | str | None] = {
    **FULL_WIDTH,
    **{ord(character): "-" for character in HYPHENS},
    **{ord(character): None for character in SPACES | INVISIBLE},
    ord("。"): ".",
    ord("号"): "日",
    # Text copied from PDF files has radicals and compatibility forms for 年月日.
    0xF98E: "年",
    0x2F49: "月",
    0x2E9D: "月",
    0x2F47: "日",
    0x2E9C: "日",
}
_ISO_DATE = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE = re.compile(
    r"([0-9]{4})(?:([0-9]{2})([0-9]{2})"
    r"|([-./])([0-9]{1,2})\4([0-9]{1,2})"
    r"|年([0-9]{1,2})月([0-9]{1,2})日)"
)


class DateProblem(Enum):
    """Name why a text is not a date."""

    MISSING = "missing"
    UNREADABLE = "unreadable"
    IMPOSSIBLE = "impossible"


def characters(raw: str) -> str:
    """Return ``raw`` in ASCII where possible, without spaces and invisible characters."""
    return raw.translate(_CHARACTERS)


def parse(raw: str | None) -> date | DateProblem:
    """Parse a date; return the problem instead of raising.

    Formats: ``YYYY-MM-DD``, ``YYYY.MM.DD``, ``YYYY/MM/DD``, ``YYYYMMDD``, ``YYYY年M月D日``;
    one digit for month or day between separators; full-width characters. 30 February: IMPOSSIBLE.
    """
    if not isinstance(raw, str):
        return DateProblem.MISSING
    if _ISO_DATE.fullmatch(raw):
        try:
            return date.fromisoformat(raw)
        except ValueError:
            return DateProblem.IMPOSSIBLE
    if len(raw) > MAX_RAW_LENGTH:
        return DateProblem.UNREADABLE
    text = characters(raw)
    if not text:
        return DateProblem.MISSING
    match = _DATE.fullmatch(text)
    if match is None:
        return DateProblem.UNREADABLE
    year, month, day = (
        int(group) for group in match.groups() if group is not None and group not in "-./"
    )
    try:
        return date(year, month, day)
    except ValueError:
        return DateProblem.IMPOSSIBLE


def add_years(day: date, years: int) -> date:
    """Return the same day ``years`` later; 29 February becomes 1 March in a common year.

    Cards are printed like this (GA 214.8-2004). Raises ValueError beyond the year 9999.
    """
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def add_months(day: date, months: int) -> date:
    """Return the same day ``months`` later, or the last day of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def age_on(birth: date, day: date) -> int:
    """Return the age in full years (周岁); born on 29 February means 1 March in a common year."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))
