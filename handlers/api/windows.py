"""Where a person is helped in person."""

from datetime import date

from flask import Blueprint
from pydantic import Field

from handlers.api.endpoint import Answer, Body, Call, endpoint
from handlers.api.fields import RawText
from handlers.auth import Auth
from miniprogram_api import windows

blueprint = Blueprint("windows", __name__)


class WindowsQuery(Body):
    district: RawText | None = Field(None, description="Only windows that serve it, if any does.")


class WindowAnswer(Answer):
    id: int
    name: str
    address: str
    hours: str
    phone: str
    districts: list[str]
    closed_days: list[date] = Field(description="Closed on these days besides.")
    open_today: bool = Field(
        description="Not on its closed days, and with hours of 工作日 not on weekends and holidays."
    )


class WindowsAnswer(Answer):
    windows: list[WindowAnswer]


@endpoint(blueprint, "GET", "/windows", auth=Auth.NONE, query=WindowsQuery, answer=WindowsAnswer)
def list_windows(_call: Call, query: WindowsQuery) -> WindowsAnswer:
    """The windows with address, hours and phone."""
    found = windows.listed(query.district)
    return WindowsAnswer(
        windows=[WindowAnswer.model_validate(window, from_attributes=True) for window in found]
    )
