"""The admin pages under /admin: for editors, operators, window clerks, the information centre.

Server-rendered; every page module registers its pages through ``access.page``, which asks for the
session, the form's proof and the permission, and lists the page in the navigation.
"""

from functools import partial
from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter

from handlers.admin import centre, content, dashboard, frame, ledger, system, window
from handlers.admin.frame import dates, desk_filters
from handlers.admin.frame.blueprint import blueprint
from handlers.admin.frame.names import letter_name
from handlers.admin.frame.one_time import once_field
from handlers.admin.frame.rendering import refusal_page
from miniprogram_api.texts import word

# Imported, so that they register their pages.
FOLDERS = (centre, content, dashboard, frame, ledger, system, window)

__all__ = ("FOLDERS", "refusal_page", "register")


class _RowNumber(IntegerConverter):
    """A number in an address; what no column of a database can hold is the number of nothing."""

    def __init__(self, map: Any, **options: Any) -> None:
        super().__init__(map, **{"max": 2**63 - 1, **options})


def register(app: Flask) -> None:
    """Add the pages to the application."""
    app.url_map.converters["int"] = _RowNumber
    app.register_blueprint(blueprint)
    app.jinja_env.filters["role_name"] = partial(word, "staff.roles")
    app.jinja_env.filters["letter_name"] = letter_name
    app.jinja_env.filters["moment"] = dates.moment
    app.jinja_env.filters["day"] = dates.day
    app.jinja_env.filters["role_text"] = partial(word, "staff.role_texts")
    app.jinja_env.filters.update(desk_filters.FILTERS)
    app.jinja_env.globals["once_field"] = once_field
