"""The start page: the pages that this member may open."""

from flask.typing import ResponseReturnValue

from handlers.admin.frame.access import Visit
from handlers.admin.frame.blueprint import pages
from handlers.admin.frame.rendering import render


@pages.page("/")
def start(visit: Visit) -> ResponseReturnValue:
    """Show the start page."""
    return render(visit, "frame/start.html")
