"""Validate one row of an older system's accounts by the rules for everybody.

Outdated dates are accepted because the activation asks for new ones. A warning that a person would
confirm (a name of one character) needs the operator's confirmation, or the row is rejected.
"""

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import NamedTuple, TypeVar

from miniprogram_api import texts
from miniprogram_api.access import usernames
from miniprogram_api.identity.documents import dates, id_numbers, names, terms
from miniprogram_api.identity.documents.check import GUARDIAN_AGE
from miniprogram_api.identity.documents.findings import Checked, Finding, Kind, Severity
from miniprogram_api.identity.documents.id_numbers import Document, IdNumber
from miniprogram_api.phones import numbers as phone_numbers
from miniprogram_api.reasons import Refused
from models.accounts.synced_accounts import PlainAccount
from models.storage import canonical

FIELDS = ("id_number", "name", "phone", "username", "valid_from", "valid_until")
"""The values of a row, in this order."""

CONFIRMABLE = frozenset(
    kind.code for kind in Kind if kind.field_name == "name" and kind.severity is Severity.WARNING
)
"""Warnings that reject a row unless confirmed: an activation cannot correct the name."""

# The activation asks for new dates in these cases.
_TOLERATED = frozenset(
    {
        Kind.VALID_FROM_MISSING,
        Kind.VALID_FROM_TOO_EARLY,
        Kind.VALID_UNTIL_MISSING,
        Kind.VALID_UNTIL_EXPIRED,
        Kind.VALID_UNTIL_TEMPORARY_CARD,
        Kind.VALID_UNTIL_PERMIT_LONG_TERM,
        Kind.VALID_UNTIL_PERMIT_TERM,
    }
)
# Placeholders of other systems for "no value".
_NOTHING = frozenset(
    ["-", "--", "/", "\\", "\\n", "无", "空", "暂无", "未知", "null", "(null)", "none", "nil",
     "n/a", "na", "nan", "nat"]
)  # fmt: skip
# Excel notations that keep a number as text: '110… and ="110…".
_FORCED_TEXT = re.compile('[\'‘’`]\\s*(.*)|=\\s*"(.*)"', re.DOTALL)
# Time of day that databases append to a date.
_MIDNIGHT = re.compile(r"(?<=[0-9])(?:T|\s+)0{1,2}:00(?::00(?:\.0+)?)?(?:Z|\+0[08]:?00)?\Z")
_ZEROS = re.compile("0{8}|0{4}[./]00[./]00")
_OLD_NUMBER = re.compile("[0-9]{15}")

REMEMBERED_DAYS = 20_000

Value = TypeVar("Value")


class Problem(NamedTuple):
    """Describe an error in a row; the sentence contains no personal data."""

    line: int
    field: str
    code: str
    message: str
    imported: bool = False
    """Whether the row was imported nevertheless."""


class Row(NamedTuple):
    """Hold a row of the file; ``line`` is its first line, counted from 1."""

    line: int
    raw: str
    values: tuple[str, ...]
    """Texts of ``FIELDS``, empty where missing."""
    problem: Problem | None = None
    """Why the row cannot be read; then it has no values."""


class Person(NamedTuple):
    """Hold a row that can be imported."""

    line: int
    account: PlainAccount
    username_problem: Problem | None
    """Why the file's user name is not used."""


