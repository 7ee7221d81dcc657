"""Convert HTML to the Markdown of `faq.content.markup`; a table becomes a list."""

from collections.abc import Sequence
from typing import Any

from markdownify import MarkdownConverter

# The stubs lack the methods that the documentation says to override.
_Base: Any = MarkdownConverter


_CELL = "\x1f"


def row_as_line(cells: Sequence[str]) -> str:
    """Return the cells of a table's row as one line: 名称：其他；其他."""
    first, *rest = [cell.strip() for cell in cells if cell.strip()] or [""]
    return f"{first}：{'；'.join(rest)}" if rest else first


class _Converter(_Base):
    """Leave out the Markdown that `faq.content.markup` does not have: headings and tables."""

    def convert_hN(self, _level: int, el: Any, text: str, *where: Any) -> str:
        return str(self.convert_div(el, text, *where))

    def convert_td(self, _el: Any, text: str, **_where: Any) -> str:
        return f"{' '.join(text.split())}{_CELL}"

    convert_th = convert_td

    def convert_tr(self, _el: Any, text: str, **_where: Any) -> str:
        """Make a line of a list of a row: its first cell names the others."""
        return f"- {row_as_line(text.split(_CELL))}\n" if text.strip(_CELL).strip() else ""

    def convert_a(self, el: Any, text: str, **where: Any) -> str:
        return text if text == el.get("href") else str(super().convert_a(el, text, **where))

    def convert_b(self, el: Any, text: str, **where: Any) -> str:
        """Mark each line separately, and bold within bold once."""
        bold = super().convert_b
        return "\n".join([bold(el, x, **where) for x in text.replace("**", "").split("\n")])

    convert_strong = convert_b


CONVERTER = _Converter(
    bullets="-",
    escape_asterisks=False,
    escape_underscores=False,
    autolinks=False,
    # Without a width this only converts line ends to spaces.
    wrap=True,
    wrap_width=None,
)
