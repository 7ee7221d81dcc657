"""Former addresses of the lists and requests: filters and pages of the one list now."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from handlers.admin.frame.access import Visit
from handlers.admin.second_person.blueprint import pages
from miniprogram_api.staff.members import Permission

GROUPS = {
    "window/reviews": "verifications",
    "window/matter-reviews": "confirmations",
    "centre/approvals": "centre_acts",
}
FORMER = "/<any('window/reviews', 'window/matter-reviews', 'centre/approvals'):former>"


@pages.page(FORMER, may=Permission.READ_WINDOW)
def find_former_list(_visit: Visit, former: str) -> ResponseReturnValue:
    """Redirect to the part of the list that stood at the address."""
    which = "late" if request.args.get("which") == "stale" else request.args.get("which")
    return redirect(url_for(".list_requests", group=GROUPS[former], which=which))


@pages.page(f"{FORMER}/<int:request_id>", may=Permission.READ_WINDOW)
def find_former_request(_visit: Visit, former: str, request_id: int) -> ResponseReturnValue:
    """Redirect to the page of a request, whatever its group is."""
    del former
    return redirect(url_for(".show_request", request_id=request_id))
