"""Result types that the JSON API returns as they are."""

import dataclasses
from typing import TypeVar, dataclass_transform

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

Result = TypeVar("Result")

_CONFIG = ConfigDict(
    use_attribute_docstrings=True, json_schema_serialization_defaults_required=True
)


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field, Field))
def answer_class(result: type[Result]) -> type[Result]:
    """Make a frozen dataclass; its docstrings become descriptions of the OpenAPI document."""
    return dataclass(frozen=True, slots=True, config=_CONFIG)(result)  # type: ignore[return-value]
