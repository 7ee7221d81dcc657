"""Files with the accounts of an older system: CSV or JSON lines, in UTF-8, GB 18030 or UTF-16.

Unreadable rows are returned byte for byte.
"""

import codecs
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import IO, Any, Self

from handlers.commands.accounts.columns import SEPARATORS, HeaderRefused, field_of, require_columns
from miniprogram_api.enrolment.import_rows import FIELDS, Problem, Row
from miniprogram_api.tabular import BAD_BYTE, ENCODINGS, csv_rows, encoding_of, opened, split_header
from miniprogram_api.texts import text

CSV, JSON_LINES = "CSV", "JSON lines"
LONGEST_HEADER = 65_536


class FileRefused(Exception):
    """The file cannot be imported; the text is one sentence."""


@dataclass(frozen=True)
class AccountFile:
    """The format of a file and its columns."""

    path: Path
    kind: str
    encoding: str
    has_bad_bytes: bool
    """Whether some bytes are invalid in the encoding."""
    size: int
    digest: str
    """SHA-256 of the whole file, in hex."""
    separator: str = ""
    header: str = ""
    """The header line of a CSV file, unchanged."""
    header_line: int = 0
    columns: tuple[str | None, ...] = ()
    """The field of each column, or None."""
    ignored: tuple[str, ...] = ()
    """Names of columns without a field."""


def recognise(path: Path, encoding: str | None = None) -> AccountFile:
    """Detect the format of a file. Raises FileRefused, OSError."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
        file.seek(0)
        detected = encoding_of(file)
        # A byte order mark overrides the caller's encoding.
        if encoding is None or detected not in ENCODINGS:
            encoding = detected
        file.seek(0)
        has_bad_bytes = _has_bad_bytes(file, encoding)
    if has_bad_bytes and encoding == "utf-16":
        raise FileRefused("The file begins like UTF-16, but is damaged. Export it again.")
    header, number = "", 0
    with opened(path.open("rb"), encoding) as text:
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
    account_file = AccountFile(path, JSON_LINES, encoding, has_bad_bytes, size, digest)
    if header.lstrip().startswith("{"):
        return account_file
    separator, names = split_header(header, SEPARATORS, lambda name: field_of(name) is not None)
    names = [name.strip() for name in names]
    columns = tuple(map(field_of, names))
    try:
        require_columns(columns)
    except HeaderRefused as reason:
        raise FileRefused(str(reason)) from None
    ignored = tuple(name for name, field in zip(names, columns, strict=True) if field is None)
    return replace(
        account_file,
        kind=CSV,
        separator=separator,
        header=header,
        header_line=number,
        columns=columns,
        ignored=ignored,
    )


class Rows:
    """The rows of a file, in order; an unreadable row has a problem. Raises OSError."""

    def __init__(self, file: AccountFile) -> None:
        self._file = file
        self._bytes = file.path.open("rb")
        self._text = opened(self._bytes, file.encoding)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._text.close()

    @property
    def bytes_read(self) -> int:
        """Return the position in the file, slightly ahead of the yielded rows."""
        return self._bytes.tell()

    def __iter__(self) -> Iterator[Row]:
        for _ in range(self._file.header_line):
            self._text.readline()
        rows = self._csv() if self._file.kind == CSV else self._json_lines()
        return map(_without_bad_bytes, rows) if self._file.has_bad_bytes else rows

    def batches(self, size: int) -> Iterator[list[Row]]:
        """Yield the rows in lists of up to ``size``. Raises OSError."""
        rows = iter(self)
        while batch := list(islice(rows, size)):
            yield batch

    def _csv(self) -> Iterator[Row]:
        width = len(self._file.columns)
        blank = self._file.separator + ' \t\r\n"\x1a'
        # A missing column takes the last cell, which is always empty.
        places = {field: place for place, field in enumerate(self._file.columns)}
        pick = itemgetter(*(places.get(field, -1) for field in FIELDS))
        after = self._file.header_line + 1
        for row in csv_rows(self._text, self._file.separator, first_line=after, width=width):
            if not row.raw.strip(blank):
                continue
            cells = row.cells
            if cells is None:
                yield _unreadable(row.line, row.raw, "row_quotes")
                continue
            if len(cells) > width:
                if any(cell.strip() for cell in cells[width:]):
                    numbers = {"count": len(cells), "width": width}
                    yield _unreadable(row.line, row.raw, "row_columns", **numbers)
                    continue
                del cells[width:]
            cells += [""] * (width + 1 - len(cells))
            yield Row(row.line, row.raw, pick(cells))

    def _json_lines(self) -> Iterator[Row]:
        for number, line in enumerate(self._text, start=1):
            if not line.strip(" \t\r\n\x1a"):
                continue
            try:
                yield Row(number, line, _values_of_json(line))
            except (ValueError, RecursionError):
                yield _unreadable(number, line, "row_json")


def _values_of_json(line: str) -> tuple[str, ...]:
    """Parse one object. Raises ValueError, and RecursionError when it is nested too deeply."""
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


def _unreadable(number: int, raw: str, code: str, **numbers: int) -> Row:
    message = text(f"account_import.{code}", **numbers)
    return Row(number, raw, (), Problem(number, "row", code, message))


def _without_bad_bytes(row: Row) -> Row:
    """Return the row, as unreadable when a value has bytes invalid in the file's encoding."""
    if row.problem is None and any(map(BAD_BYTE.search, row.values)):
        return _unreadable(row.line, row.raw, "row_encoding")
    return row


def _has_bad_bytes(file: IO[bytes], encoding: str) -> bool:
    """Return whether the file has bytes invalid in its encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while part := file.read(1 << 20):
            decoder.decode(part)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return True
    return False
