"""Read rows of a register of names: what a column may hold, and what a row becomes."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from miniprogram_api.identity.documents import dates
from miniprogram_api.names import divisions, forms
from miniprogram_api.names.findings import Subject
from miniprogram_api.names.folding import fold
from miniprogram_api.names.lists import Lists
from miniprogram_api.names.parts import cut
from miniprogram_api.names.register import keys
from miniprogram_api.texts import text, words
from models.names import Entry

COLUMNS = ("name", "district", "status", "date", "industry_class", "until")
"""The columns of a row, in this order; the first three are needed."""
REQUIRED = COLUMNS[:3]
LONGEST_NAME = 100
RESERVED_MONTHS = 2
"""Of a reservation without an end (企业名称登记管理规定, article 18)."""

# Control characters, and what stands for bytes that are none of the file's encoding.
_DAMAGED = re.compile("[\x00-\x1f\ud800-\udfff\ufffd]")
# State enterprises of before company law end in 公司 or 总公司 alone.
_OLD_FORM = re.compile("(?<![限任份分])总?公司$")
_CLASS = re.compile("([A-T]?)([0-9]{0,4})")
# The last class of each letter of GB/T 4754; 06 is B, 05 is A.
_LETTERS = "A5 B12 C43 D46 E50 F52 G60 H62 I65 J69 K70 L72 M75 N79 O82 P83 Q85 R90 S96 T97"
_LAST_CLASS = {row[0]: int(row[1:]) for row in _LETTERS.split()}


class Status(StrEnum):
    """The state of a name in the register."""

    REGISTERED = "registered"
    RESERVED = "reserved"
    PENDING = "pending"
    DEREGISTERED = "deregistered"
    CHANGED = "changed"
    REVOKED = "revoked"
    SUSPENDED = "suspended"


_TAKEN = frozenset({Status.REGISTERED, Status.SUSPENDED})
_FREE_AFTER_A_YEAR = frozenset({Status.DEREGISTERED, Status.CHANGED, Status.REVOKED})


class RowProblem(NamedTuple):
    """Why a row is not stored: the column, a stable code, and one sentence."""

    field: str
    code: str
    message: str


class RowReader:
    """Turn the cells of rows into names of the register."""

    def __init__(self, lists: Lists) -> None:
        """Take the editors' lists, by which names are cut and trades have classes."""
        self._lists = lists
        self._class_of: Callable[[str], str] = lru_cache(20_000)(lists.class_of)

    def __call__(self, cells: tuple[str, ...]) -> Entry | RowProblem:
        """Read the cells of COLUMNS; return the first problem instead of raising."""
        name, district, state, since, industry_class, until = map(str.strip, cells)
        folded = fold(name)
        if not folded:
            return _problem("name", "required")
        if _DAMAGED.search(name):
            return _problem("name", "unreadable")
        if len(name) > LONGEST_NAME:
            return _problem("name", "too_long", most=LONGEST_NAME)
        city = city_of(district)
        if city is None:
            return _problem("district", "unknown")
        status = _status_of(state)
        if status is None:
            return _problem("status", "unknown")
        days: list[date | None] = []
        for column, value in (("date", since), ("until", until)):
            day = _day_of(value)
            if isinstance(day, dates.DateProblem):
                return _problem(column, "unreadable")
            days.append(day)
        known_class = class_code(industry_class)
        if known_class is None:
            return _problem("industry_class", "unknown")
        free = free_from(status, *days)
        if free is None and status not in _TAKEN and status is not Status.PENDING:
            return _problem("date", "required")
        parts = cut(
            _OLD_FORM.sub(forms.usual(Subject.COMPANY), folded), self._lists, district
        ).parts
        return Entry(
            digest=keys.digest(city, folded),
            city=int(city),
            name=name,
            district=district,
            status=status.value,
            since=_stored(days[0]),
            until=_stored(days[1]),
            free_from=_stored(free),
            word=parts.word,
            industry=parts.industry,
            # Names are compared by their wording; the class of the firm helps where it says none.
            industry_class=parts.industry_class or known_class,
        )


def free_from(status: Status, since: date | None, until: date | None) -> date | None:
    """Return the first day on which a name collides with nothing; None when none is known.

    A year after a deregistration, a change or a revoked registration; after the last day of a
    reservation, which is two months when it is not known (企业名称登记管理规定, articles 17, 18).
    """
    if status in _FREE_AFTER_A_YEAR:
        return since and dates.add_years(since, 1)
    if status is Status.RESERVED and until is None and since is not None:
        until = dates.add_months(since, RESERVED_MONTHS)
    if status in _TAKEN or until is None:
        return None
    return until + timedelta(days=1)


@lru_cache(10_000)
def city_of(district: str) -> str | None:
    """Return the code of the city of a district, also of one that exists no more."""
    found = divisions.by_code().get(district)
    if found is not None:
        return found.city.code
    if not re.fullmatch("[0-9]{6}", district):
        return None
    for code in (f"{district[:4]}00", f"{district[:2]}0000"):
        above = divisions.by_code().get(code)
        if above is not None and (above.level == 2 or code[:2] in divisions.MUNICIPALITIES):
            return above.city.code
    return None


@lru_cache(10_000)
def class_code(typed: str) -> str | None:
    """Return a class of GB/T 4754 as letter and two digits: H62 for 62, 6210 and H6210.

    Empty for none; None for what is no class.
    """
    match = _CLASS.fullmatch(fold(typed))
    if match is None or len(match[2]) == 1:
        return None
    letter, number = match[1], match[2][:2]
    if not number:
        return letter
    usual = next((one for one, last in _LAST_CLASS.items() if int(number) <= last), None)
    if usual is None or number == "00" or (letter and letter != usual):
        return None
    return f"{usual}{number}"


@lru_cache(1_000)
def _status_of(typed: str) -> Status | None:
    plain = typed.lower()
    for status, spoken in words("names.statuses").items():
        if plain in (status, *spoken.split()):
            return Status(status)
    return None


def _stored(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


@lru_cache(50_000)
def _day_of(typed: str) -> date | dates.DateProblem | None:
    day = dates.parse(typed)
    return None if day is dates.DateProblem.MISSING else day


def _problem(field: str, code: str, **values: object) -> RowProblem:
    return RowProblem(field, code, text(f"names.register.{field}_{code}", **values))
