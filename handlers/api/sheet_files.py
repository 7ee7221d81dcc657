"""Sheets as files."""

from handlers.api.endpoint import File
from miniprogram_api.sheets.sheet import Drawn

PDF = "application/pdf"


def of(drawn: Drawn) -> File:
    """Return a PDF that no cache keeps; a header names the code points without a glyph."""
    missing = " ".join(f"U+{code:04X}" for code in sorted(drawn.missing))
    headers = {"X-Missing-Glyphs": missing} if missing else {}
    return File(drawn.pdf, PDF, is_personal=True, headers=headers)
