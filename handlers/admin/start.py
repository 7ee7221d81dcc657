"""The page that staff sees first: what this member can do here."""

from flask.typing import ResponseReturnValue

from handlers.admin.access import Menu, Visit, page
from handlers.admin.blueprint import blueprint
from handlers.admin.rendering import render


@page(blueprint, "/", menu=Menu("工作", "首页", "home", 0))
def start(visit: Visit) -> ResponseReturnValue:
    """The start page."""
    return render(visit, "admin/start.html")
