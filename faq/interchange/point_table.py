"""Points as rows of a table: one row a point, its entry named by the slug.

Wordings and states are lines of a cell, a button is `类型 | 文字 | 目标`, a flag is 是 or empty.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from faq.content.talk import TEXT_NAMES
from faq.content.validation import LABELS
from faq.interchange import sheets
from faq.interchange.cells import joined, split
from faq.interchange.parsed import FilePart, Parsed, Problem
from faq.interchange.sheets import Sheet
from faq.release.parts import ENTRY, Key
from miniprogram_api.texts import text, words

POINT = "point"
FIELDS = ("question", "wordings", "answer", "asks", "states", "unless", "person", "actions")
_LISTS = frozenset({"wordings", "states", "unless"})
_NAMED: dict[str, dict[str, str]] = {
    "asks": {LABELS[name]: name for name in TEXT_NAMES},
    "person": {title: name for name, title in words("content.point_persons").items()},
    "states": {title: name for name, title in words("states.titles").items()},
}
_NAMED["unless"] = _NAMED["states"]
_TITLES = {field: {name: title for title, name in named.items()} for field, named in _NAMED.items()}
_HEADER = ("slug", "title", POINT, *FIELDS, "is_local")
_LABELS = {**LABELS, POINT: text("content.points.id")}
COLUMNS = {_LABELS[name]: name for name in _HEADER} | {name: name for name in _HEADER}


def dump(
    rows: Iterable[tuple[str, str, Mapping[str, Any]]], form: str, encoding: str = "utf-8"
) -> bytes:
    """Return points, each with slug and title of its entry, as a table; see `sheets.write`."""
    header = [_LABELS[name] for name in _HEADER]
    cells = (
        [
            slug,
            title,
            str(point.get("id", "")),
            *(_cell(field, point) for field in FIELDS),
            text("content.points.yes") if point.get("is_local") else "",
        ]
        for slug, title, point in rows
    )
    return sheets.write(form, text("content.tables.points"), header, cells, encoding)


def parse(sheet: Sheet) -> Parsed:
    """Read a table; the points of a named entry are those of its rows, in their order."""
    parsed = Parsed(problems=sheet.problems, has_points_alone=True)
    if "slug" not in sheet.fields:
        parsed.problems.append(sheets.no_column(LABELS["slug"], "slug"))
        return parsed
    lines: dict[str, int] = {}
    points_of: dict[str, list[dict[str, Any]]] = {}
    for row in sheet.rows:
        slug = row.cells["slug"].strip()
        if not slug:
            message = text("content.files.no_slug")
            parsed.problems.append(Problem(row.line, "", message, LABELS["slug"]))
            continue
        lines.setdefault(slug, row.line)
        points_of.setdefault(slug, []).append(_point(row.cells))
    parsed.parts += [
        FilePart(Key(ENTRY, slug), {"points": points}, lines[slug], frozenset({"points"}))
        for slug, points in points_of.items()
    ]
    return parsed


def _cell(field: str, point: Mapping[str, Any]) -> str:
    if field == "actions":
        action = point.get("action")
        if not isinstance(action, Mapping):
            return ""
        kind = str(action.get("type"))
        return joined([kind, str(action.get("label", "")), str(action.get(kind, ""))])
    value = point.get(field)
    titles = _TITLES.get(field, {})
    if isinstance(value, list | tuple):
        return "\n".join(titles.get(str(item), str(item)) for item in value)
    return "" if value is None else titles.get(str(value), str(value))


def _point(cells: Mapping[str, str]) -> dict[str, Any]:
    point: dict[str, Any] = {"id": cells[POINT].strip()}
    for field in FIELDS:
        cell = cells.get(field, "").strip()
        names = _NAMED.get(field, {})
        if field == "actions":
            if cell:
                kind, label, target, *_ = [*split(cell), "", "", ""]
                point["action"] = {"type": kind, "label": label, kind: target}
        elif field in _LISTS:
            lines = [line.strip() for line in cell.splitlines() if line.strip()]
            point[field] = [names.get(line, line) for line in lines]
        elif cell:
            point[field] = names.get(cell, " ".join(cell.split()))
    if cells.get("is_local", "").strip():
        point["is_local"] = True
    return point
