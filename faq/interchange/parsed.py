"""What a file holds, as far as it could be read, and what could not."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from faq.content.validation import Fault
from faq.editing.question_sets import Labelled
from faq.release.parts import Key, refused
from miniprogram_api.reasons import Refused

LARGEST_FILE = 20 * 1024 * 1024
"""Bytes."""


@dataclass(frozen=True)
class Problem:
    """What is wrong in line `line` of a file (row, in a table), in one sentence.

    `name`: the slug of the entry, the kind of the list or the question that the line is about, as
    far as it is known; `field`: how its column is called, where it is about one.
    """

    line: int
    name: str
    message: str
    field: str = ""


@dataclass(frozen=True)
class FilePart:
    """A part as a file has it, from its line `line` on.

    `fields`: those that the file speaks of; None when it holds the whole part.
    """

    key: Key
    value: Any
    line: int
    fields: frozenset[str] | None = None


@dataclass
class Parsed:
    """The parts of a content, in the file's order; `pictures` by their names."""

    parts: list[FilePart] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


@dataclass
class ParsedQuestions:
    """The rows of a question set, each with its line."""

    rows: list[tuple[int, Labelled]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def bad_rows(problems: Iterable[Problem]) -> Refused:
    """The refusal that names each bad row."""
    return refused(
        Fault(f"line.{problem.line}", "bad_row", f"第{problem.line}行：{problem.message}")
        for problem in sorted(problems, key=lambda problem: problem.line)
    )
