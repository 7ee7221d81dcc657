"""The admin pages under /admin: for editors, operators, window clerks, the information centre.

Server-rendered; every page module registers its pages through ``access.page``, which asks for the
session, the form's proof and the permission, and lists the page in the navigation.
"""

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter

from handlers.admin import (
    approvals,
    audit_log,
    centre,
    clerk_people,
    clerk_registration,
    clerk_reviews,
    clerk_tickets,
    dashboard,
    dead_letters,
    desk_filters,
    entries,
    entry_editor,
    entry_history,
    entry_trial,
    evidence,
    exchange,
    inbox,
    ledger,
    ledger_files,
    lists,
    operations,
    people,
    publications,
    question_sets,
    registrars,
    reviews,
    signing_in,
    start,
    windows,
    written,
)
from handlers.admin.blueprint import blueprint
from handlers.admin.names import ROLE_NAMES, ROLE_TEXTS, letter_name
from handlers.admin.once import once_field
from handlers.admin.rendering import refusal_page

# Imported, so that they register their pages.
MODULES = (
    approvals,
    audit_log,
    centre,
    clerk_people,
    clerk_registration,
    clerk_reviews,
    clerk_tickets,
    dashboard,
    dead_letters,
    entries,
    entry_editor,
    entry_history,
    entry_trial,
    evidence,
    exchange,
    inbox,
    ledger,
    ledger_files,
    lists,
    operations,
    people,
    publications,
    question_sets,
    registrars,
    reviews,
    signing_in,
    start,
    windows,
)


__all__ = ("MODULES", "refusal_page", "register")


class _RowNumber(IntegerConverter):
    """A number in an address; what no column of a database can hold is the number of nothing."""

    def __init__(self, map: Any, **options: Any) -> None:
        super().__init__(map, **{"max": 2**63 - 1, **options})


def register(app: Flask) -> None:
    """Add the pages to the application."""
    app.url_map.converters["int"] = _RowNumber
    app.register_blueprint(blueprint)
    app.jinja_env.filters["role_name"] = lambda role: ROLE_NAMES.get(role, role)
    app.jinja_env.filters["letter_name"] = letter_name
    app.jinja_env.filters["moment"] = written.moment
    app.jinja_env.filters["day"] = written.day
    app.jinja_env.filters["role_text"] = lambda role: ROLE_TEXTS[role]
    app.jinja_env.filters.update(desk_filters.FILTERS)
    app.jinja_env.globals["once_field"] = once_field
