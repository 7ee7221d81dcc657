"""Read an XLSX file in a process of its own, whose memory and processor time are limited.

A small file can unpack to gigabytes or occupy a processor for hours. ``python -m`` runs this
module with the file on standard input; each line of its output is a row as JSON, number and cells.
It imports nothing of the service, to start fast.
"""

import ctypes
import io
import json
import os
import resource
import signal
import sys
import zipfile
from contextlib import closing
from datetime import datetime, time
from typing import Any

TOO_LARGE, UNREADABLE = 3, 4
"""Exit statuses."""
MOST_COLUMNS = 60
_LARGEST_UNPACKED = 200 * 1024 * 1024
_LARGEST_OUTPUT = 64 * 1024 * 1024
_PR_SET_PDEATHSIG = 1


def main(most_rows: int, memory: int, seconds: int, parent: int) -> int:
    """Print the rows of the first sheet; return the exit status."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != parent:
            return UNREADABLE
    # The service's requests come first.
    os.nice(5)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    try:
        return _print_rows(sys.stdin.buffer.read(), most_rows)
    except MemoryError:
        return TOO_LARGE
    # A damaged file raises KeyError, BadZipFile, ParseError …
    except Exception:
        return UNREADABLE


def _print_rows(data: bytes, most_rows: int) -> int:
    # openpyxl would import numpy, which takes longer than most files.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    from openpyxl import load_workbook

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(item.file_size for item in archive.infolist()) > _LARGEST_UNPACKED:
            return TOO_LARGE
    left = _LARGEST_OUTPUT
    with closing(load_workbook(io.BytesIO(data), read_only=True, data_only=True)) as book:
        sheet = book.worksheets[0]
        # The declared size may be wrong, and reading up to a stray cell takes minutes.
        sheet.reset_dimensions()
        rows = sheet.iter_rows(max_row=most_rows, max_col=MOST_COLUMNS, values_only=True)
        for number, cells in enumerate(rows, start=1):
            line_cells = [_cell(value) for value in cells]
            # openpyxl fills every row up to the last column.
            while line_cells and line_cells[-1] == "":
                line_cells.pop()
            line = json.dumps([number, line_cells])
            left -= len(line)
            if left < 0:
                return TOO_LARGE
            print(line)
    sys.stdout.flush()
    return 0


def _cell(value: Any) -> str | bool:
    """Return a cell as text; a truth as such, which the reader words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    return str(value)


if __name__ == "__main__":
    status = main(*map(int, sys.argv[1:]))
    sys.stdout.flush()
    # Without the end of the interpreter, which takes seconds to free a large workbook.
    os._exit(status)
