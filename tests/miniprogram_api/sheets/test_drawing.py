"""The PDF: the same bytes twice, every glyph or its code point, numbers on the second page."""

import re
import zlib
from datetime import date, datetime, timedelta

import pytest
from fontTools.ttLib import TTFont

from miniprogram_api.clock import SHANGHAI
from miniprogram_api.matters.forms import DOCUMENTS
from miniprogram_api.pictures import signatures
from miniprogram_api.sheets import document, drawing, templates
from miniprogram_api.sheets.sheet import Confirmation, Sheet
from miniprogram_api.texts import words
from tests.support.people import photos
from tests.support.people.signatures import signature

AT = datetime(2026, 11, 27, 10, 5, 31, tzinfo=SHANGHAI)
ONE = Confirmation(
    ("股东", "经理"),
    AT,
    "face",
    "WX1",
    "ABCD-EFGH-JKMN-PQRS",
    "https://example.com/verify/ABCDEFGHJKMNPQRS",
    photo=photos.portrait(),
    signature=signatures.judged(signature()),
)
SHEET = Sheet("示例公司", AT.date(), "change", "王小明", "id_card", "1101", "138", (ONE,))


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


def test_same_sheet_has_the_same_bytes_but_for_its_time() -> None:
    template = templates.built_in()
    first, again = (drawing.draw(template, [SHEET], AT).pdf for _ in range(2))
    assert first == again
    later = drawing.draw(template, [SHEET], AT + timedelta(days=3)).pdf
    dated = re.compile(rb"/CreationDate \(D:[^)]*\)")
    assert dated.search(first) != dated.search(later)
    assert dated.sub(b"", first) == dated.sub(b"", later)


def test_sheet_has_two_pages_and_another_when_it_is_full() -> None:
    template = templates.built_in()
    assert pages(drawing.draw(template, [SHEET, SHEET], AT).pdf) == 4
    many = Sheet(
        "示例公司", date(2026, 11, 1), "change", "王小明", "id_card", "1101", "138", (ONE,) * 12
    )
    # The photos, signatures and codes of twelve posts take several pages.
    assert pages(drawing.draw(template, [many], AT).pdf) == 11


def test_rare_characters_have_glyphs() -> None:
    known: set[int] = set()
    for name in ("NotoSansSC-Regular.ttf", "NotoSansCJKtc-Rare.otf"):
        with TTFont(document.FONTS / name, lazy=True) as font:
            known |= set(font.getBestCmap())
    assert {ord(character) for character in "䶮𬭩㛃𠮷㐂·○〇□■"} <= known
    assert len(known) > 33_000


def test_missing_glyph_is_printed_as_its_code_point_and_reported(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sheet = Sheet("示例公司", AT.date(), "change", "王𠀀\u200b", "id_card", "1101", "138", (ONE,))
    sheets = drawing._Sheets(templates.built_in(), AT)
    assert sheets.printable(sheet.name) == "王[U+20000] "
    sheets.close_fonts()
    drawn = drawing.draw(templates.built_in(), [sheet], AT)
    assert drawn.missing == {0x20000}
    assert drawing.draw(templates.built_in(), [SHEET], AT).missing == frozenset()
    # The library would log the character.
    assert caplog.records == []


def test_every_document_has_its_name_on_the_sheet() -> None:
    assert set(words("sheets.document_types")) == set(DOCUMENTS)


def test_numbers_are_on_the_second_page_alone() -> None:
    template = templates.built_in()
    shown = [key for key, _ in template.first_page]
    assert "document_number" not in shown
    assert "phone" not in shown
    # Text is drawn as glyph numbers, so compare the drawing of the first page.
    other = Sheet("示例公司", AT.date(), "change", "王小明", "id_card", "2202", "139", (ONE,))
    first, second = (contents(drawing.draw(template, [one], AT).pdf) for one in (SHEET, other))
    assert first[0] == second[0]
    assert first[1] != second[1]


def contents(pdf: bytes) -> list[bytes]:
    """Return the drawing of each page, with glyphs by their numbers in the order of their use."""
    streams = re.findall(rb"/FlateDecode[^>]*>>\s*stream\n(.*?)\nendstream", pdf, re.DOTALL)
    return [text for text in map(zlib.decompress, streams) if b" Tf" in text]
