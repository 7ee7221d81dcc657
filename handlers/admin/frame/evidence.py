"""Pictures of tickets, for the desk that claimed the ticket or may see personal data."""

from flask.typing import ResponseReturnValue

from handlers.admin.frame import csv_files
from handlers.admin.frame.access import Visit
from handlers.admin.frame.blueprint import pages
from miniprogram_api.desks import ticket_pictures
from miniprogram_api.staff.members import Permission


@pages.page("/evidence/<int:evidence_id>.jpg", may=Permission.READ_WINDOW)
def show_evidence(visit: Visit, evidence_id: int) -> ResponseReturnValue:
    """Send the picture."""
    content = ticket_pictures.open_at_desk(visit.services, visit.member, evidence_id)
    return csv_files.file(content, "image/jpeg")
