"""Question sets as rows of a spreadsheet: `question,case,entry,note`.

`case`: the numbers of the cases that answer rightly, as `4|14`; 0: none of the cases. `entry`: the
slugs and topics, as `a|b`; needed only for what is no case. The same form that the command
`faq evaluate` reads.
"""

from collections.abc import Iterable, Mapping

from faq.content.entries import Content
from faq.content.validation import Fault
from faq.editing.question_sets import OUT_OF_SCOPE, Labelled, problem
from faq.interchange import sheets
from faq.interchange.parsed import ParsedQuestions, Problem

_HEADER = ("question", "case", "entry", "note")
_COLUMNS = {name: name for name in _HEADER} | {
    "问题": "question",
    "情形": "case",
    "情形编号": "case",
    "条目": "entry",
    "正确答案": "entry",
    "备注": "note",
}
_SHEET = "问题集"
_LABELS = {"question": "问题", "case": "情形编号", "expected": "正确答案", "note": "备注"}
_SEPARATOR = "|"


def dump_csv(
    questions: Iterable[Labelled], cases: Mapping[str, int], encoding: str = "utf-8"
) -> bytes:
    """The questions as CSV. `cases`: slug → number; see `sheets.write_csv`."""
    return sheets.write_csv(_HEADER, (_cells(one, cases) for one in questions), encoding)


def dump_xlsx(questions: Iterable[Labelled], cases: Mapping[str, int]) -> bytes:
    """The same as XLSX."""
    return sheets.write_xlsx(_SHEET, _HEADER, (_cells(one, cases) for one in questions))


def parse(data: bytes, cases: Mapping[str, int], known: Mapping[str, str]) -> ParsedQuestions:
    """The questions of a CSV or XLSX file, and what is wrong with the other rows.

    `cases`: slug → number; `known`: see `question_sets.known_answers`. Raises Refused:
    INVALID_INPUT when the file is no table of questions.
    """
    sheet = sheets.read(data, _COLUMNS)
    parsed = ParsedQuestions(problems=sheet.problems)
    for needed, name in (("question", "问题"), ("case", "情形编号")):
        if needed not in sheet.fields and not (needed == "case" and "entry" in sheet.fields):
            parsed.problems.append(Problem(1, "", f"缺少“{name}”（{needed}）这一列。"))
    if parsed.problems and not sheet.rows:
        return parsed
    slugs = {str(number): slug for slug, number in cases.items()}
    seen: dict[str, int] = {}
    for row in sheet.rows:
        text = " ".join(row.cells.get("question", "").split())
        expected, unknown = _expected(row.cells, slugs)
        one = Labelled(text, tuple(expected), row.cells.get("note", "").strip())
        fault = problem(one, known)
        if unknown:
            message = f"没有编号为{'、'.join(unknown)[:40]}的情形。"
            fault = Fault("case", "unknown_case", message)
        elif fault is None and text in seen:
            fault = Fault("question", "repeated", f"与第{seen[text]}行的问题相同。")
        if fault is not None:
            parsed.problems.append(
                Problem(row.line, text[:30], fault.message, _LABELS[fault.field])
            )
            continue
        seen[text] = row.line
        parsed.rows.append((row.line, one))
    return parsed


def cases_of(content: Content) -> dict[str, int]:
    """Slug → number of the cases."""
    return {entry.slug: case for case, entry in content.by_case.items()}


def _cells(labelled: Labelled, cases: Mapping[str, int]) -> list[str]:
    numbers = sorted({cases.get(answer, 0) for answer in labelled.expected})
    # A case's number names its entry; what is no case has 0 as number, and so has what is not ours.
    named = [answer for answer in labelled.expected if answer not in cases]
    entries = [] if named == [OUT_OF_SCOPE] else named
    return [
        labelled.question,
        _SEPARATOR.join(map(str, numbers)),
        _SEPARATOR.join(entries),
        labelled.note,
    ]


def _expected(cells: Mapping[str, str], slugs: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The right answers of a row, and the numbers that no case has."""
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
