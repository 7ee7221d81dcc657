"""Read tables row by row: CSV in UTF-8, GB 18030 or UTF-16, and XLSX."""

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, time
from itertools import chain
from typing import IO, Any, NamedTuple

from openpyxl import load_workbook

from miniprogram_api.reasons import Refused, invalid_field

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
_MOST_COLUMNS = 60
# A small XLSX file can unpack to a very large one.
_LARGEST_UNPACKED = 200 * 1024 * 1024


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


def xlsx_rows(data: bytes, most_rows: int) -> Iterator[tuple[int, list[str]]]:
    """Iterate over the rows of the first sheet, each with its number.

    Raises Refused: INVALID_INPUT on ``file``.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(item.file_size for item in archive.infolist()) > _LARGEST_UNPACKED:
                raise invalid_field("file", "too_large", "表格太大，请分开导入。")
        with closing(load_workbook(io.BytesIO(data), read_only=True, data_only=True)) as book:
            sheet = book.worksheets[0]
            # The declared size may be wrong, and reading up to a stray cell takes minutes.
            sheet.reset_dimensions()
            rows = sheet.iter_rows(max_row=most_rows, max_col=_MOST_COLUMNS, values_only=True)
            for number, cells in enumerate(rows, start=1):
                yield number, [_text(value) for value in cells]
    except Refused:
        raise
    # A damaged file raises KeyError, BadZipFile, ParseError …
    except Exception:
        message = "表格打不开，请用Excel或WPS另存为xlsx或CSV再导入。"
        raise invalid_field("file", "unreadable", message) from None


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


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    return str(value)
