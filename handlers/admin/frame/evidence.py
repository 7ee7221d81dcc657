"""A picture that came with a ticket, for whoever has claimed it or may see personal data."""

from flask import make_response
from flask.typing import ResponseReturnValue

from handlers import page_headers
from handlers.admin.frame.access import Visit, page
from handlers.admin.frame.blueprint import blueprint
from miniprogram_api import ticket_evidence
from miniprogram_api.staff import Permission


@page(blueprint, "/evidence/<int:evidence_id>.jpg", may=Permission.READ_WINDOW)
def show_evidence(visit: Visit, evidence_id: int) -> ResponseReturnValue:
    """The picture itself; no copy is kept on the way."""
    content = ticket_evidence.open_at_desk(visit.services, visit.member, evidence_id)
    response = page_headers.secure(make_response(content))
    response.headers["Content-Type"] = "image/jpeg"
    response.headers["Cache-Control"] = "no-store"
    return response
