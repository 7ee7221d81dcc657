"""The page that staff sees first: what this member can do here."""

from flask.typing import ResponseReturnValue

from handlers.admin.frame.access import Menu, Visit, page
from handlers.admin.frame.blueprint import blueprint
from handlers.admin.frame.rendering import render


@page(blueprint, "/", menu=Menu("工作", "首页", "home", 0))
def start(visit: Visit) -> ResponseReturnValue:
    """The start page."""
    return render(visit, "frame/start.html")
