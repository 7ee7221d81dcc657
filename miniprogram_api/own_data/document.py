"""Draw the copy of one's own data as PDF."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from fpdf import FPDF
from fpdf.enums import WrapMode

from miniprogram_api.own_data.gathering import Records
from miniprogram_api.sheets.document import FONTS, MAIN_FONT, RARE_FONT
from miniprogram_api.texts import text, word, words

_MARGIN, _LINE = 18.0, 6.0


def draw(sections: Mapping[str, Records], at: datetime) -> bytes:
    """Return the PDF: each section with its records, each record with its fields."""
    pdf = FPDF(format="A4")
    pdf.set_creation_date(at)
    pdf.set_margins(_MARGIN, _MARGIN)
    pdf.set_auto_page_break(True, _MARGIN)
    pdf.add_font(MAIN_FONT, fname=FONTS / "NotoSansSC-Regular.ttf")
    pdf.add_font(RARE_FONT, fname=FONTS / "NotoSansCJKtc-Rare.otf")
    pdf.set_fallback_fonts([RARE_FONT])
    fonts: Any = pdf.fonts.values()
    known = {code for font in fonts for code in font.cmap}

    def write(size: int, line: str) -> None:
        pdf.set_font(MAIN_FONT, size=size)
        shown = "".join(c if ord(c) in known or c == "\n" else f"[U+{ord(c):04X}]" for c in line)
        pdf.multi_cell(0, _LINE, shown, align="L", wrapmode=WrapMode.CHAR, new_x="LMARGIN")

    pdf.add_page()
    write(17, text("own_data.title"))
    write(9, text("own_data.made", at=at))
    for name, records in sections.items():
        pdf.ln(4)
        write(14, word("own_data.sections", name))
        if not records:
            write(11, text("own_data.empty"))
        for record in records:
            for line in _lines(record):
                write(11, line)
            pdf.ln(2)
    content = bytes(pdf.output())
    for font in fonts:
        font.ttfont.close()
    return content


def _lines(record: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    for key, value in record.items():
        label = words("own_data.fields").get(key) or words("api.fields").get(key, key)
        if isinstance(value, Mapping):
            yield f"{indent}{label}："
            yield from _lines(value, indent + "　")
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            yield f"{indent}{label}："
            for one in value:
                yield from _lines(one, indent + "　")
        elif value not in (None, "", []):
            yield f"{indent}{label}：{_said(value)}"


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "✓" if value else "—"
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)
