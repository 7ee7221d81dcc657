"""A4 pages with framed rows of labels and values, drawn as PDF.

Imported by the first drawing, because fpdf takes half a second of each start. The same content at
the same time gives the same bytes; another time changes the creation date alone.
"""

import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from fpdf import FPDF
from fpdf.enums import WrapMode, XPos, YPos
from PIL import Image

from miniprogram_api.sheets.sheet import Drawn, Value

FONTS = Path(__file__).parent / "fonts"
MAIN_FONT, RARE_FONT = "NotoSansSC", "NotoSansRare"
# Millimetres of an A4 page.
_MARGIN, _WIDTH, _BOTTOM = 18.0, 174.0, 275.0
_LABEL_WIDTH, _LINE, _PADDING = 42.0, 6.0, 1.8
_PICTURE_WIDTH = 62.0
_MOST_OF_ROW = 220.0
# The least height for the notes on a page.
_LEAST_LEFT = 30.0
_SIZE, _SMALL, _TITLE = 11, 9, 17


class Document(FPDF):
    """Pages with a title, framed rows, notes, and a foot on each page."""

    def __init__(self, title: str, printed_at: datetime) -> None:
        super().__init__(format="A4")
        self.heading = title
        self.missing: set[int] = set()
        self.identifier = sha256()
        self.set_creation_date(printed_at)
        self.set_margins(_MARGIN, _MARGIN)
        self.set_auto_page_break(False)
        self.c_margin = 2.0
        self.add_font(MAIN_FONT, fname=FONTS / "NotoSansSC-Regular.ttf")
        self.add_font(RARE_FONT, fname=FONTS / "NotoSansCJKtc-Rare.otf")
        fonts: Any = self.fonts.values()
        self.known = {code for font in fonts for code in font.cmap}
        self.set_fallback_fonts([RARE_FONT])
        self.set_title(self.printable(title))

    def foot(self) -> str:
        """Return the foot of the present page."""
        raise NotImplementedError

    def drawn(self) -> Drawn:
        """Return the finished file."""
        return Drawn(bytes(self.output()), frozenset(self.missing))

    def row(self, label: str, values: Sequence[Value], picture_height: float = 0.0) -> None:
        """Draw a framed row; values that do not fit on one page are several rows."""
        label = self.printable(label)
        part: list[tuple[Value, float]] = []
        for said in values:
            value = self.printable(said) if isinstance(said, str) else said
            height = self.height_of(value, _WIDTH - _LABEL_WIDTH, picture_height)
            if part and height + sum(used for _, used in part) > _MOST_OF_ROW:
                self.framed(label, part)
                part = []
            part.append((value, height))
        self.framed(label, part)

    def framed(self, label: str, values: Sequence[tuple[Value, float]]) -> None:
        """Draw a row of values with their heights, on the next page if it does not fit."""
        width = _WIDTH - _LABEL_WIDTH
        heights = sum(height for _, height in values), self.height_of(label, _LABEL_WIDTH)
        height = max(heights) + 2 * _PADDING
        if self.get_y() + height > _BOTTOM:
            self.begin_page(self.heading)
        top = self.get_y()
        self.rect(_MARGIN, top, _LABEL_WIDTH, height)
        self.rect(_MARGIN + _LABEL_WIDTH, top, width, height)
        self.set_xy(_MARGIN, top + _PADDING)
        self.text_block(label, _LABEL_WIDTH)
        below = top + _PADDING
        for value, used in values:
            self.set_xy(_MARGIN + _LABEL_WIDTH, below)
            if isinstance(value, str):
                self.text_block(value, width)
            else:
                self.picture(value, used)
            below += used
        self.set_xy(_MARGIN, top + height)

    def height_of(self, value: Value, width: float, picture_height: float = 0.0) -> float:
        """Return the height in millimetres that a value takes."""
        if not isinstance(value, str):
            return picture_height
        return self.multi_cell(
            width, _LINE, value, dry_run=True, output="HEIGHT", wrapmode=WrapMode.CHAR
        )  # type: ignore[return-value]

    def text_block(self, value: str, width: float) -> None:
        """Write lines of text from the present position."""
        self.multi_cell(width, _LINE, value, align="L", wrapmode=WrapMode.CHAR)

    def picture(self, content: bytes, height: float) -> None:
        """Place a picture at the present position, shrunk to its row."""
        file = io.BytesIO(content)
        width, tall = Image.open(file).size
        scale = min(_PICTURE_WIDTH / width, (height - _PADDING) / tall)
        self.image(file, self.get_x() + _PADDING, self.get_y(), width * scale, tall * scale)

    def begin_page(self, title: str) -> None:
        """Begin a page with a title and its foot."""
        self.add_page()
        self.set_font(MAIN_FONT, size=_SMALL)
        self.set_xy(_MARGIN, _BOTTOM + 5)
        self.cell(_WIDTH, _LINE, self.printable(self.foot()), align="C")
        self.set_xy(_MARGIN, _MARGIN)
        self.set_font(MAIN_FONT, size=_TITLE)
        self.multi_cell(
            _WIDTH, 9, self.printable(title), align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )
        self.ln(4)
        self.set_font(MAIN_FONT, size=_SIZE)

    def small(self, notes: str) -> None:
        """Write notes below the table."""
        if self.get_y() + _LEAST_LEFT > _BOTTOM:
            self.begin_page(self.heading)
        self.set_font(MAIN_FONT, size=_SMALL)
        self.set_y(self.get_y() + 2)
        self.multi_cell(_WIDTH, 5, self.printable(notes), align="L", wrapmode=WrapMode.CHAR)

    def printable(self, value: str) -> str:
        """Replace characters without a glyph by their code points, and note them."""
        return "".join(self._glyphs(value))

    def _glyphs(self, value: str) -> Iterator[str]:
        for character in value:
            code = ord(character)
            if character == "\n" or code in self.known:
                yield character
            elif not character.isprintable() and code < 0x3000:
                yield " "
            else:
                self.missing.add(code)
                yield f"[U+{code:04X}]"

    def close_fonts(self) -> None:
        """Close the files of the fonts."""
        fonts: Any = self.fonts.values()
        for font in fonts:
            font.ttfont.close()

    def file_id(self) -> str:
        """Return an identifier of the content, independent of the time."""
        return f"<{self.identifier.hexdigest()[:32]}>" * 2
