"""The bases of the bodies and answers of endpoints."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """Base of every request body; ignores unknown fields, types are strict."""

    may_be_missing: ClassVar[bool] = False
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, hide_input_in_errors=True)


class Answer(BaseModel):
    """Base of every ``data``."""

    model_config = ConfigDict(frozen=True)
