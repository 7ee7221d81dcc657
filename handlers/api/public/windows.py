"""The service windows."""

from flask import Blueprint
from pydantic import Field

from handlers.api.endpoint import Answer, Body, Call, endpoint
from handlers.api.fields import RawText
from handlers.auth import Auth
from miniprogram_api.staff import windows
from miniprogram_api.staff.windows import Window

blueprint = Blueprint("windows", __name__)


class WindowsQuery(Body):
    """The district to list."""

    district: RawText | None = Field(None, description="Only its windows, if there are any.")


class WindowsAnswer(Answer):
    """The windows."""

    windows: list[Window]


@endpoint(blueprint, "GET", "/windows", auth=Auth.NONE, query=WindowsQuery, answer=WindowsAnswer)
def list_windows(_call: Call, query: WindowsQuery) -> WindowsAnswer:
    """List the windows with address, hours and phone."""
    return WindowsAnswer(windows=windows.listed(query.district))
