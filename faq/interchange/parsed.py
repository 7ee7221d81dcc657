"""Results of reading a file: its parts or rows, and its errors."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from faq.content.validation import Fault
from faq.editing.question_sets import Labelled
from faq.release.faults import refused
from faq.release.parts import Key
from miniprogram_api.reasons import Refused
from miniprogram_api.texts import text

LARGEST_FILE = 20 * 1024 * 1024
"""Bytes."""


@dataclass(frozen=True)
class Problem:
    """An error in a line of a file (row of a table); `name`: the entry, list or question."""

    line: int
    name: str
    message: str
    field: str = ""


@dataclass(frozen=True)
class FilePart:
    """A part that begins at line `line`; `fields`: its columns, None for the whole part."""

    key: Key
    value: Any
    line: int
    fields: frozenset[str] | None = None


@dataclass
class Parsed:
    """Parts in the file's order; pictures by name.

    `has_points_alone`: a file of points, which never stands for all entries.
    """

    parts: list[FilePart] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    has_points_alone: bool = False


@dataclass
class ParsedQuestions:
    """Rows of a question set with their line numbers."""

    rows: list[tuple[int, Labelled]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def bad_rows(problems: Iterable[Problem]) -> Refused:
    """Return a refusal that names every bad row."""
    return refused(
        Fault(
            f"line.{problem.line}",
            "bad_row",
            text("content.files.line", line=problem.line, problem=problem.message),
        )
        for problem in sorted(problems, key=lambda problem: problem.line)
    )


def slug_twice(slug: str, first: int) -> str:
    """Return the sentence about a repeated entry, whose first row in line `first` is kept.

    Its `Problem` has no name: a problem of that name would exclude the first row, too.
    """
    return text("content.files.slug_twice", slug=slug[:50], first=first)
