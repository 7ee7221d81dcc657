"""The forms of the lists beside the entries; those about conversations are in `talk`.

Each item is a row ``FIELD.NUMBER`` of the form; a row without its first field is dropped. Short
words share a line, separated by 、; questions are one a line. Unreadable input stays as typed, and
the check names it.
"""

import re
from collections.abc import Mapping
from typing import Any

from faq.content import shipped
from faq.content.entries import Replies
from faq.content.validation import ACTION_TYPES
from handlers.admin.content.forms.fields import (
    line,
    lines,
    mapping,
    rows,
    shown_words,
    text,
    typed_words,
)
from miniprogram_api.names.lists import RuleRow
from miniprogram_api.texts import word, words

REPLIES = tuple(name for name in Replies.model_fields if name != "actions")
MOST_ACTIONS = 5
# List → fields of its rows; the first names the row.
ROWS = {
    "out_of_scope": ("name", "words"),
    "synonyms": ("word", "spellings"),
    "smalltalk": ("topic", "answer", "questions"),
    "replies": ("label", "type", "target"),
    "name_rules": tuple(RuleRow.model_fields),
    "name_allowed": ("title", "words"),
    "name_trades": ("title", "code", "words", "spoken"),
    "equal_trades": ("title", "words"),
}
_WORDS = frozenset({"words", "spellings", "spoken"})
# Fields with a choice; the first is chosen for a new row.
CHOICES = {
    "level": words("names.levels"),
    "part": {name: word("names.parts", name) for name in ("any", "word", "industry")},
    "place": words("names.places"),
}
_PLACEHOLDER = re.compile(r"\{[^}]*\}")
# Empty rows at the end for new items.
SPARE = 3

Fields = dict[str, str]


def rows_of(kind: str, content: Any) -> list[Fields]:
    """Return the rows of a list's form, with empty ones at the end."""
    names = ROWS[kind]
    if kind == "replies":
        shown = [
            {"label": text(a.get("label")), "type": text(a.get("type")), "target": _target(a)}
            for a in rows(content, "actions")
        ]
        spare = max(0, MOST_ACTIONS - len(shown))
    else:
        items = rows(content, "other_services" if kind == "out_of_scope" else "")
        shown = [{name: _shown(name, item.get(name)) for name in names} for item in items]
        spare = SPARE
    return [*shown, *({name: _shown(name, None) for name in names} for _ in range(spare))]


def typed_rows(kind: str, form: Mapping[str, str]) -> list[Fields]:
    """Return the rows as typed."""
    names = ROWS[kind]
    numbered = (re.fullmatch(rf"{names[0]}\.(\d{{1,5}})", name) for name in form)
    numbers = sorted({int(row[1]) for row in numbered if row})
    return [{name: form.get(f"{name}.{number}", "") for name in names} for number in numbers]


def content_of(kind: str, before: Any, form: Mapping[str, str]) -> Any:
    """Return the list with the typed values."""
    named = [row for row in typed_rows(kind, form) if any(map(str.strip, row.values()))]
    if kind == "replies":
        said = {name: line(form.get(name, "")) for name in REPLIES}
        return {**mapping(before), **said, "actions": [_action(row) for row in named]}
    items = [{name: _typed(name, row[name]) for name in ROWS[kind]} for row in named]
    # A row without a name is deleted.
    items = [item for item in items if item[ROWS[kind][0]]]
    if kind == "out_of_scope":
        questions = lines(form.get("questions", ""))
        return {**mapping(before), "other_services": items, "questions": questions}
    return items


def replies_of(content: Mapping[str, Any]) -> dict[str, str]:
    """Return the fixed replies of a draft; a missing one has its default."""
    fields = Replies.model_fields
    return {
        name: text(
            content.get(name)
            if name in content or fields[name].is_required()
            else fields[name].get_default(call_default_factory=True)
        )
        for name in REPLIES
    }


def placeholders() -> dict[str, str]:
    """Map the fixed replies to the placeholders of their shipped texts."""
    replies = shipped.part("replies")
    return {name: "、".join(_PLACEHOLDER.findall(str(replies.get(name)))) for name in REPLIES}


def _shown(field: str, value: Any) -> str:
    if field in CHOICES:
        return text(value) or next(iter(CHOICES[field]))
    if field in _WORDS:
        return shown_words(value)
    return "".join(f"{text(item)}\n" for item in value) if isinstance(value, list) else text(value)


def _typed(field: str, typed: str) -> Any:
    if field in _WORDS:
        return typed_words(typed)
    return lines(typed) if field == "questions" else line(typed)


def _action(row: Fields) -> dict[str, str]:
    kind = row["type"] if row["type"] in ACTION_TYPES else "page"
    return {"type": kind, "label": line(row["label"]), kind: line(row["target"])}


def _target(action: Mapping[str, Any]) -> str:
    return text(action.get(text(action.get("type"))))
