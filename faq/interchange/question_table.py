"""Question sets as tables with the columns `question,case,entry,note`.

`case`: numbers of the correct cases, such as `4|14`; 0 for none. `entry`: slugs and topics, such as
`a|b`, for answers that are not cases. The command `faq evaluate` reads the same form.
"""

from collections.abc import Iterable, Mapping

from faq.content.entries import Content
from faq.content.validation import Fault
from faq.editing.question_sets import OUT_OF_SCOPE, Labelled, problem
from faq.interchange import sheets
from faq.interchange.parsed import ParsedQuestions, Problem
from miniprogram_api.tabular import FOR_PAGES, XlsxLimits
from miniprogram_api.texts import text, words

_HEADER = ("question", "case", "entry", "note")
LABELS = words("content.tables.questions")
"""Field of a question → its name for editors."""
_COLUMNS = {
    **{name: name for name in _HEADER},
    **{label: "entry" if name == "expected" else name for name, label in LABELS.items()},
    **{label: name for name, label in words("content.tables.other_names").items()},
}
_SEPARATOR = "|"


def dump(
    questions: Iterable[Labelled], cases: Mapping[str, int], form: str, encoding: str = "utf-8"
) -> bytes:
    """Return questions as a table; `cases`: slug → number; see `sheets.write`."""
    rows = (_cells(labelled, cases) for labelled in questions)
    return sheets.write(form, text("content.tables.question_set"), _HEADER, rows, encoding)


def parse(
    data: bytes,
    cases: Mapping[str, int],
    answers: Mapping[str, str],
    limits: XlsxLimits = FOR_PAGES,
) -> ParsedQuestions:
    """Read CSV, XLSX; see `dump`, `question_sets.known_answers`. Raises Refused: INVALID_INPUT."""
    sheet = sheets.read(data, _COLUMNS, limits)
    parsed = ParsedQuestions(problems=sheet.problems)
    for needed in ("question", "case"):
        if needed not in sheet.fields and not (needed == "case" and "entry" in sheet.fields):
            parsed.problems.append(sheets.no_column(LABELS[needed], needed))
    if parsed.problems and not sheet.rows:
        return parsed
    slugs = {str(number): slug for slug, number in cases.items()}
    seen: dict[str, int] = {}
    for row in sheet.rows:
        question = " ".join(row.cells.get("question", "").split())
        expected, unknown = _expected(row.cells, slugs)
        labelled = Labelled(question, tuple(expected), row.cells.get("note", "").strip())
        fault = problem(labelled, answers)
        if unknown:
            message = text("content.files.no_case", numbers="、".join(unknown)[:40])
            fault = Fault("case", "unknown_case", message)
        elif fault is None and question in seen:
            message = text("content.files.question_twice", line=seen[question])
            fault = Fault("question", "repeated", message)
        if fault is not None:
            parsed.problems.append(
                Problem(row.line, question[:30], fault.message, LABELS[fault.field])
            )
            continue
        seen[question] = row.line
        parsed.rows.append((row.line, labelled))
    return parsed


def cases_of(content: Content) -> dict[str, int]:
    """Map the slugs of a content's cases to their numbers."""
    return {entry.slug: case for case, entry in content.by_case.items()}


def _cells(labelled: Labelled, cases: Mapping[str, int]) -> list[str]:
    numbers = sorted({cases.get(answer, 0) for answer in labelled.expected})
    # A case is named by its number alone; everything else has number 0.
    named = [answer for answer in labelled.expected if answer not in cases]
    entries = [] if named == [OUT_OF_SCOPE] else named
    return [
        labelled.question,
        _SEPARATOR.join(map(str, numbers)),
        _SEPARATOR.join(entries),
        labelled.note,
    ]


def _expected(cells: Mapping[str, str], slugs: Mapping[str, str]) -> tuple[list[str], list[str]]:
    entries = [name.strip() for name in cells.get("entry", "").split(_SEPARATOR) if name.strip()]
    expected, unknown = dict.fromkeys(entries), []
    for part in cells.get("case", "").split(_SEPARATOR):
        number = part.strip()
        if number in ("", OUT_OF_SCOPE):
            if number and not entries:
                expected[OUT_OF_SCOPE] = None
        elif number in slugs:
            expected[slugs[number]] = None
        else:
            unknown.append(number[:10])
    return list(expected), unknown
