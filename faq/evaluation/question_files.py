"""Read files of labelled questions: CSV with the columns `question,case`.

`case`: a number, several as `4|14`, or 0 for none. Optional columns: `entry`, the right guide,
service or courtesy of a question without case (several as `a|b`), and `set`, the set of questions
that the row belongs to.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from miniprogram_api.texts import text as say

OUT_OF_SCOPE = 0
"""The label of a question without a case."""

# Spreadsheets write UTF-8, and GB 18030 on older Chinese Windows.
_ENCODINGS = ("utf-8-sig", "gb18030")
_MOST_PROBLEMS = 20
_SAYS = "content.question_files"


@dataclass(frozen=True)
class LabelledQuestion:
    """Pair a question with its right cases, at least one; `entry`: other right answers (`a|b`).

    `OUT_OF_SCOPE` among several cases means that declining is right, too.
    """

    text: str
    cases: frozenset[int]
    entry: str | None = None

    @property
    def is_of_a_case(self) -> bool:
        """Return whether a case is a right answer."""
        return self.cases != {OUT_OF_SCOPE}


class QuestionFileError(ValueError):
    """Report an unusable file; `problems` are sentences with line numbers."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        more = len(problems) - _MOST_PROBLEMS
        shown = problems[:_MOST_PROBLEMS] + ([say(f"{_SAYS}.more", count=more)] if more > 0 else [])
        super().__init__("；".join(shown) + "。")


def parse(data: bytes, named: str | None = None) -> list[LabelledQuestion]:
    """Read the questions of a file in order; with `named`, only those of this set.

    Raises QuestionFileError with every problem; a file is never read in part, because figures would
    mislead.
    """
    questions: list[LabelledQuestion] = []
    problems: list[str] = []
    for line, row in _rows(_decoded(data)):
        if named is not None and row.get("set", "").strip() != named:
            continue
        text = row.get("question", "").strip()
        cases = _cases(row.get("case", ""))
        if not text:
            problems.append(say(f"{_SAYS}.no_question", line=line))
        elif cases is None:
            given = row.get("case", "").strip()[:20]
            problems.append(say(f"{_SAYS}.no_case", line=line, given=given))
        else:
            questions.append(LabelledQuestion(text, cases, row.get("entry", "").strip() or None))
    if problems:
        raise QuestionFileError(problems)
    if not questions:
        missing = "no_set" if named else "empty"
        raise QuestionFileError([say(f"{_SAYS}.{missing}", name=named)])
    return questions


def _decoded(data: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            # Some editors write a byte order mark in GB 18030, too.
            return data.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
    raise QuestionFileError([say(f"{_SAYS}.encoding")])


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each non-blank row by column, with the number of its last line."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        filled = (values for values in reader if any(value.strip() for value in values))
        header = [name.strip().lower() for name in next(filled, [])]
        missing = [name for name in ("question", "case") if name not in header]
        if missing:
            raise QuestionFileError([say(f"{_SAYS}.no_column", names="、".join(missing))])
        for values in filled:
            yield reader.line_num, dict(zip(header, values, strict=False))
    except csv.Error as error:
        raise QuestionFileError(
            [say(f"{_SAYS}.no_csv", line=reader.line_num, error=error)]
        ) from error


def _cases(text: str) -> frozenset[int] | None:
    """Parse `4|14`; None when it is invalid."""
    parts = [part.strip() for part in text.split("|")]
    if all(part.isascii() and part.isdigit() and len(part) <= 9 for part in parts):
        return frozenset(map(int, parts))
    return None
