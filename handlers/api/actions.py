"""Buttons in answers and in the help of refusals."""

from typing import NotRequired

from typing_extensions import TypedDict

from faq.content.entries import ActionType


class PlaceAnswer(TypedDict):
    """A window that the asker can visit."""

    name: str
    address: str
    hours: str
    phone: str
    open_today: bool


class ActionAnswer(TypedDict):
    """A button: `type`, `label` and exactly the field that is named like the type.

    A button that leads to the windows also has `windows`, at most three.
    """

    type: ActionType
    label: str
    page: NotRequired[str]
    ticket: NotRequired[str]
    retry: NotRequired[str]
    call: NotRequired[str]
    copy: NotRequired[str]
    windows: NotRequired[list[PlaceAnswer]]
