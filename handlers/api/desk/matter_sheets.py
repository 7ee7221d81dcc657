"""Printing the sheets of a matter at a window."""

from handlers.api import sheet_files
from handlers.api.endpoint import Body, Call, File, Resource
from handlers.api.fields import FreeText
from miniprogram_api.reasons import Reason
from miniprogram_api.staff.members import Permission
from miniprogram_api.windows import matter_sheets

resource = Resource("window_matter_sheets")


class PrintBody(Body):
    """Why the sheets are printed."""

    reason: FreeText


@resource.post(
    "/window/matters/<matter_id>/sheets",
    permission=Permission.WORK_AT_WINDOW,
    body=PrintBody,
    files=(sheet_files.PDF,),
    repeatable=False,
    reasons=(
        Reason.NOT_FOUND,
        Reason.NOT_APPLICABLE,
        Reason.OWN_MATTER,
        Reason.WINDOW_REQUIRED,
    ),
)
def print_sheets(call: Call, body: PrintBody, matter_id: str) -> File:
    """Return the sheets of all persons who confirmed, as PDF; recorded in the ledger."""
    return sheet_files.of(
        matter_sheets.print_sheets(call.services, call.member, matter_id, body.reason)
    )
