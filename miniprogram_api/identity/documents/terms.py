"""Check the terms of validity of identity documents.

Sources: 居民身份证法 art. 5 for the length of the term, GA 214.8-2004 for its last day,
国办发〔2018〕81号 for residence permits.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from miniprogram_api.identity.documents.dates import (
    MAX_RAW_LENGTH,
    DateProblem,
    add_months,
    add_years,
    characters,
    parse,
)
from miniprogram_api.identity.documents.findings import Checked, Finding, Kind, Severity
from miniprogram_api.identity.documents.id_numbers import Document, IdNumber

LONG_TERM = "长期"
FIRST_ISSUE = date(2004, 3, 29)
"""First issue of second-generation cards; older cards ended on 2013-01-01."""
PERMIT_YEARS = 5
TEMPORARY_CARD_MONTHS = 3

_LONG_TERM = re.compile("[长長]期(?:有效)?")
_ZEROS = re.compile(r"0000([-./]?)00(?:\1)00")
_ONE_DAY = timedelta(days=1)

_START_PROBLEMS = {
    DateProblem.MISSING: Kind.VALID_FROM_MISSING,
    DateProblem.UNREADABLE: Kind.VALID_FROM_FORMAT,
    DateProblem.IMPOSSIBLE: Kind.VALID_FROM_IMPOSSIBLE,
}
_END_PROBLEMS = {
    DateProblem.MISSING: Kind.VALID_UNTIL_MISSING,
    DateProblem.UNREADABLE: Kind.VALID_UNTIL_FORMAT,
    DateProblem.IMPOSSIBLE: Kind.VALID_UNTIL_IMPOSSIBLE,
}


@dataclass(frozen=True, slots=True)
class Term:
    """Hold a term; ``valid_until`` is its last day (still valid), or None for 长期."""

    valid_from: date
    valid_until: date | None

    @property
    def until_text(self) -> str:
        """Return the end as ISO 8601 or 长期."""
        return LONG_TERM if self.valid_until is None else self.valid_until.isoformat()


def check(
    valid_from: str | None, valid_until: str | None, holder: IdNumber | None, today: date
) -> Checked[Term]:
    """Check a term; at most one refusal per field, never an exception.

    Without ``holder`` (the number was refused), rules that depend on the holder are skipped.
    """
    start = parse(valid_from)
    end, in_other_words = read_end(valid_until)
    start_refusal = _check_start(valid_from, start, holder, today)
    usual = None
    if holder is not None and start_refusal is None and isinstance(start, date):
        usual = usual_term(holder, start)
        if end == usual.valid_until and not in_other_words and not _is_over(end, today):
            return Checked(usual)
    end_finding = _check_end(start, end, usual, holder, today)

    refusals = [] if start_refusal is None else [start_refusal]
    warnings = []
    if in_other_words:
        warnings.append(Kind.VALID_UNTIL_READ_AS_LONG_TERM.finding(suggestion=LONG_TERM))
    if end_finding is not None:
        refuses = end_finding.kind.severity is Severity.REFUSAL
        (refusals if refuses else warnings).append(end_finding)
    if refusals or isinstance(start, DateProblem) or isinstance(end, DateProblem):
        return Checked(None, tuple(refusals), tuple(warnings))
    return Checked(Term(start, end), (), tuple(warnings))


def read_end(raw: str | None) -> tuple[date | DateProblem | None, bool]:
    """Parse the last day (None for 长期); also return whether 长期 was written in another form.

    Other systems write 长期 as 00000000 or 9999-12-31.
    """
    if raw == LONG_TERM:
        return None, False
    day = parse(raw)
    if day == date.max:
        return None, True
    if isinstance(day, DateProblem) and isinstance(raw, str) and len(raw) <= MAX_RAW_LENGTH:
        text = characters(raw)
        if _LONG_TERM.fullmatch(text):
            return None, False
        if _ZEROS.fullmatch(text):
            return None, True
    return day, False


def usual_term(holder: IdNumber, start: date) -> Term:
    """Return the legal term of a document issued on ``start``, by the age on that day.

    Resident cards: under 16 five years, 16 to 25 ten, 26 to 45 twenty, from 46 on 长期. Residence
    permits: five years. Cards of foreign permanent residents: ten years from 18 on, else five.
    """
    age = holder.age_on(start)
    if holder.document is Document.RESIDENCE_PERMIT:
        years = PERMIT_YEARS
    elif holder.document is Document.FOREIGN_CARD:
        years = 10 if age >= 18 else 5
    elif age >= 46:
        return Term(start, None)
    else:
        years = 5 if age < 16 else 10 if age < 26 else 20
    return Term(start, add_years(start, years))


def _check_start(
    raw: str | None, start: date | DateProblem, holder: IdNumber | None, today: date
) -> Finding | None:
    if isinstance(start, DateProblem):
        if start is DateProblem.UNREADABLE and read_end(raw)[0] is None:
            return Kind.VALID_FROM_LONG_TERM.finding()
        return _START_PROBLEMS[start].finding()
    if start > today:
        return Kind.VALID_FROM_IN_FUTURE.finding()
    if start < FIRST_ISSUE:
        return Kind.VALID_FROM_TOO_EARLY.finding()
    if holder is not None and start < holder.birth_date:
        return Kind.VALID_FROM_BEFORE_BIRTH.finding()
    return None


def _check_end(
    start: date | DateProblem,
    end: date | DateProblem | None,
    usual: Term | None,
    holder: IdNumber | None,
    today: date,
) -> Finding | None:
    """Return the finding on the end; suggest only a date that would be accepted."""
    would_pass = None
    if usual is not None and (usual.valid_until is None or usual.valid_until >= today):
        would_pass = usual.until_text
    if isinstance(end, DateProblem):
        # A form that lacks the end fills in the one that follows from start and age.
        unread = end is DateProblem.UNREADABLE
        return _END_PROBLEMS[end].finding(suggestion=None if unread else would_pass)
    if end is not None and isinstance(start, date) and end <= start:
        return Kind.VALID_UNTIL_NOT_AFTER_START.finding(suggestion=would_pass)
    if _is_over(end, today):
        return Kind.VALID_UNTIL_EXPIRED.finding(suggestion=would_pass)
    if usual is None or holder is None or end == usual.valid_until:
        return None
    return _check_unusual_end(end, usual, holder, would_pass, today)


def _check_permit_over(end: date, usual: Term, today: date) -> Finding:
    """Return the finding on a permit whose first day is too old for its last one.

    Where a permit with this last day can exist, the first day is offered.
    """
    start = add_years(end, -PERMIT_YEARS)
    if start <= today:
        return Kind.VALID_FROM_PERMIT_TERM.finding(
            suggestion=start.isoformat(), expected=start.isoformat(), until=end.isoformat()
        )
    return Kind.VALID_UNTIL_PERMIT_OVER.finding(expected=usual.until_text)


def _check_unusual_end(
    end: date | None, usual: Term, holder: IdNumber, suggestion: str | None, today: date
) -> Finding:
    """Return the finding on an unusual end; ``suggestion`` is the usual one unless over."""
    expected = usual.until_text
    permit = holder.document is Document.RESIDENCE_PERMIT
    if end is None:
        if permit:
            return Kind.VALID_UNTIL_PERMIT_LONG_TERM.finding(suggestion=suggestion)
        return Kind.VALID_UNTIL_LONG_TERM_UNLIKELY.finding(suggestion=suggestion, expected=expected)
    if holder.document is Document.RESIDENT_CARD and _near(
        end, add_months(usual.valid_from, TEMPORARY_CARD_MONTHS)
    ):
        return Kind.VALID_UNTIL_TEMPORARY_CARD.finding()
    if usual.valid_until is None:
        return Kind.VALID_UNTIL_LONG_TERM_LIKELY.finding(suggestion=suggestion)
    if _near(end, usual.valid_until):
        kind = Kind.VALID_UNTIL_DAY_OFF
    elif permit and suggestion is None:
        # Any permit issued that day is over.
        return _check_permit_over(end, usual, today)
    else:
        kind = Kind.VALID_UNTIL_PERMIT_TERM if permit else Kind.VALID_UNTIL_TERM_MISMATCH
    return kind.finding(suggestion=suggestion, expected=expected)


def _is_over(end: date | DateProblem | None, today: date) -> bool:
    return isinstance(end, date) and end < today


def _near(day: date, other: date) -> bool:
    return abs(day - other) <= _ONE_DAY
