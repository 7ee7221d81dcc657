"""The service windows."""

from pydantic import Field

from handlers.api.endpoint import Answer, Body, Call, Resource
from handlers.api.fields import RawText
from handlers.auth import Auth
from miniprogram_api.staff import windows
from miniprogram_api.staff.windows import Window

resource = Resource("windows")


class WindowsQuery(Body):
    """The district to list."""

    district: RawText | None = Field(None, description="Only its windows, if there are any.")


class WindowsAnswer(Answer):
    """The windows."""

    windows: list[Window]


@resource.get("/windows", auth=Auth.NONE, query=WindowsQuery, answer=WindowsAnswer)
def list_windows(_call: Call, query: WindowsQuery) -> WindowsAnswer:
    """List the windows with address, hours and phone."""
    return WindowsAnswer(windows=windows.listed(query.district))
