"""Draw the sheets of persons: two pages for each, numbers and phones on the second."""

import io
from collections.abc import Sequence
from datetime import datetime

import segno

from miniprogram_api.sheets.document import Document
from miniprogram_api.sheets.sheet import Confirmation, Drawn, Sheet, Value
from miniprogram_api.sheets.templates import Template
from miniprogram_api.texts import text, word, words

# Millimetres.
_PICTURE_HEIGHTS = {"portrait": 40.0, "signature": 26.0, "check_code": 24.0}


def draw(template: Template, sheets: Sequence[Sheet], printed_at: datetime) -> Drawn:
    """Draw the sheets one after another."""
    pdf = _Sheets(template, printed_at)
    try:
        for sheet in sheets:
            pdf.draw(sheet)
        return pdf.drawn()
    finally:
        pdf.close_fonts()


class _Sheets(Document):
    def __init__(self, template: Template, printed_at: datetime) -> None:
        super().__init__(template.title, printed_at)
        self.template = template
        self.codes = ""
        self.pages_before = 0

    def foot(self) -> str:
        """Return the check codes and the page of the sheet."""
        return text("sheets.foot", codes=self.codes, page=self.page_no() - self.pages_before)

    def field(self, label: str, key: str, sheet: Sheet) -> None:
        """Draw a field of the template."""
        self.row(label, self.values(key, sheet), _PICTURE_HEIGHTS.get(key, 0.0))

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
            self.field(label, key, sheet)
        self.small(self.template.notes)
        self.begin_page(text("sheets.second_title", title=self.template.title))
        for key in ("name", "document_type"):
            self.field(dict(self.template.first_page)[key], key, sheet)
        for key, label in self.template.second_page:
            self.field(label, key, sheet)
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
