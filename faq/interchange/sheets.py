"""Tables as spreadsheets have them: CSV (UTF-8, GB 18030, UTF-16) and XLSX, in and out.

A cell that a spreadsheet would take for a formula goes out as text: in CSV behind an apostrophe,
which is taken away again when the file comes back.
"""

import csv
import io
import itertools
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from faq.interchange.parsed import LARGEST_FILE, Problem
from miniprogram_api.reasons import Refused, invalid_field
from miniprogram_api.spreadsheets import FORMULA_SIGNS

ENCODINGS = ("utf-8", "gb18030")
"""What CSV can be written in."""

_MOST_ROWS = 200_000
_MOST_COLUMNS = 60
# A small file can hold a large one; this much no sheet of ours has.
_LARGEST_UNPACKED = 200 * 1024 * 1024
# openpyxl cuts a longer cell without a word.
_LONGEST_CELL = 32_000
# With the apostrophes before it, so that a file gives back what it was given.
_FORMULA = re.compile(f"'*[{re.escape(FORMULA_SIGNS)}]")
_QUOTED = re.compile(f"'+[{re.escape(FORMULA_SIGNS)}]")
_BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_SEPARATORS = ",\t;"
_BAD_BYTE = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True)
class Row:
    """One row by field; `line` is its number in a spreadsheet, where a cell may hold many lines."""

    line: int
    cells: dict[str, str]


@dataclass
class Sheet:
    """A table whose first row names its columns. `fields`: the columns that are known."""

    fields: tuple[str, ...]
    rows: list[Row]
    problems: list[Problem]


def read(data: bytes, columns: Mapping[str, str]) -> Sheet:
    """The rows of a CSV or XLSX file. `columns`: name of a column, in lower case → field.

    Raises Refused: INVALID_INPUT when it is neither, too large, or no column is known.
    """
    if len(data) > LARGEST_FILE:
        raise _refused("too_large", f"文件超过{LARGEST_FILE // 1024 // 1024}MB，请分开导入。")
    problems: list[Problem] = []
    lines = _xlsx(data) if data.startswith(b"PK") else _csv(data, columns, problems)
    numbered = ((number, cells) for number, cells in lines if any(map(str.strip, cells)))
    header = next(numbered, None)
    if header is None:
        raise _refused("empty", "文件是空的。")
    fields = [columns.get(name.strip().lower()) for name in header[1]]
    if not any(fields):
        raise _refused("no_columns", "第一行应当是列名，这里没有认识的列名。")
    twice = sorted({name for name in fields if name and fields.count(name) > 1})
    if twice:
        raise _refused("repeated", f"第一行有几列是同一项：{'、'.join(twice)}。")
    rows: list[Row] = []
    for number, cells in numbered:
        row, problem = _row(number, cells, fields)
        if problem is not None:
            problems.append(Problem(number, "", problem))
        else:
            rows.append(row)
        if len(rows) > _MOST_ROWS:
            raise _refused("too_many", f"文件超过{_MOST_ROWS}行，请分开导入。")
    return Sheet(tuple(name for name in fields if name), rows, problems)


def write_csv(header: Sequence[str], rows: Iterable[Sequence[str]], encoding: str) -> bytes:
    """CSV in one of `ENCODINGS`; UTF-8 with the mark by which Excel knows it.

    Raises Refused: INVALID_INPUT for another encoding.
    """
    if encoding not in ENCODINGS:
        raise invalid_field("encoding", "not_allowed", f"编码只能是{'或'.join(ENCODINGS)}。")
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([_as_text(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig" if encoding == "utf-8" else encoding)


def write_xlsx(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """One sheet, every cell a text. Raises Refused: INVALID_INPUT for a cell that Excel cuts."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    table = [header, *rows]
    cut = next((row[0] for row in table if max(map(len, row)) > _LONGEST_CELL), None)
    if cut is not None:
        raise _refused("too_long", f"“{cut}”有一格太长，请改用YAML导出。")
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for number, row in enumerate(table):
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, text)
            # Otherwise a text that begins with "=" becomes a formula.
            cell.data_type = "s"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=number == 0)
            cells.append(cell)
        sheet.append(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _as_text(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _row(number: int, cells: Sequence[str], fields: Sequence[str | None]) -> tuple[Row, str | None]:
    problem = None
    if any(cell.strip() for cell in cells[len(fields) :]):
        problem = f"这一行比表头多出几格，请看看是否多了分隔符（表头{len(fields)}列）。"
    if any(_BAD_BYTE.search(cell) for cell in cells):
        problem = "这一行有无法识别的字节，请按原来的编码重新导出。"
    padded = [*cells, *[""] * len(fields)]
    found = {name: cell for name, cell in zip(fields, padded, strict=False) if name}
    return Row(number, found), problem


def _csv(
    data: bytes, columns: Mapping[str, str], problems: list[Problem]
) -> Iterator[tuple[int, list[str]]]:
    text = _decoded(data)
    first = text.lstrip("\r\n").partition("\n")[0]
    separator = max(
        _SEPARATORS,
        key=lambda s: sum(name.strip(' "\r').lower() in columns for name in first.split(s)),
    )
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    for number in itertools.count(1):
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            # Where it should have ended nobody knows, so nothing after it can be trusted.
            problems.append(Problem(number, "", "从这一行起引号不成对，后面的内容没有读。"))
            return
        yield number, [cell[1:] if _QUOTED.match(cell) else cell for cell in cells]


def _decoded(data: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            errors = "replace" if encoding == "utf-16" else "surrogateescape"
            return data.decode(encoding, errors)
    for encoding in ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    # Damaged: what most lines are.
    lines = data.splitlines()
    good = {encoding: sum(_decodes(line, encoding) for line in lines) for encoding in ENCODINGS}
    return data.decode(max(ENCODINGS, key=good.__getitem__), "surrogateescape")


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _xlsx(data: bytes) -> Iterator[tuple[int, list[str]]]:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(item.file_size for item in archive.infolist()) > _LARGEST_UNPACKED:
                raise _refused("too_large", "表格太大，请分开导入。")
        with closing(load_workbook(io.BytesIO(data), read_only=True, data_only=True)) as book:
            sheet = book.worksheets[0]
            # What a file says of its own size may be wrong, and a stray cell costs minutes.
            sheet.reset_dimensions()
            rows = sheet.iter_rows(max_row=_MOST_ROWS + 1, max_col=_MOST_COLUMNS, values_only=True)
            for number, cells in enumerate(rows, start=1):
                yield number, [_cell(value) for value in cells]
    except Refused:
        raise
    # A damaged file raises whatever the damage leads to: KeyError, BadZipFile, ParseError …
    except Exception:
        raise _refused("unreadable", "表格打不开，请用Excel或WPS另存为xlsx或CSV再导入。") from None


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    return str(value)


def _refused(code: str, message: str) -> Refused:
    return invalid_field("file", code, message)
