"""Field types that bodies share, and the Chinese sentence for each way a field can be wrong.

The validator speaks English and shows the input; both stop here. A code is stable, its sentence is
not.
"""

import re
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints, ValidationError
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import text

# Longer than any honest value; what is longer is refused before a rule looks at it.
LONGEST_TEXT = 500
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
# An id of this many digits fits into every database's integers.
_LONGEST_ID = 15


def _without_controls(value: str) -> str:
    """Refuse NUL, which PostgreSQL cannot store, and the other control characters."""
    if _CONTROLS.search(value) is not None:
        raise PydanticCustomError("control_character", "control character")
    return value


class _Plain:
    """Refuses control characters, and says so in the OpenAPI document."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(_without_controls, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "pattern": r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f]*$"}


Plain = _Plain()

RawText = Annotated[str, StringConstraints(max_length=200), Plain]
"""A value that a rule normalises and judges itself, such as a name or an ID number."""

Filled = Annotated[
    str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), Plain
]
"""The same where nothing can be said about an empty one."""

Line = Annotated[str, StringConstraints(min_length=1, max_length=64, strip_whitespace=True), Plain]
"""A short text on one line."""

FreeText = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST_TEXT, strip_whitespace=True), Plain
]
"""What a person writes in his own words."""

Token = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:|-]{1,256}$")]
"""An opaque token or code that a machine made."""

WeChatCode = Annotated[str, StringConstraints(min_length=1, max_length=256), Plain]
"""A code that WeChat made; it alone knows which ones are good."""

Secret = Annotated[str, StringConstraints(max_length=256), Plain]
"""A password; its length and strength are judged by the rule."""

FilledSecret = Annotated[str, StringConstraints(min_length=1, max_length=256), Plain]
"""A password that was set before; an empty one is a slip and must not count as a wrong try."""


def number(text: str) -> int:
    """The id in a path. Raises Refused NOT_FOUND for what no database has as one."""
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID):
        raise Refused(Reason.NOT_FOUND)
    return int(text)


# The validator's kind of error → the key of its text below ``invalid``.
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
    """MALFORMED_JSON when the body is no JSON, else INVALID_INPUT with one entry a field."""
    errors = error.errors(include_url=False, include_input=False)
    if any(e["type"] == "json_invalid" for e in errors):
        return Refused(Reason.MALFORMED_JSON)
    return Refused(Reason.INVALID_INPUT, fields=[_entry(e) for e in errors[:50]])
