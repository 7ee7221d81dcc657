"""``/registrar/v1``, signed calls of registration systems."""

from flask import Flask

from handlers.registrar import matters, names, persons, reference

RESOURCES = (matters.resource, names.resource, persons.resource)


def register(app: Flask) -> None:
    """Register every signed endpoint, and the document that describes them."""
    for resource in RESOURCES:
        app.register_blueprint(resource.blueprint)
    app.register_blueprint(reference.blueprint)
