"""Protection of exported cells against formula injection."""

FORMULA_SIGNS = "=+-@\t\r＝＋－＠"
"""The first characters of formulas; Excel accepts the full-width signs of Chinese input methods,
too.
"""


def escape_formula(cell: str) -> str:
    """Prefix a cell that would be a formula with an apostrophe."""
    return f"'{cell}" if cell.startswith(tuple(FORMULA_SIGNS)) else cell
