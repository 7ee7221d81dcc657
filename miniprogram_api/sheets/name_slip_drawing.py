"""Draw the slip of checked names: what to keep of a check, with its dates and code."""

from collections.abc import Mapping
from typing import Any

from miniprogram_api.sheets.document import Document
from miniprogram_api.sheets.sheet import Drawn, NameSlip
from miniprogram_api.texts import text, word, words

_GROUPS = {"certain": ("refuse",), "risk": ("warn", "similar"), "note": ("note",)}


def draw(slip: NameSlip) -> Drawn:
    """Draw a slip."""
    pdf = _Slip(slip)
    try:
        pdf.draw()
        return pdf.drawn()
    finally:
        pdf.close_fonts()


def said_library_date(library_date: str | None) -> str:
    """Return the day of the register in words, or that nothing was compared."""
    return library_date or text("sheets.name_slip.not_compared")


class _Slip(Document):
    def __init__(self, slip: NameSlip) -> None:
        super().__init__(text("sheets.name_slip.title"), slip.made_at)
        self.slip = slip
        self.identifier.update(repr(slip).encode("utf-8", "replace"))

    def foot(self) -> str:
        """Return the code and the page."""
        return text("sheets.foot", codes=self.slip.code, page=self.page_no())

    def draw(self) -> None:
        """Draw the dates, then each name with what was found."""
        slip = self.slip
        values = {
            "made_at": text("sheets.moment", at=slip.made_at),
            "scope": slip.scope,
            "library_date": said_library_date(slip.library_date),
            "rules_version": slip.rules_version,
            "code": slip.code,
        }
        self.begin_page(self.heading)
        for key, label in words("sheets.name_slip.fields").items():
            self.row(label, [values[key]])
        for number, name in enumerate(slip.names, 1):
            self.row(text("sheets.name_slip.number", number=number), [*_lines(name)])
        self.small(text("sheets.name_slip.notes", note=slip.note))


def _lines(name: Mapping[str, Any]) -> list[str]:
    """Return the lines about a name: result, parts, findings, changes."""
    said = [f"{word('names.parts', part)}：{value}" for part, value in name["parts"].items()]
    lines = [name["name"], word("sheets.name_slip.results", name["result"]), "　".join(said)]
    for group, levels in _GROUPS.items():
        found = [one for one in name["findings"] if one["level"] in levels]
        if found:
            lines.append(word("sheets.name_slip.groups", group))
            lines += [f"· {_finding(one)}" for one in found]
    if name["frees"]:
        lines.append(text("sheets.name_slip.frees"))
        lines += [f"· {change}" for change in name["frees"]]
    return lines


def _finding(finding: Mapping[str, str]) -> str:
    article = finding["article"]
    basis = text("sheets.name_slip.article", article=article) if article else ""
    return f"{finding['message']}{basis}{finding['hint']}"
