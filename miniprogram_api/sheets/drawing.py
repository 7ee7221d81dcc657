"""Draw sheets as PDF: two pages for each, numbers and phones on the second.

Imported by the first drawing, because fpdf takes half a second of each start.

The same sheets at the same time give the same bytes; another time changes the creation date alone.
"""

import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import segno
from fpdf import FPDF
from fpdf.enums import WrapMode, XPos, YPos
from PIL import Image

from miniprogram_api.sheets.sheet import Confirmation, Drawn, Sheet, Value
from miniprogram_api.sheets.templates import Template
from miniprogram_api.texts import text, word, words

FONTS = Path(__file__).parent / "fonts"
MAIN_FONT, RARE_FONT = "NotoSansSC", "NotoSansRare"
# Millimetres of an A4 page.
_MARGIN, _WIDTH, _BOTTOM = 18.0, 174.0, 275.0
_LABEL_WIDTH, _LINE, _PADDING = 42.0, 6.0, 1.8
_PICTURE_HEIGHTS = {"portrait": 40.0, "signature": 26.0, "check_code": 24.0}
_PICTURE_WIDTH = 62.0
_MOST_OF_ROW = 220.0
# The least height for the notes on a page.
_LEAST_LEFT = 30.0
_SIZE, _SMALL, _TITLE = 11, 9, 17


def draw(template: Template, sheets: Sequence[Sheet], printed_at: datetime) -> Drawn:
    """Draw the sheets one after another."""
    pdf = _Document(template, printed_at)
    try:
        for sheet in sheets:
            pdf.draw(sheet)
        return Drawn(bytes(pdf.output()), frozenset(pdf.missing))
    finally:
        pdf.close_fonts()


class _Document(FPDF):
    def __init__(self, template: Template, printed_at: datetime) -> None:
        super().__init__(format="A4")
        self.template = template
        self.missing: set[int] = set()
        self.identifier = sha256()
        self.codes = ""
        self.pages_before = 0
        self.set_creation_date(printed_at)
        self.set_margins(_MARGIN, _MARGIN)
        self.set_auto_page_break(False)
        self.c_margin = 2.0
        self.add_font(MAIN_FONT, fname=FONTS / "NotoSansSC-Regular.ttf")
        self.add_font(RARE_FONT, fname=FONTS / "NotoSansCJKtc-Rare.otf")
        fonts: Any = self.fonts.values()
        self.known = {code for font in fonts for code in font.cmap}
        self.set_fallback_fonts([RARE_FONT])
        self.set_title(self.printable(template.title))

    def draw(self, sheet: Sheet) -> None:
        """Draw one sheet on its two pages."""
        self.identifier.update(repr(sheet).encode("utf-8", "replace"))
        codes = [one.code for one in sheet.confirmations]
        self.codes = text("sheets.several_codes", code=codes[0], count=len(codes))
        if len(codes) == 1:
            self.codes = codes[0]
        self.pages_before = self.page_no()
        self.begin_page(self.template.title)
        for key, label in self.template.first_page:
            self.row(label, key, self.values(key, sheet))
        self.small(self.template.notes)
        self.begin_page(text("sheets.second_title", title=self.template.title))
        for key in ("name", "document_type"):
            self.row(dict(self.template.first_page)[key], key, self.values(key, sheet))
        for key, label in self.template.second_page:
            self.row(label, key, self.values(key, sheet))
        self.small(text("sheets.second_notes"))

    def values(self, key: str, sheet: Sheet) -> list[Value]:
        """Return what a field says, several values below each other."""
        if key == "name":
            return [sheet.name, *sheet.guardians]
        if key in ("company", "document_number"):
            return [getattr(sheet, key)]
        if key == "declared_on":
            return [text("sheets.day", day=sheet.declared_on)]
        if key == "document_type":
            return [word("sheets.document_types", sheet.document_type)]
        if key == "phone":
            return [sheet.phone or text("sheets.no_phone")]
        if key == "kind":
            return [_boxes("sheets.kinds", {sheet.kind})]
        if key == "way":
            ways = {word("sheets.way_of", one.way) for one in sheet.confirmations}
            return [_boxes("sheets.ways", ways)]
        if key == "roles":
            return ["、".join(dict.fromkeys(r for one in sheet.confirmations for r in one.roles))]
        return [value for one in sheet.confirmations for value in _of_confirmation(key, one, sheet)]

    def row(self, label: str, key: str, values: Sequence[Value]) -> None:
        """Draw a framed row; values that do not fit on one page are several rows."""
        label = self.printable(label)
        part: list[tuple[Value, float]] = []
        for said in values:
            value = self.printable(said) if isinstance(said, str) else said
            height = self.height_of(value, key, _WIDTH - _LABEL_WIDTH)
            if part and height + sum(used for _, used in part) > _MOST_OF_ROW:
                self.framed(label, part)
                part = []
            part.append((value, height))
        self.framed(label, part)

    def framed(self, label: str, values: Sequence[tuple[Value, float]]) -> None:
        """Draw a row of values with their heights, on the next page if it does not fit."""
        width = _WIDTH - _LABEL_WIDTH
        heights = sum(height for _, height in values), self.height_of(label, "", _LABEL_WIDTH)
        height = max(heights) + 2 * _PADDING
        if self.get_y() + height > _BOTTOM:
            self.begin_page(self.template.title)
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

    def height_of(self, value: Value, key: str, width: float) -> float:
        """Return the height in millimetres that a value takes."""
        if not isinstance(value, str):
            return _PICTURE_HEIGHTS[key]
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
        """Begin a page with a title, and the check code at its foot."""
        self.add_page()
        self.set_font(MAIN_FONT, size=_SMALL)
        self.set_xy(_MARGIN, _BOTTOM + 5)
        foot = text("sheets.foot", codes=self.codes, page=self.page_no() - self.pages_before)
        self.cell(_WIDTH, _LINE, self.printable(foot), align="C")
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
            self.begin_page(self.template.title)
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


def _of_confirmation(key: str, one: Confirmation, sheet: Sheet) -> list[Value]:
    at = text("sheets.moment", at=one.at)
    # Several confirmations say for which posts they are.
    posts = "" if len(sheet.confirmations) == 1 else f"（{'、'.join(one.roles)}）"
    if key == "confirmed_at":
        return [at + posts]
    if key == "source_number":
        return [(one.source_number or text("sheets.no_source_number")) + posts]
    if key == "check_code":
        return [one.code + posts, one.address, _qr_code(one.address)]
    if key == "portrait":
        return (
            [one.no_photo + posts]
            if one.photo is None
            else [one.photo, *([posts] if posts else [])]
        )
    if one.signature is None:
        return [one.no_signature + posts]
    return [one.signature, text("sheets.signature_note") + posts]


def _qr_code(address: str) -> bytes:
    """Return a PNG that opens the page of a check code."""
    file = io.BytesIO()
    segno.make(address, error="m").save(file, kind="png", scale=6, border=2)
    return file.getvalue()


def _boxes(group: str, chosen: set[str]) -> str:
    return "  ".join(
        f"{'■' if name in chosen else '□'} {label}" for name, label in words(group).items()
    )
