"""The report of an import, and the file of rejected rows.

The report masks ID numbers; rejected rows are unchanged and in the form of the file, to be
corrected and imported. Both files have mode 0600 and overwrite nothing.
"""

import csv
import itertools
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Self

from handlers.commands.accounts.files import AccountFile
from miniprogram_api import masking
from miniprogram_api.enrolment.import_rows import Problem, Row

STDOUT = "-"
COLUMNS = ("row", "result", "field", "code", "message", "id_number")


class Leftovers:
    """The two files of a run; an empty one is removed at the end."""

    def __init__(self, source: AccountFile, report: str | None, rejects: str | None) -> None:
        """Create the files at ``report`` (``-``: standard output) and ``rejects``.

        By default they get a free name next to the source. Raises OSError, FileExistsError.
        """
        self._source = source
        name = f"rejects{source.path.suffix or '.txt'}"
        self.rejects_path = _create(source.path, name, rejects)
        try:
            to_file = report != STDOUT
            self.report_path = _create(source.path, "report.csv", report) if to_file else None
        except OSError:
            self.rejects_path.unlink()
            raise
        self._report: IO[str] = (
            sys.stdout
            if self.report_path is None
            # With a byte order mark, for Excel.
            else self.report_path.open("w", encoding="utf-8-sig", newline="")
        )
        self._rejects = self.rejects_path.open(
            "w", encoding=source.encoding, errors="surrogateescape", newline=""
        )
        self._writer = csv.writer(self._report)
        self.problems = 0
        self.rejected = 0

    @property
    def summary_output(self) -> IO[str]:
        """Return where the summary is printed: not among the lines of the report."""
        return sys.stderr if self.report_path is None else sys.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._rejects.close()
        if not self.rejected:
            self.rejects_path.unlink()
        if self.report_path is not None:
            self._report.close()
            if not self.problems:
                self.report_path.unlink()

    def write(self, batch: Sequence[Row], problems: Sequence[Problem]) -> None:
        """Write the problems and the rejected rows of a batch. Raises OSError."""
        if not problems:
            return
        rows = {row.line: row for row in batch}
        if not self.problems:
            self._writer.writerow(COLUMNS)
        for problem in problems:
            result = "imported" if problem.imported else "put aside"
            number = _masked_number(rows[problem.line])
            self._writer.writerow(
                (problem.line, result, problem.field, problem.code, problem.message, number)
            )
        self.problems += len(problems)
        for line in dict.fromkeys(p.line for p in problems if not p.imported):
            if not self.rejected:
                self._rejects.write(self._source.header)
            raw = rows[line].raw
            self._rejects.write(raw if raw.endswith(("\n", "\r")) else f"{raw}\n")
            self.rejected += 1
        self._report.flush()
        self._rejects.flush()


def _masked_number(row: Row) -> str:
    """Return the row's ID number, masked; a misplaced text is masked, too."""
    text = row.values[0] if row.values else ""
    return masking.id_number("".join(filter(str.isalnum, text)))


def _create(source: Path, name: str, given: str | None) -> Path:
    """Create an empty file of mode 0600, at the given path or beside the source. Raises OSError."""
    places = (
        [Path(given)]
        if given is not None
        else (
            source.with_name(f"{source.stem}{'' if number == 1 else f'-{number}'}.{name}")
            for number in itertools.count(1)
        )
    )
    for place in places:
        try:
            os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            if given is not None:
                raise
        else:
            return place
    raise AssertionError("unreachable")
