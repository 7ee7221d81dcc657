"""All resources of the API: one blueprint per module of the folders."""

from importlib import import_module
from pkgutil import iter_modules

from flask import Blueprint, Flask
from werkzeug.routing import BaseConverter

from handlers.api import centre, desk, own, person, public

BLUEPRINTS: dict[str, Blueprint] = {
    blueprint.name: blueprint
    for folder in (public, person, own, desk, centre)
    for module in iter_modules(folder.__path__, f"{folder.__name__}.")
    for blueprint in [import_module(module.name).resource.blueprint]
}
"""By name, the tag in the OpenAPI document."""


class _Segment(BaseConverter):
    """A variable part of an address; ``find`` beside it is a call with methods of its own."""

    regex = "(?!find$)[^/]+"
    part_isolating = True


def register(app: Flask) -> None:
    """Register every resource under the base path."""
    app.url_map.converters["default"] = _Segment
    for blueprint in BLUEPRINTS.values():
        app.register_blueprint(blueprint)
