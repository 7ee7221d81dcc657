"""Former addresses of the lists and requests: filters and pages of the one list now."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame.access import Visit
from handlers.admin.second_person.blueprint import pages
from miniprogram_api.staff.members import Permission

GROUPS = {"reviews": "verifications", "matter-reviews": "confirmations"}
FORMER = "/window/<any(reviews, 'matter-reviews'):former>"


@pages.page(FORMER, may=Permission.READ_WINDOW)
def find_former_reviews(_visit: Visit, former: str) -> ResponseReturnValue:
    """Redirect to the part of the list that stood at the address."""
    return redirect(url_for(".list_requests", group=GROUPS[former]))


@pages.page(f"{FORMER}/<int:request_id>", may=Permission.READ_WINDOW)
def find_former_review(_visit: Visit, former: str, request_id: int) -> ResponseReturnValue:
    """Redirect to the page of a request, whatever its group is."""
    del former
    return redirect(url_for(".show_request", request_id=request_id))


@pages.page("/centre/approvals", may=Permission.READ_CENTRE)
def find_former_approvals(_visit: Visit) -> ResponseReturnValue:
    """Redirect to the acts of the centre in the list."""
    which = request.args.get("which")
    which = "late" if which == "stale" else which
    return redirect(url_for(".list_requests", group="centre_acts", which=which))


@pages.page("/centre/approvals/<int:request_id>", may=Permission.READ_CENTRE)
def find_former_approval(_visit: Visit, request_id: int) -> ResponseReturnValue:
    """Redirect to the page of a request."""
    return redirect(url_for(".show_request", request_id=request_id))
