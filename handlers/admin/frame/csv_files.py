"""CSV that Excel in China opens as it is: UTF-8 with a byte order mark, and no formula in it."""

import csv
import io
from collections.abc import Iterable

from flask import Response

from miniprogram_api.spreadsheets import harmless

# Without it Excel takes UTF-8 for GB 18030.
BOM = "\ufeff"


def line(values: Iterable[object]) -> str:
    """One line. What begins like a formula would be run by the program that opens the file."""
    text = io.StringIO()
    csv.writer(text).writerow([harmless("" if value is None else str(value)) for value in values])
    return text.getvalue()


def response(lines: Iterable[str], name: str) -> Response:
    """The file ``name`` (ASCII) made of these lines, the mark before them."""

    def whole() -> Iterable[str]:
        yield BOM
        yield from lines

    answer = Response(whole(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
