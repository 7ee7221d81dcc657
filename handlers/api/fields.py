"""Field types of request bodies, and the Chinese sentences for invalid fields.

The validator's own messages are English and quote the input, so they are never shown.
"""

import json
import re
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints, ValidationError
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import text

LONGEST_TEXT = 500
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
# Digits that fit into the integers of every database.
_LONGEST_ID = 15


def parsed(value: Any) -> Any:
    """Read JSON that is a text part of a multipart body."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def split(value: Any) -> Any:
    """Read a list that is a text part of a multipart body."""
    return [one.strip() for one in value.split(",")] if isinstance(value, str) else value


def _without_controls(value: str) -> str:
    """Refuse NUL, which PostgreSQL cannot store, and the other control characters."""
    if _CONTROLS.search(value) is not None:
        raise PydanticCustomError("control_character", "control character")
    return value


class _NoControls:
    """Refuse control characters, and declare that in the OpenAPI document."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(_without_controls, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "pattern": r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f]*$"}


NoControls = _NoControls()

RawText = Annotated[str, StringConstraints(max_length=200), NoControls]
"""A value that a rule normalises and validates, such as a name or an ID number."""

Filled = Annotated[
    str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), NoControls
]
"""A required text."""

Line = Annotated[
    str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True), NoControls
]
"""A short text on one line."""

FreeText = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_TEXT, strip_whitespace=True), NoControls
]
"""A text in the user's own words."""

Token = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:|-]{1,256}$")]
"""An opaque token or code."""

WeChatCode = Annotated[str, StringConstraints(min_length=1, max_length=256), NoControls]
"""A code that only WeChat can verify."""

Secret = Annotated[str, StringConstraints(max_length=256), NoControls]
"""A new password; the rule checks its length and strength."""

FilledSecret = Annotated[str, StringConstraints(min_length=1, max_length=256), NoControls]
"""An existing password; an empty one is invalid, so that it does not count as a wrong try."""


def number(text: str) -> int:
    """Parse the id in a path."""
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID):
        raise Refused(Reason.NOT_FOUND)
    return int(text)


# The validator's error type → the key of its text below ``invalid``.
_KEYS = {
    "missing": "fields.any.required",
    "string_type": "fields.text.wrong_type",
    "bool_type": "fields.flag.wrong_type",
    "bool_parsing": "fields.flag.wrong_type",
    "int_type": "fields.number.wrong_type",
    "int_parsing": "fields.number.wrong_type",
    "int_from_float": "fields.number.wrong_type",
    "list_type": "fields.list.wrong_type",
    "dict_type": "fields.object.wrong_type",
    "model_type": "fields.body.wrong_type",
    "model_attributes_type": "fields.body.wrong_type",
    "literal_error": "fields.any.not_allowed",
    "enum": "fields.any.not_allowed",
    "control_character": "fields.any.control_character",
    "string_unicode": "fields.any.control_character",
    "string_too_short": "fields.any.too_short",
    "string_too_long": "fields.any.too_long",
    "too_long": "fields.any.too_many",
    "greater_than_equal": "fields.any.out_of_range",
    "less_than_equal": "fields.any.out_of_range",
    "greater_than": "fields.any.out_of_range",
    "less_than": "fields.any.out_of_range",
}


def _entry(error: Any) -> dict[str, Any]:
    key, context = _KEYS.get(error["type"], "fields.any.wrong_form"), error.get("ctx") or {}
    if key == "fields.any.too_short" and context["min_length"] <= 1:
        key = "fields.any.required"
    path = ".".join(str(part) for part in error["loc"])
    message = text(f"invalid.{key}", **context)
    return {"field": path or "body", "code": key.rpartition(".")[2], "message": message}


def refused_fields(error: ValidationError) -> Refused:
    """Return MALFORMED_JSON when the body is no JSON, else INVALID_INPUT with one entry a field."""
    errors = error.errors(include_url=False, include_input=False)
    if any(e["type"] == "json_invalid" for e in errors):
        return Refused(Reason.MALFORMED_JSON)
    return Refused(Reason.INVALID_INPUT, fields=[_entry(e) for e in errors[:50]])
