"""The start page with a chat box, and the documentation of the API. May import ``api``."""

from typing import Any

from flask import Blueprint, Response, current_app, make_response, render_template, request

from faq.release.publishing import current
from handlers import page_headers
from handlers.pages.reference import sections
from miniprogram_api.services import Services

blueprint = Blueprint(
    "pages",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/assets",
)


def _page(template: str, **values: Any) -> Response:
    return page_headers.secure(make_response(render_template(template, **values)))


@blueprint.get("/")
def home() -> Response:
    """Show the start page with links and a chat box."""
    services: Services = current_app.extensions["services"]
    inbox = None
    if services.settings.profile == "sandbox":
        host = request.host.rsplit(":", 1)[0]
        inbox = f"http://{host}:{services.settings.sandbox_port}/sandbox/inbox"
    entries = [entry for entry in current().entries if entry.case is not None]
    return _page("home.html", inbox=inbox, entries=entries)


@blueprint.get("/docs")
def docs() -> Response:
    """Show the documentation of the API."""
    return _page("docs.html", sections=sections(), base=request.host_url.rstrip("/"))
