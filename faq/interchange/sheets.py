"""Read and write the tables of contents and question sets: CSV and XLSX.

Cells that a spreadsheet would read as formulas are written as text; in CSV they get a leading
apostrophe, which `read` removes.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from faq.interchange.parsed import LARGEST_FILE, Problem
from miniprogram_api import tabular
from miniprogram_api.spreadsheets import FORMULA_SIGNS
from miniprogram_api.texts import invalid
from miniprogram_api.texts import text as say

_MOST_ROWS = 200_000
# openpyxl truncates longer cells silently.
_LONGEST_CELL = 32_000
# Existing apostrophes are included, so that an exported file restores the same cells.
_FORMULA = re.compile(f"'*[{re.escape(FORMULA_SIGNS)}]")
_QUOTED = re.compile(f"'+[{re.escape(FORMULA_SIGNS)}]")
_SEPARATORS = ",\t;"


@dataclass(frozen=True)
class Row:
    """A row by field; `line` is its row number in a spreadsheet."""

    line: int
    cells: dict[str, str]


@dataclass
class Sheet:
    """A table with a header row; `fields`: its known columns."""

    fields: tuple[str, ...]
    rows: list[Row]
    problems: list[Problem]


def read(
    data: bytes, columns: Mapping[str, str], limits: tabular.XlsxLimits = tabular.FOR_PAGES
) -> Sheet:
    """Read a CSV or XLSX file; `columns` maps column names in lower case to fields.

    Raises Refused: INVALID_INPUT when it is neither, too large, or has no known column.
    """
    if len(data) > LARGEST_FILE:
        raise invalid("sheets.file.too_large", megabytes=LARGEST_FILE // 1024 // 1024)
    problems: list[Problem] = []
    lines = (
        tabular.xlsx_rows(data, _MOST_ROWS + 1, limits)
        if data.startswith(b"PK")
        else _csv(data, columns, problems)
    )
    numbered = ((number, cells) for number, cells in lines if any(map(str.strip, cells)))
    header = next(numbered, None)
    if header is None:
        raise invalid("sheets.file.empty")
    fields = [columns.get(name.strip().lower()) for name in header[1]]
    if not any(fields):
        raise invalid("sheets.file.no_columns")
    twice = sorted({name for name in fields if name and fields.count(name) > 1})
    if twice:
        raise invalid("sheets.file.repeated", names="、".join(twice))
    rows: list[Row] = []
    for number, cells in numbered:
        row, problem = _row(number, cells, fields)
        if problem is not None:
            problems.append(Problem(number, "", problem))
        else:
            rows.append(row)
        if len(rows) > _MOST_ROWS:
            raise invalid("sheets.file.too_many", most=_MOST_ROWS)
    return Sheet(tuple(name for name in fields if name), rows, problems)


def write(
    form: str, title: str, header: Sequence[str], rows: Iterable[Sequence[str]], encoding: str
) -> bytes:
    """Return a table as `csv` or `xlsx`. Raises Refused: INVALID_INPUT for another form."""
    if form == "csv":
        return write_csv(header, rows, encoding)
    if form == "xlsx":
        return write_xlsx(title, header, rows)
    raise invalid("exports.file.not_allowed", form=form[:10])


def write_csv(header: Sequence[str], rows: Iterable[Sequence[str]], encoding: str) -> bytes:
    """Return CSV; UTF-8 has a byte order mark. Raises Refused: INVALID_INPUT for the encoding."""
    if encoding not in tabular.ENCODINGS:
        raise invalid("sheets.encoding.not_allowed", known="、".join(tabular.ENCODINGS))
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    for row in rows:
        writer.writerow([f"'{cell}" if _FORMULA.match(cell) else cell for cell in row])
    return text.getvalue().encode("utf-8-sig" if encoding == "utf-8" else encoding)


def write_xlsx(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a sheet of texts. Raises Refused: INVALID_INPUT for a cell too long for Excel."""
    table = [header, *rows]
    cut = next((row[0] for row in table if max(map(len, row)) > _LONGEST_CELL), None)
    if cut is not None:
        raise invalid("sheets.file.too_long", name=cut)
    # It takes long to import, and few processes need it.
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for number, row in enumerate(table):
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, text)
            # openpyxl would make a formula of a text that begins with "=".
            cell.data_type = "s"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=number == 0)
            cells.append(cell)
        sheet.append(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def no_column(label: str, name: str) -> Problem:
    """Return the problem of a table without a needed column."""
    return Problem(1, "", say("content.files.no_column", label=label, name=name))


def _row(number: int, cells: Sequence[str], fields: Sequence[str | None]) -> tuple[Row, str | None]:
    problem = None
    if any(cell.strip() for cell in cells[len(fields) :]):
        problem = say("content.files.more_cells", columns=len(fields))
    if any(tabular.BAD_BYTE.search(cell) for cell in cells):
        problem = say("content.files.bad_bytes")
    padded = [*cells, *[""] * len(fields)]
    named = {name: cell for name, cell in zip(fields, padded, strict=False) if name}
    return Row(number, named), problem


def _csv(
    data: bytes, columns: Mapping[str, str], problems: list[Problem]
) -> Iterator[tuple[int, list[str]]]:
    file = io.BytesIO(data)
    text = tabular.opened(file, tabular.encoding_of(file)).read()
    first = text.lstrip("\r\n").partition("\n")[0]
    separator, _ = tabular.split_header(
        first, _SEPARATORS, lambda name: name.strip().lower() in columns
    )
    for row in tabular.csv_rows(io.StringIO(text, newline=""), separator):
        if row.cells is None:
            problems.append(Problem(row.number, "", say("content.files.open_quote")))
        else:
            yield row.number, [cell[1:] if _QUOTED.match(cell) else cell for cell in row.cells]
