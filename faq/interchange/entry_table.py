"""Entries as rows of a table; lists are lines of a cell.

A button is `类型 | 文字 | 目标`, a probe `名称 | 说明`, a picture `图片名 | 图上是什么`, a short
text `名称 | 文字`, a variant `状态 | 答案 | 步骤 | 步骤…`.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from faq.content.validation import KIND_NAMES, KINDS, LABELS
from faq.interchange import sheets
from faq.interchange.cells import joined, split
from faq.interchange.parsed import FilePart, Parsed, Problem, slug_twice
from faq.interchange.sheets import Sheet
from faq.release.parts import ENTRY, Key
from miniprogram_api.texts import text

FIELDS = (
    "slug",
    "case",
    "kind",
    "title",
    "category",
    "answer",
    "steps",
    "images",
    "actions",
    "related",
    "questions",
    "negatives",
    "synonyms",
    "tags",
    "probes",
    "texts",
    "variants",
    "explains",
    "catalogue",
)
_LISTS = frozenset(FIELDS[6:-1])
_MAPPINGS = frozenset({"texts", "variants"})
COLUMNS = {name: name for name in FIELDS} | {LABELS[name]: name for name in FIELDS}


def dump(entries: Iterable[Mapping[str, Any]], form: str, encoding: str = "utf-8") -> bytes:
    """Return entries, in the form of `faq.release.parts`, as a table; see `sheets.write`."""
    header = [LABELS[name] for name in FIELDS]
    rows = ([_cell(name, entry.get(name)) for name in FIELDS] for entry in entries)
    return sheets.write(form, text("content.tables.entries"), header, rows, encoding)


def parse(sheet: Sheet) -> Parsed:
    """Read a table; missing columns keep the draft."""
    parsed = Parsed(problems=sheet.problems)
    if "slug" not in sheet.fields:
        parsed.problems.append(sheets.no_column(LABELS["slug"], "slug"))
        return parsed
    line_of: dict[str, int] = {}
    for row in sheet.rows:
        slug = row.cells["slug"].strip()
        if not slug:
            parsed.problems.append(_slug_problem(row.line, text("content.files.no_slug")))
        elif slug in line_of:
            parsed.problems.append(_slug_problem(row.line, slug_twice(slug, line_of[slug])))
        else:
            line_of[slug] = row.line
            values = {n: _value(n, cell) for n, cell in row.cells.items() if n in FIELDS}
            value = {name: content for name, content in values.items() if content is not None}
            fields = frozenset(sheet.fields).intersection(FIELDS)
            parsed.parts.append(FilePart(Key(ENTRY, slug), value, row.line, fields))
    return parsed


def _slug_problem(line: int, message: str) -> Problem:
    return Problem(line, "", message, LABELS["slug"])


def _cell(field: str, value: Any) -> str:
    if field == "kind":
        return KINDS[value or "case"]
    if value is None:
        return ""
    if field not in _LISTS:
        return str(value)
    items = value.items() if field in _MAPPINGS else value
    return "\n".join(_line(field, item) for item in items)


def _line(field: str, item: Any) -> str:
    if field == "actions":
        return joined([item["type"], item["label"], item[item["type"]]])
    if field == "images":
        return joined([item["image"], item["text"]])
    if field == "probes":
        return joined([item["probe"], *([item["explanation"]] if "explanation" in item else [])])
    if field == "texts":
        return joined(item)
    if field == "variants":
        state, variant = item
        return joined([state, variant["answer"], *variant.get("steps", ())])
    return str(item)


def _value(field: str, cell: str) -> Any:
    cell = cell.strip()
    if field == "kind":
        return KIND_NAMES.get(cell, cell) or "case"
    if field not in _LISTS:
        return "\n".join(cell.splitlines()) or None
    lines = [line.strip() for line in cell.splitlines() if line.strip()]
    items = [_item(field, line) for line in lines]
    return dict(items) if field in _MAPPINGS else items


def _item(field: str, line: str) -> Any:
    if field == "actions":
        kind, label, target, *rest = [*split(line), "", "", ""]
        return {"type": kind, "label": label, **({kind: target} if kind else {}), **_more(rest)}
    if field == "images":
        image, text, *rest = [*split(line), "", ""]
        return {"image": image, "text": text, **_more(rest)}
    if field == "probes":
        probe, explanation, *rest = [*split(line), "", ""]
        explained = {"explanation": explanation} if explanation else {}
        return {"probe": probe, **explained, **_more(rest)}
    if field == "texts":
        name, text, *rest = [*split(line), "", ""]
        return name, "|".join(filter(None, (text, *rest)))
    if field == "variants":
        state, answer, *steps = [*split(line), ""]
        return state, {"answer": answer, "steps": [step for step in steps if step]}
    return line


def _more(rest: Sequence[str]) -> dict[str, str]:
    """Return surplus parts of a line under a key that validation rejects."""
    left = [part for part in rest if part]
    return {"|".join(left): ""} if left else {}
