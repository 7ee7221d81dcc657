"""Files for download; CSV in the form that Excel in China reads, without formulas."""

import csv
import io
from collections.abc import Iterable
from itertools import chain

from flask import Response

from handlers import page_headers
from miniprogram_api.spreadsheets import escape_formula

# Without the byte order mark Excel reads UTF-8 as GB 18030.
BOM = "\ufeff"


def line(values: Iterable[object]) -> str:
    """Format one line; a value that begins like a formula is made harmless."""
    text = io.StringIO()
    csv.writer(text).writerow(
        [escape_formula("" if value is None else str(value)) for value in values]
    )
    return text.getvalue()


def response(lines: Iterable[str], name: str) -> Response:
    """Send these lines as a file, the byte order mark before them."""
    return file(chain([BOM], lines), "text/csv; charset=utf-8", name)


def file(content: bytes | Iterable[str], content_type: str, name: str | None = None) -> Response:
    """Send a file with no-store; under ``name`` (ASCII) it is saved instead of shown."""
    answer = page_headers.secure(Response(content, content_type=content_type))
    if name is not None:
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
