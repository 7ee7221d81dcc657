"""Files with the accounts of an older system: CSV or JSON lines, in UTF-8, GB 18030 or UTF-16.

A row that cannot be read is given as it stands, byte for byte, so that nothing is lost.
"""

import codecs
import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import IO, Any, Self

from handlers.commands.account_columns import (
    HeaderRefused,
    field_of,
    require_columns,
    split_header,
)
from miniprogram_api.account_rows import FIELDS, Problem, Row

CSV, JSON_LINES = "CSV", "JSON lines"
LONGEST_HEADER = 65_536
# A cell with line breaks, quoted, makes a row of several lines.
MOST_LINES_OF_A_ROW = 50
# Enough lines with other than ASCII characters to know the encoding by.
LINES_LOOKED_AT = 10_000

_BAD_BYTE = re.compile("[\udc80-\udcff]")
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class FileRefused(Exception):
    """One sentence that says why nothing of the file can be imported."""


@dataclass(frozen=True)
class AccountFile:
    """What was found out about a file by looking at its beginning."""

    path: Path
    kind: str
    encoding: str
    has_bad_bytes: bool
    """Whether there are bytes that are no characters of the encoding."""
    size: int
    digest: str
    """SHA-256 of the whole file, in hex."""
    separator: str = ""
    header: str = ""
    """The line of a CSV file that names the columns, as it stands."""
    header_line: int = 0
    columns: tuple[str | None, ...] = ()
    """The field of each column, or None."""
    ignored: tuple[str, ...] = ()
    """The names of the columns that mean nothing here."""


