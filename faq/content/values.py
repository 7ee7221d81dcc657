"""Define the types that all content is made of."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

LONGEST_ENTRY = 600
"""Characters of title, answer and steps together, and of an answer alone.

A customer-service message of WeChat is limited to 2048 bytes: 682 Han characters.
"""

LONGEST_LINE = 200

_NO_CONTROLS = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
Line = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=LONGEST_LINE, pattern=_NO_CONTROLS
    ),
]
_ONLY_LINE_FEEDS = r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]*$"
Text = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=LONGEST_ENTRY, pattern=_ONLY_LINE_FEEDS
    ),
]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,49}$")]


class Value(BaseModel):
    """Define an immutable value without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")
