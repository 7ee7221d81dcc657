"""Field types that bodies share, and the Chinese sentence for each way a field can be wrong.

The validator speaks English and shows the input; both stop here. A code is stable, its sentence is
not.
"""

import re
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints, ValidationError
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from miniprogram_api.reasons import Reason, Refused

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


_SENTENCES = {
    "missing": ("required", "请填写这一项。"),
    "string_type": ("wrong_type", "这一项应为文字。"),
    "bool_type": ("wrong_type", "这一项只能是“是”或“否”。"),
    "bool_parsing": ("wrong_type", "这一项只能是“是”或“否”。"),
    "int_type": ("wrong_type", "这一项应为整数。"),
    "int_parsing": ("wrong_type", "这一项应为整数。"),
    "int_from_float": ("wrong_type", "这一项应为整数。"),
    "list_type": ("wrong_type", "这一项应为列表。"),
    "dict_type": ("wrong_type", "这一项的格式不对。"),
    "model_type": ("wrong_type", "提交的内容格式不对。"),
    "model_attributes_type": ("wrong_type", "提交的内容格式不对。"),
    "string_pattern_mismatch": ("wrong_form", "这一项的格式不对，请核对后重填。"),
    "literal_error": ("not_allowed", "这一项不在可选范围内。"),
    "enum": ("not_allowed", "这一项不在可选范围内。"),
    "control_character": ("control_character", "这一项含有无法识别的字符，请重新输入。"),
    "string_unicode": ("control_character", "这一项含有无法识别的字符，请重新输入。"),
}


def _entry(error: Any) -> dict[str, Any]:
    kind = error["type"]
    context = error.get("ctx") or {}
    if kind == "string_too_short":
        minimum = context["min_length"]
        code, message = (
            ("required", "请填写这一项。")
            if minimum <= 1
            else ("too_short", f"这一项至少{minimum}个字符。")
        )
    elif kind == "string_too_long":
        code, message = "too_long", f"这一项最多{context['max_length']}个字符。"
    elif kind == "too_long":
        code, message = "too_many", f"这一项最多{context['max_length']}条。"
    elif kind in ("greater_than_equal", "less_than_equal", "greater_than", "less_than"):
        code, message = "out_of_range", "这一项超出了允许的范围。"
    else:
        code, message = _SENTENCES.get(kind, ("wrong_form", "这一项的格式不对，请核对后重填。"))
    path = ".".join(str(part) for part in error["loc"])
    return {"field": path or "body", "code": code, "message": message}


def refused_fields(error: ValidationError) -> Refused:
    """MALFORMED_JSON when the body is no JSON, else INVALID_INPUT with one entry a field."""
    errors = error.errors(include_url=False, include_input=False)
    if any(e["type"] == "json_invalid" for e in errors):
        return Refused(Reason.MALFORMED_JSON)
    return Refused(Reason.INVALID_INPUT, fields=[_entry(e) for e in errors[:50]])
