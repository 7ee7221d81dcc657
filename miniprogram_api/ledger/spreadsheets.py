"""Cells of the files that people open in a spreadsheet, which must never run what is in them."""

FORMULA_SIGNS = "=+-@\t\r＝＋－＠"
"""What a formula begins with. The full-width signs are what a Chinese input method types, and Excel
takes them for formulas, too."""


def harmless(cell: str) -> str:
    """The cell as text: what would be a formula stands behind an apostrophe."""
    return f"'{cell}" if cell.startswith(tuple(FORMULA_SIGNS)) else cell
