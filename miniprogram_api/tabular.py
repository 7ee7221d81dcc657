"""Read tables row by row: CSV in UTF-8, GB 18030 or UTF-16, and XLSX."""

import codecs
import csv
import io
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import IO, NamedTuple

from miniprogram_api import xlsx_child
from miniprogram_api.texts import invalid
from miniprogram_api.texts.ledger import truth

ENCODINGS = ("utf-8", "gb18030")
BAD_BYTE = re.compile("[\udc80-\udcff]")
"""The replacement of ``opened`` for a byte that is invalid in the encoding."""
MOST_LINES_OF_A_ROW = 50

_SAMPLED_LINES = 10_000
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_REPOSITORY = Path(__file__).resolve().parents[1]


class XlsxLimits(NamedTuple):
    """The limits of reading one XLSX file."""

    memory: int
    """Bytes of address space."""
    cpu_seconds: int
    seconds: float


# One child at a time in each process, as each may take that much memory.
_reading = threading.Lock()

FOR_PAGES = XlsxLimits(512 * 1024 * 1024, 4, 10)
FOR_COMMANDS = XlsxLimits(2 * 1024 * 1024 * 1024, 300, 600)


class TableRow(NamedTuple):
    """A row with its number in the table and the number of its first line in the text.

    ``raw`` is its text with the line ending; ``cells`` is None for unbalanced quotes.
    """

    number: int
    line: int
    raw: str
    cells: list[str] | None


def encoding_of(file: IO[bytes]) -> str:
    """Detect the encoding by the byte order mark, or by the majority of the non-ASCII lines.

    A majority, because one damaged line must not turn UTF-8 into mojibake; GB 18030 text is hardly
    ever valid UTF-8.
    """
    beginning = file.read(4)
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if beginning.startswith(mark):
            return encoding
    utf8 = other = 0
    file.seek(0)
    for line in file:
        if line.isascii():
            continue
        try:
            line.decode()
            utf8 += 1
        except UnicodeDecodeError:
            other += 1
        if utf8 + other == _SAMPLED_LINES:
            break
    return "utf-8" if utf8 >= other else "gb18030"


def opened(file: IO[bytes], encoding: str) -> io.TextIOWrapper:
    """Open a file as text with its line endings and invalid bytes preserved."""
    file.seek(0)
    errors = "replace" if encoding == "utf-16" else "surrogateescape"
    return io.TextIOWrapper(file, encoding=encoding, errors=errors, newline="")


def split_header(
    line: str, separators: Iterable[str], is_known: Callable[[str], bool]
) -> tuple[str, list[str]]:
    """Return the separator that yields the most known column names, and the names."""
    best, names, most = ",", [line], 0
    for separator in separators:
        try:
            cells = next(csv.reader([line], delimiter=separator), [])
        except csv.Error:
            continue
        known = sum(map(is_known, cells))
        if known > most:
            best, names, most = separator, cells, known
    return best, names


def csv_rows(
    text: Iterable[str], separator: str, *, first_line: int = 1, width: int | None = None
) -> Iterator[TableRow]:
    """Iterate over the rows of a CSV text, blank ones too; ``first_line`` numbers its first line.

    With the ``width`` of the table a stray quote invalidates only its row; without it that row is
    the last one.
    """
    lines = _Lines(iter(text), first_line - 1)
    number = 0
    for line in lines:
        number += 1
        begin = lines.number
        if '"' not in line:
            yield TableRow(number, begin, line, line.rstrip("\r\n").split(separator))
            continue
        raw, cells = _split_quoted(line, lines, separator, width)
        yield TableRow(number, begin, raw, cells)
        if cells is None and width is None:
            return


def xlsx_rows(
    data: bytes, most_rows: int, limits: XlsxLimits = FOR_PAGES
) -> Iterator[tuple[int, list[str]]]:
    """Iterate over the rows of the first sheet, each with its number.

    A process of its own reads the file. Raises Refused: INVALID_INPUT on ``file``.
    """
    arguments = map(str, (most_rows, limits.memory, limits.cpu_seconds, os.getpid()))
    try:
        with _reading:
            done = subprocess.run(  # noqa: S603 - our own module
                [sys.executable, "-m", xlsx_child.__name__, *arguments],
                input=data,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=limits.seconds,
                check=False,
                cwd=_REPOSITORY,
                # Without the keys, which a damaged file must not reach.
                env={"PYTHONPATH": str(_REPOSITORY)},
            )
    except subprocess.TimeoutExpired:
        raise invalid("tabular.file.too_large") from None
    # Negative: killed by the limit of processor time or, in a full machine, by the kernel.
    if done.returncode == xlsx_child.TOO_LARGE or done.returncode < 0:
        raise invalid("tabular.file.too_large")
    if done.returncode != 0:
        raise invalid("tabular.file.unreadable")
    for line in done.stdout.splitlines():
        number, cells = json.loads(line)
        yield number, [truth(cell) if isinstance(cell, bool) else cell for cell in cells]


class _Lines:
    """Numbered lines that can be pushed back."""

    def __init__(self, text: Iterator[str], number: int) -> None:
        self._text = text
        self.number = number

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._text)
        self.number += 1
        return line

    def give_back(self, lines: Sequence[str]) -> None:
        if lines:
            self._text = chain(lines, self._text)
            self.number -= len(lines)


def _split_quoted(
    line: str, lines: _Lines, separator: str, width: int | None
) -> tuple[str, list[str] | None]:
    """Return the text of a row with quotes, and its cells, or None for unbalanced quotes.

    With a ``width``, such a row is only its first line.
    """
    taken = [line]

    def text() -> Iterator[str]:
        yield line
        while width is None or len(taken) < MOST_LINES_OF_A_ROW:
            following = next(lines, None)
            if following is None:
                return
            taken.append(following)
            # A line with as many cells as a row is a row of its own.
            if width is not None and len(following.split(separator)) >= width:
                return
            yield following

    try:
        cells = next(csv.reader(text(), delimiter=separator, strict=True))
    except csv.Error:
        lines.give_back(taken[1:])
        return line, None
    return "".join(taken), cells