class RowValidator:
    """Validate rows on the day ``today``."""

    def __init__(
        self, today: date, also_assigned: frozenset[str], confirmed: frozenset[str]
    ) -> None:
        self._today = today
        self._born_too_late = dates.add_years(today, -GUARDIAN_AGE)
        self._also_assigned = also_assigned
        self._confirmed = confirmed
        # A file has few distinct dates.
        self._parse = lru_cache(REMEMBERED_DAYS)(dates.parse)
        self._read_end = lru_cache(REMEMBERED_DAYS)(lambda text: terms.read_end(text)[0])

    def __call__(self, row: Row) -> Person | list[Problem]:
        """Return the person of a valid row, else the problems."""
        if row.problem is not None:
            return [row.problem]
        number_text, name_text, phone_text, username_text, from_text, until_text = row.values
        findings: list[Finding] = []
        number = self._check_number(number_text)
        if number.value is None:
            number = _unforced(self._check_number, number_text, number)
            findings += number.refusals
        holder = number.value
        name = self._check_name(name_text)
        if name.value is None:
            name = _unforced(self._check_name, name_text, name)
            findings += name.refusals
        phone = self._check_phone(phone_text)
        if isinstance(phone, Finding):
            findings.append(phone)
        valid_from = valid_until = None
        long_term = False
        if from_text or until_text:
            term = self._check_term(from_text, until_text, holder)
            if isinstance(term, list):
                findings += term
            else:
                valid_from, valid_until, long_term = term
        if findings or holder is None or name.value is None or isinstance(phone, Finding):
            return [Problem(row.line, f.field, f.code, f.message) for f in findings]
        username = problem = None
        if username_text:
            username, problem = _read_username(row.line, username_text, holder.number, phone)
        account = PlainAccount(
            holder.number, name.value, phone, username, valid_from, valid_until, long_term
        )
        return Person(row.line, account, problem)

    def _check_number(self, text: str) -> Checked[IdNumber]:
        checked = id_numbers.check(text, self._today)
        if checked.value is None:
            if checked.refusals[0].kind is not Kind.ID_NUMBER_OLD:
                return checked
            checked = self._check_old_number(text, checked)
        holder = checked.value
        if holder is not None and holder.birth_date > self._born_too_late:
            return Checked(None, (Kind.ID_NUMBER_UNDER_14.finding(),))
        return checked

    def _check_old_number(self, text: str, old: Checked[IdNumber]) -> Checked[IdNumber]:
        """Check the 18-character form of a number of 15 digits."""
        checked = id_numbers.check(canonical.id_number(text), self._today)
        if checked.value is not None and checked.value.document is not Document.RESIDENT_CARD:
            # Only resident cards had numbers of 15 digits.
            return old
        return checked

    def _check_name(self, text: str) -> Checked[str]:
        checked = names.check(text)
        if not checked.warnings:
            return checked
        unconfirmed = [w for w in checked.warnings if w.code not in self._confirmed]
        return Checked(None, tuple(unconfirmed)) if unconfirmed else checked

    def _check_phone(self, text: str) -> str | Finding:
        checked = phone_numbers.normalise(text, self._also_assigned)
        if isinstance(checked, Finding):
            forced = _FORCED_TEXT.fullmatch(text.strip())
            if forced is not None:
                return phone_numbers.normalise(forced[1] or forced[2], self._also_assigned)
        return checked

    def _check_term(
        self, from_text: str, until_text: str, holder: IdNumber | None
    ) -> list[Finding] | tuple[str | None, str | None, bool]:
        """Return first day, last day and whether it is 长期; or the errors."""
        start, end = self._parse(from_text), self._read_end(until_text)
        if (
            isinstance(start, date)
            and (end is None or (isinstance(end, date) and end > start))
            and holder is not None
            and holder.birth_date <= start <= self._today
            and start >= terms.FIRST_ISSUE
        ):
            # Further findings of the full check are tolerated here.
            return start.isoformat(), None if end is None else end.isoformat(), end is None
        checked = terms.check(from_text, until_text, holder, self._today)
        if checked.value is None:
            from_text, until_text = _plain_date(from_text), _plain_date(until_text)
            # Zeros as an end mean 长期 after a first day, else a database's empty date.
            if _is_zeros(from_text):
                from_text = ""
            if not from_text and _is_zeros(until_text):
                until_text = ""
            checked = terms.check(from_text, until_text, holder, self._today)
        if checked.value is not None:
            start, end = checked.value.valid_from, checked.value.valid_until
            return start.isoformat(), None if end is None else end.isoformat(), end is None
        wrong = [f for f in checked.refusals if f.kind not in _TOLERATED]
        if wrong:
            return wrong
        return _day(dates.parse(from_text)), *_last_day(until_text)


def _unforced(
    check: Callable[[str], Checked[Value]], text: str, checked: Checked[Value]
) -> Checked[Value]:
    """Check ``text`` without Excel's notation; return ``checked`` if it has none."""
    forced = _FORCED_TEXT.fullmatch(text.strip())
    return checked if forced is None else check(forced[1] or forced[2] or "")


def _plain_date(text: str) -> str:
    """Strip additions of databases and Excel from a date; return "" for a placeholder."""
    text = text.strip()
    forced = _FORCED_TEXT.fullmatch(text)
    if forced is not None:
        text = (forced[1] or forced[2] or "").strip()
    text = _MIDNIGHT.sub("", text)
    return "" if text.lower() in _NOTHING else text


def _is_zeros(text: str) -> bool:
    return _ZEROS.fullmatch(canonical.ascii_characters(text)) is not None


def _last_day(text: str) -> tuple[str | None, bool]:
    end, _ = terms.read_end(text)
    return (None, True) if end is None else (_day(end), False)


def _day(day: date | dates.DateProblem) -> str | None:
    return day.isoformat() if isinstance(day, date) else None


def _read_username(
    line: int, text: str, id_number: str, phone: str
) -> tuple[str | None, Problem | None]:
    """Return the user name, or None and possibly the problem.

    An ID number or phone as user name is dropped silently; both work as a login anyway.
    """
    if text.strip().lower() in _NOTHING:
        return None, None
    try:
        return usernames.parse(text), None
    except Refused as refused:
        characters = canonical.id_number_characters(text)
        if characters in ("", id_number, phone) or canonical.phone_characters(text) == phone:
            return None, None
        if _OLD_NUMBER.fullmatch(characters) and canonical.upgraded(characters) == id_number:
            return None, None
        field = refused.details["fields"][0]
        message = texts.text("account_import.without_username", message=field["message"])
        return None, Problem(line, "username", field["code"], message, imported=True)
