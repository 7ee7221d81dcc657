"""The form of an entry: from what the draft holds to text fields, and back.

A list is a text with one item a line; an action is a line ``类型 | 文字 | 目标``, a probe a line
``名称 | 说明``. What cannot be read stays as it was typed, and the check names it.
"""

from collections.abc import Mapping
from typing import Any

from faq.differences import action_line, probe_line

TEXTS = ("title", "category", "answer")
LISTS = ("steps", "questions", "negatives", "synonyms", "tags", "related")
ACTION_TYPES = ("page", "ticket", "retry", "call", "copy")


def fields_of(content: Mapping[str, Any]) -> dict[str, str]:
    """Field → text, for an entry as the draft holds it."""
    fields = {name: _text(content.get(name)) for name in TEXTS}
    for name in LISTS:
        fields[name] = "\n".join(_text(item) for item in _items(content, name))
    fields["actions"] = "\n".join(map(action_line, _items(content, "actions")))
    fields["probes"] = "\n".join(map(probe_line, _items(content, "probes")))
    return fields


def content_of(before: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    """The entry with what was typed; slug, kind and number stay as they are."""
    content = dict(before)
    for name in TEXTS:
        content[name] = " ".join(fields.get(name, "").split())
    for name in LISTS:
        content[name] = _lines(fields.get(name, ""))
    content["actions"] = [_action(line) for line in _lines(fields.get("actions", ""))]
    content["probes"] = [_probe(line) for line in _lines(fields.get("probes", ""))]
    return content


def _items(content: Mapping[str, Any], name: str) -> list[Any]:
    value = content.get(name) or []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _lines(text: str) -> list[str]:
    return [line for line in (" ".join(line.split()) for line in text.splitlines()) if line]


def _action(line: str) -> Any:
    parts = [part.strip() for part in line.split("|", 2)]
    if len(parts) == 3 and parts[0] in ACTION_TYPES:
        return {"type": parts[0], "label": parts[1], parts[0]: parts[2]}
    return line


def _probe(line: str) -> Any:
    name, _, explanation = line.partition("|")
    return {
        "probe": name.strip(),
        **({"explanation": explanation.strip()} if explanation.strip() else {}),
    }