def recognise(path: Path, encoding: str | None = None) -> AccountFile:
    """Find out what is in a file. Raises FileRefused, OSError."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
        file.seek(0)
        encoding = _encoding(file, encoding)
        file.seek(0)
        has_bad_bytes = _has_bad_bytes(file, encoding)
    if has_bad_bytes and encoding == "utf-16":
        raise FileRefused("The file begins like UTF-16, but is damaged. Export it again.")
    header, number = "", 0
    with path.open(encoding=encoding, errors="surrogateescape", newline="") as text:
        while not header.strip():
            header = text.readline(LONGEST_HEADER)
            number += 1
            if not header:
                raise FileRefused("The file is empty.")
    if len(header) == LONGEST_HEADER:
        raise FileRefused("The first line is too long; this is no list of accounts.")
    if header.lstrip().startswith("["):
        raise FileRefused(
            "This is one JSON array; write each account as an object on its own line."
        )
    found = AccountFile(path, JSON_LINES, encoding, has_bad_bytes, size, digest)
    if header.lstrip().startswith("{"):
        return found
    separator, names = split_header(header)
    columns = tuple(map(field_of, names))
    try:
        require_columns(columns)
    except HeaderRefused as reason:
        raise FileRefused(str(reason)) from None
    ignored = tuple(name for name, field in zip(names, columns, strict=True) if field is None)
    return replace(
        found,
        kind=CSV,
        separator=separator,
        header=header,
        header_line=number,
        columns=columns,
        ignored=ignored,
    )


class Rows:
    """The rows of a file, in order; what cannot be read is a row with a problem."""

    def __init__(self, file: AccountFile) -> None:
        """Raises OSError."""
        self._file = file
        self._bytes = file.path.open("rb")
        self._text = io.TextIOWrapper(
            self._bytes, encoding=file.encoding, errors="surrogateescape", newline=""
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._text.close()

    @property
    def bytes_read(self) -> int:
        """How far reading has come; a little ahead of the rows that were given."""
        return self._bytes.tell()

    def __iter__(self) -> Iterator[Row]:
        """Read once from the first row to the last. Raises OSError."""
        for _ in range(self._file.header_line):
            self._text.readline()
        rows = self._csv() if self._file.kind == CSV else self._json_lines()
        return map(_without_bad_bytes, rows) if self._file.has_bad_bytes else rows

    def batches(self, size: int) -> Iterator[list[Row]]:
        """The same as lists of ``size`` rows; the last one may be shorter. Raises OSError."""
        rows = iter(self)
        while batch := list(islice(rows, size)):
            yield batch

    def _csv(self) -> Iterator[Row]:
        separator, width = self._file.separator, len(self._file.columns)
        blank = separator + ' \t\r\n"\x1a'
        # The place of a column that the file does not have is the last one, which is always empty.
        places = {field: place for place, field in enumerate(self._file.columns)}
        pick = itemgetter(*(places.get(field, -1) for field in FIELDS))
        lines = _Lines(self._text, self._file.header_line)
        for line in lines:
            if not line.strip(blank):
                continue
            number, raw = lines.number, line
            if '"' in line:
                raw, split = _split_quoted(line, lines, separator, width)
                if split is None:
                    yield _unreadable(
                        number, raw, "row_quotes", "这一行的引号不成对，请改好后再导入。"
                    )
                    continue
                cells = split
            else:
                cells = line.rstrip("\r\n").split(separator)
            if len(cells) > width:
                if any(cell.strip() for cell in cells[width:]):
                    message = f"这一行有{len(cells)}列，表头只有{width}列，请看看是否多了分隔符。"
                    yield _unreadable(number, raw, "row_columns", message)
                    continue
                del cells[width:]
            cells += [""] * (width + 1 - len(cells))
            yield Row(number, raw, pick(cells))

    def _json_lines(self) -> Iterator[Row]:
        for number, line in enumerate(self._text, start=1):
            if not line.strip(" \t\r\n\x1a"):
                continue
            try:
                yield Row(number, line, _values_of_json(line))
            # Nested too deeply, a number of too many digits: that is no account either.
            except (ValueError, RecursionError):
                yield _unreadable(
                    number, line, "row_json", "这一行不是一个完整的JSON对象，请改好后再导入。"
                )


class _Lines:
    """The lines of a text, with their numbers; lines can be given back to be read again."""

    def __init__(self, text: Iterator[str], number: int) -> None:
        self._text = text
        self._again: list[str] = []
        self.number = number
        """The number of the line that was given last."""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.pop() if self._again else next(self._text)
        self.number += 1
        return line

    def give_back(self, lines: Sequence[str]) -> None:
        self._again += reversed(lines)
        self.number -= len(lines)


def _split_quoted(
    line: str, lines: _Lines, separator: str, width: int
) -> tuple[str, list[str] | None]:
    """The text of a row that has quotes, and its cells, or None when they do not match.

    Then only its first line is taken, so that one stray quote cannot swallow the people after it.
    """
    taken = [line]
    while True:
        try:
            cells = next(csv.reader(taken, delimiter=separator, strict=True))
            return "".join(taken), cells
        except csv.Error as error:
            following = None
            if str(error) == "unexpected end of data" and len(taken) < MOST_LINES_OF_A_ROW:
                following = next(lines, None)
        # A line that has as many cells as a row is one.
        if following is None or len(following.split(separator)) >= width:
            lines.give_back([*taken[1:], *([] if following is None else [following])])
            return line, None
        taken.append(following)


def _values_of_json(line: str) -> tuple[str, ...]:
    """Raises ValueError, RecursionError."""
    content = json.loads(line)
    if not isinstance(content, dict):
        raise ValueError("no object")
    values: dict[str, str] = {}
    for name, value in content.items():
        field = field_of(name)
        if field is None:
            continue
        if field in values:
            raise ValueError("twice")
        values[field] = _text_of_json(value)
    return tuple(values.get(field, "") for field in FIELDS)


def _text_of_json(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ValueError("no text")


def _unreadable(number: int, raw: str, code: str, message: str) -> Row:
    return Row(number, raw, (), Problem(number, "row", code, message))


def _without_bad_bytes(row: Row) -> Row:
    """The row; unreadable when a value has bytes that are no characters of the file's encoding."""
    if row.problem is None and any(map(_BAD_BYTE.search, row.values)):
        message = "这一行有无法识别的字节，请按原来的编码重新导出。"
        return _unreadable(row.line, row.raw, "row_encoding", message)
    return row


def _encoding(file: IO[bytes], given: str | None) -> str:
    """The encoding of the whole file, by its mark or by most of its lines."""
    beginning = file.read(4)
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if beginning.startswith(mark):
            return encoding
    if given is not None:
        return given
    file.seek(0)
    utf8 = other = 0
    for line in file:
        if line.isascii():
            continue
        try:
            line.decode()
            utf8 += 1
        except UnicodeDecodeError:
            other += 1
        if utf8 + other == LINES_LOOKED_AT:
            break
    # One damaged line must not turn a file in UTF-8 into nonsense that looks like names; and text
    # in GB 18030 is hardly ever valid UTF-8.
    return "utf-8" if utf8 >= other else "gb18030"


def _has_bad_bytes(file: IO[bytes], encoding: str) -> bool:
    """Whether the file has bytes that are no characters of its encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while part := file.read(1 << 20):
            decoder.decode(part)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return True
    return False
