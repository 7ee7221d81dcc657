"""Printing the sheets of a matter at a window."""

from pydantic import Field

from handlers.api import sheet_files
from handlers.api.endpoint import Body, Call, File, Resource
from handlers.api.fields import FreeText, RawText
from miniprogram_api.accounts import desk_codes
from miniprogram_api.reasons import Reason
from miniprogram_api.staff.members import Permission
from miniprogram_api.staff.sittings import PresentBy
from miniprogram_api.windows import matter_sheets
from miniprogram_api.windows.matter_sheets import Present

resource = Resource("window_matter_sheets")


class PrintBody(Body):
    """Why the sheets are printed, and the person who is there.

    A window that does not receive the matter prints the sheet of a person who is there: by code or
    by the card.
    """

    reason: FreeText
    document: RawText | None = Field(
        None, description="The number on the document that the person shows."
    )
    desk_code: RawText | None = Field(
        None, description="Of POST /account/desk-codes, instead of the document."
    )


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
        Reason.PERSON_NOT_PRESENT,
        Reason.LOOKUP_LIMIT,
        Reason.DESK_CODE_INVALID,
    ),
)
def print_sheets(call: Call, body: PrintBody, matter_id: str) -> File:
    """Return the sheets of all persons who confirmed, as PDF; recorded in the ledger."""
    with desk_codes.reading(body.desk_code or body.document or "", call.member) as document:
        by: PresentBy = "desk_code" if body.desk_code else "card"
        present = Present(document, by) if document else None
        drawn = matter_sheets.print_sheets(
            call.services, call.member, matter_id, body.reason, present
        )
    return sheet_files.of(drawn)
