"""The blueprint that all admin pages are registered on."""

from flask import Blueprint

from handlers.admin.rendering import refusal_page
from miniprogram_api.reasons import Refused

blueprint = Blueprint(
    "admin",
    __name__,
    url_prefix="/admin",
    template_folder="templates",
    static_folder="static",
    static_url_path="/static",
)
blueprint.register_error_handler(Refused, refusal_page)
