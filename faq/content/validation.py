"""Translate validation errors of content into sentences for the editor."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from miniprogram_api.texts import text, word, words

LABELS = words("content.fields")
KINDS = words("content.kinds")
KIND_NAMES = {
    name: kind for group in (words("content.former_kinds"), KINDS) for kind, name in group.items()
}
"""Kinds of entries by their present and former names."""
ACTION_TYPES = words("content.action_types")
_CHOICES = {"kind": KINDS, "type": ACTION_TYPES}
_OF = words("content.faults")["of"]
_CHOICE = re.compile("'([^']+)'")

# pydantic's error type → the key of its text; the part after `faults` is our stable code.
_KEYS = {
    "missing": "content.faults.required",
    "string_type": "content.faults.wrong_type.text",
    "int_type": "content.faults.wrong_type.number",
    "int_parsing": "content.faults.wrong_type.number",
    "int_from_float": "content.faults.wrong_type.number",
    "bool_type": "content.faults.wrong_type.flag",
    "tuple_type": "content.faults.wrong_type.list",
    "list_type": "content.faults.wrong_type.list",
    "model_type": "content.faults.wrong_type.object",
    "model_attributes_type": "content.faults.wrong_type.object",
    "extra_forbidden": "content.faults.unknown_field",
    "string_too_long": "content.faults.too_long",
    "too_long": "content.faults.too_many",
    "greater_than_equal": "content.faults.out_of_range",
    "string_unicode": "content.faults.wrong_characters",
}


@dataclass(frozen=True)
class Fault:
    """Describe one error: path of the field (`steps.1`), stable code, sentence."""

    field: str
    code: str
    message: str


def faults_of(error: ValidationError, name: str = "") -> list[Fault]:
    """Return the validator's errors; `name` is the piece in the sentences (条目“…”)."""
    return [_fault(error, name) for error in error.errors(include_url=False, include_input=False)]


def _fault(error: Mapping[str, Any], name: str) -> Fault:
    path: Sequence[str | int] = error["loc"]
    kind, context = error["type"], error.get("ctx") or {}
    if kind == "value_error":
        # From our own validators: a complete Chinese sentence.
        return Fault(
            _joined(path),
            "does_not_fit",
            f"{name}：{context['error']}。" if name else f"{context['error']}。",
        )
    if kind == "too_short" and context["min_length"] > 1:
        code, message = "too_few", text("content.faults.too_few", **context)
    elif kind in ("string_too_short", "too_short"):
        code, message = "required", text("content.faults.required")
    elif kind == "string_pattern_mismatch":
        code, message = "wrong_characters", _characters(path)
    elif kind == "literal_error":
        code, message = (
            "not_allowed",
            text("content.faults.not_allowed", choices=_choices(path, context["expected"])),
        )
    else:
        key = _KEYS.get(kind, "content.faults.wrong_form")
        code, message = key.split(".")[2], text(key, **context)
    where = place(path)
    message = message if message.startswith(_OF) or not where else message.removeprefix(_OF)
    return Fault(_joined(path), code, f"{name}{_OF if name and where else ''}{where}{message}。")


def place(path: Sequence[str | int]) -> str:
    """Return a path in words: `("steps", 1)` → 步骤第2条."""
    place = ""
    for part in path:
        if isinstance(part, int):
            place += text("content.faults.place", number=part + 1)
        else:
            name = word("states.titles", part)
            place += (_OF if place else "") + LABELS.get(part, f"“{name[:30]}”")
    return place


def _characters(path: Sequence[str | int]) -> str:
    if path and (path[0] == "related" or path[-1] in ("slug", "topic", "probe")):
        return text("content.faults.wrong_name")
    if path and path[-1] == "image":
        return text("content.faults.wrong_image")
    return text("content.faults.wrong_line")


def _choices(path: Sequence[str | int], expected: str) -> str:
    """List the allowed values by label and code."""
    named = _CHOICES.get(str(path[-1]) if path else "", {})
    codes = _CHOICE.findall(expected)
    return "、".join(
        f"“{named[code]}”（{code}）" if code in named else f"“{code}”" for code in codes
    )


def _joined(path: Sequence[str | int]) -> str:
    return ".".join(map(str, path))
