"""The admin pages under /admin: for editors, operators, window clerks, the information centre.

Server-rendered. Each folder is a blueprint (``frame.access.Pages``) whose routes require the
session, the form's proof and the permission; ``frame.menu`` lists the pages of the navigation.
"""

from typing import Any

from flask import Blueprint, Flask
from werkzeug.routing import IntegerConverter

from handlers.admin import (
    centre,
    content,
    dashboard,
    frame,
    ledger,
    second_person,
    system,
    window,
)
from handlers.admin.frame import template_filters
from handlers.admin.frame.names import letter_name
from handlers.admin.frame.one_time import once_field
from handlers.admin.frame.rendering import refusal_page
from miniprogram_api.texts import words

FOLDERS = (content, window, centre, second_person, ledger, dashboard, system, frame)

__all__ = ("refusal_page", "register")


class _RowNumber(IntegerConverter):
    """An integer in an address that fits a 64-bit column; a larger one is 404."""

    def __init__(self, map: Any, **options: Any) -> None:
        super().__init__(map, **{"max": 2**63 - 1, **options})


def register(app: Flask) -> None:
    """Add the pages to the application."""
    app.url_map.converters["int"] = _RowNumber
    admin = Blueprint(
        "admin", __name__, url_prefix="/admin", static_folder="static", template_folder="templates"
    )
    for folder in FOLDERS:
        admin.register_blueprint(folder.pages)
    app.register_blueprint(admin)
    app.jinja_env.filters["letter_name"] = letter_name
    app.jinja_env.filters.update(template_filters.FILTERS)
    app.jinja_env.globals["once_field"] = once_field
    app.jinja_env.globals["words"] = words
