"""Read a file of the register of names: CSV or XLSX, with a header."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from miniprogram_api.names.register.importing import Line
from miniprogram_api.names.register.rows import COLUMNS, REQUIRED
from miniprogram_api.reasons import Refused
from miniprogram_api.tabular import (
    FOR_COMMANDS,
    csv_rows,
    encoding_of,
    opened,
    split_header,
    xlsx_rows,
)
from miniprogram_api.texts import words

SEPARATORS = ",;\t|"
# Of a sheet of Excel.
_MOST_ROWS = 1_048_576


class FileRefused(Exception):
    """The file cannot be read; the text is one sentence."""


class RegisterFile:
    """The rows of one file, in order; ``bytes_read`` is the position in it."""

    def __init__(self, path: Path) -> None:
        """Open the file at its first use as an iterator. Raises OSError."""
        self._path = path
        self.size = path.stat().st_size
        self._stack = ExitStack()
        self._file = self._stack.enter_context(path.open("rb"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    @property
    def bytes_read(self) -> int:
        """Return the position in the file, slightly ahead of the yielded rows."""
        return self.size if self._file.closed else self._file.tell()

    def __iter__(self) -> Iterator[Line]:
        """Yield the rows below the header. Raises FileRefused."""
        return self._xlsx() if self._path.suffix.lower() == ".xlsx" else self._csv()

    def _csv(self) -> Iterator[Line]:
        text = self._stack.enter_context(opened(self._file, encoding_of(self._file)))
        separator, names = split_header(
            text.readline(), SEPARATORS, lambda name: bool(_column(name))
        )
        pick = _picker(names)
        for row in csv_rows(text, separator, first_line=2, width=len(names)):
            if row.cells is None:
                # An unbalanced quote: the row has no name, which refuses it.
                yield Line(row.line, ("",) * len(COLUMNS))
            elif any(map(str.strip, row.cells)):
                yield Line(row.line, pick(row.cells))

    def _xlsx(self) -> Iterator[Line]:
        try:
            rows = xlsx_rows(self._file.read(), _MOST_ROWS, FOR_COMMANDS)
            _number, names = next(rows, (1, []))
            pick = _picker(names)
            for number, cells in rows:
                if any(map(str.strip, cells)):
                    yield Line(number, pick(cells))
        except Refused as refused:
            raise FileRefused(refused.details["fields"][0]["message"]) from None


def _picker(names: Sequence[str]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    """Return a function that takes the cells of COLUMNS from a row; a missing one is empty."""
    columns = [_column(name) for name in names]
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise FileRefused(f"The first line lacks columns: {', '.join(missing)}.")
    places = [columns.index(name) if name in columns else len(columns) for name in COLUMNS]

    def pick(cells: Sequence[str]) -> tuple[str, ...]:
        return tuple(cells[place] if place < len(cells) else "" for place in places)

    return pick


def _column(name: str) -> str | None:
    plain = name.strip().strip("\ufeff").lower()
    if plain in COLUMNS:
        return plain
    known: Iterable[tuple[str, str]] = words("names.columns").items()
    return next((column for column, spoken in known if plain in spoken.split()), None)
