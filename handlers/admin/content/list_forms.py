"""The forms of the lists beside the entries: from the draft to form fields, and back.

Each item is a row ``FIELD.NUMBER`` of the form; a row without its first field is dropped. Short
words share a line, separated by 、; questions are one a line. Unreadable input stays as typed, and
the check names it.
"""

import re
from collections.abc import Mapping
from typing import Any

from faq.content.entries import Replies
from faq.content.validation import ACTION_TYPES

REPLIES = ("clarify", "other_service", "not_ours", "unknown", "unreadable")
MOST_ACTIONS = 5
# List → fields of its rows; the first names the row.
ROWS = {
    "out_of_scope": ("name", "words"),
    "synonyms": ("word", "spellings"),
    "smalltalk": ("topic", "answer", "questions"),
    "replies": ("label", "type", "target"),
}
_WORDS = frozenset({"words", "spellings"})
_SEPARATOR = re.compile("[、，,;；]")
# Empty rows at the end for new items.
SPARE = 3

Fields = dict[str, str]


def rows_of(kind: str, content: Any) -> list[Fields]:
    """Return the rows of a list's form, with empty ones at the end."""
    names = ROWS[kind]
    if kind == "replies":
        rows = [
            {"label": text(a.get("label")), "type": text(a.get("type")), "target": _target(a)}
            for a in _items(content, "actions")
        ]
        spare = max(0, MOST_ACTIONS - len(rows))
    else:
        items = _items(content, "other_services") if kind == "out_of_scope" else _items(content, "")
        rows = [{name: _shown(name, item.get(name)) for name in names} for item in items]
        spare = SPARE
    return [*rows, *(dict.fromkeys(names, "") for _ in range(spare))]


def typed_rows(kind: str, form: Mapping[str, str]) -> list[Fields]:
    """Return the rows as typed."""
    names = ROWS[kind]
    numbered = (re.fullmatch(rf"{names[0]}\.(\d{{1,5}})", name) for name in form)
    numbers = sorted({int(found[1]) for found in numbered if found})
    return [{name: form.get(f"{name}.{number}", "") for name in names} for number in numbers]


def content_of(kind: str, before: Any, form: Mapping[str, str]) -> Any:
    """Return the list with the typed values."""
    named = [row for row in typed_rows(kind, form) if any(map(str.strip, row.values()))]
    if kind == "replies":
        said = {name: _line(form.get(name, "")) for name in REPLIES}
        return {**_mapping(before), **said, "actions": [_action(row) for row in named]}
    items = [{name: _typed(name, row[name]) for name in ROWS[kind]} for row in named]
    # A row without a name is deleted.
    items = [item for item in items if item[ROWS[kind][0]]]
    if kind == "out_of_scope":
        questions = lines(form.get("questions", ""))
        return {**_mapping(before), "other_services": items, "questions": questions}
    return items


def lines(typed: str) -> list[str]:
    """Split a text into its lines that are not empty."""
    return [line for line in map(_line, typed.splitlines()) if line]


def replies_of(content: Mapping[str, Any]) -> dict[str, str]:
    """Return the fixed replies of a draft; a missing one has its default."""
    fields = Replies.model_fields
    return {
        name: text(content.get(name, None if fields[name].is_required() else fields[name].default))
        for name in REPLIES
    }


def text(value: Any) -> str:
    """Convert a value of an unfinished draft to text."""
    return "" if value is None else str(value)


def _shown(field: str, value: Any) -> str:
    items = [text(item) for item in value] if isinstance(value, list | tuple) else None
    if items is None:
        return text(value)
    if field in _WORDS and not any(_SEPARATOR.search(item) for item in items):
        return "、".join(items)
    # A line break at the end marks a single item that contains a separator.
    return "".join(f"{item}\n" for item in items)


def _typed(field: str, typed: str) -> Any:
    if field in _WORDS and "\n" not in typed:
        return [word for word in map(_line, _SEPARATOR.split(typed)) if word]
    return lines(typed) if field in (*_WORDS, "questions") else _line(typed)


def _line(typed: str) -> str:
    return " ".join(typed.split())


def _action(row: Fields) -> dict[str, str]:
    kind = row["type"] if row["type"] in ACTION_TYPES else "page"
    return {"type": kind, "label": _line(row["label"]), kind: _line(row["target"])}


def _target(action: Mapping[str, Any]) -> str:
    return text(action.get(text(action.get("type"))))


def _items(content: Any, name: str) -> list[Mapping[str, Any]]:
    found = _mapping(content).get(name) if name else content
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []


def _mapping(content: Any) -> Mapping[str, Any]:
    return content if isinstance(content, Mapping) else {}
