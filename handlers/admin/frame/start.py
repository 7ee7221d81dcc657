"""The start page: 我的工作 for editors, and the pages that this member may open."""

from flask.typing import ResponseReturnValue

from handlers.admin.frame import work
from handlers.admin.frame.access import Visit
from handlers.admin.frame.blueprint import pages
from handlers.admin.frame.rendering import render
from miniprogram_api.staff.members import Permission


@pages.page("/")
def start(visit: Visit) -> ResponseReturnValue:
    """Show the start page."""
    edits = visit.member.may(Permission.WRITE_CONTENT)
    return render(visit, "frame/start.html", work=work.of(visit) if edits else None)
