"""Define the types that all content is made of."""

from collections.abc import Iterable
from functools import cached_property
from itertools import chain
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from miniprogram_api.texts import text

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


ActionType = Literal["page", "ticket", "retry", "call", "copy"]


class Action(Value):
    """Define a button next to the answer.

    The field named by `type` is the target: a page of the mini program, a kind of ticket, a step to
    retry, a number to call, or a text to copy.
    """

    type: ActionType
    label: Line
    page: Line | None = None
    ticket: Line | None = None
    retry: Line | None = None
    call: Line | None = None
    copy_text: Line | None = Field(None, alias="copy")

    @model_validator(mode="after")
    def _has_exactly_its_own_target(self) -> "Action":
        targets = self.model_dump(by_alias=True, exclude={"type", "label"}, exclude_none=True)
        if [*targets] != [self.type]:
            raise ValueError(text("content.values.target", label=self.label, type=self.type))
        return self

    def as_json(self) -> dict[str, str]:
        """Return `{"type", "label", TYPE: target}`, the form for clients."""
        return dict(self._form)

    @cached_property
    def _form(self) -> dict[str, str]:
        """Cache the JSON form, which is expensive to build."""
        return self.model_dump(by_alias=True, exclude_none=True)


def distinct(*groups: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Return buttons in the clients' form, without repeated targets."""
    buttons: dict[tuple[str, str], dict[str, str]] = {}
    for button in chain.from_iterable(groups):
        kind = button["type"]
        buttons.setdefault((kind, button[kind]), button)
    return list(buttons.values())


def without(
    buttons: Iterable[dict[str, str]], closed: Iterable[dict[str, str]]
) -> list[dict[str, str]]:
    """Return the buttons whose targets differ from all `closed` ones."""
    shut = {(button["type"], button[button["type"]]) for button in closed}
    return [button for button in buttons if (button["type"], button[button["type"]]) not in shut]
