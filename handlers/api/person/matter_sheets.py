"""The sheet of one's own confirmations."""

from handlers.api import sheet_files
from handlers.api.endpoint import Call, File, Resource
from handlers.auth import Auth
from miniprogram_api.reasons import Reason
from miniprogram_api.sheets import sheets

resource = Resource("matter_sheets")


@resource.get(
    "/matters/<matter_id>/sheet",
    auth=Auth.ACCOUNT,
    files=(sheet_files.PDF,),
    reasons=(Reason.NOT_FOUND, Reason.NOT_APPLICABLE),
)
def fetch_own_sheet(call: Call, matter_id: str) -> File:
    """Return the user's own sheet of a matter as PDF."""
    return sheet_files.of(sheets.for_person(call.services, matter_id, call.account_id))
