"""The OpenAPI document of the signed endpoints."""

from functools import cache

from flask import Blueprint, Response

from handlers import envelope
from handlers.api.endpoint import REGISTRAR
from handlers.openapi import document_of
from miniprogram_api import texts

blueprint = Blueprint("registrar_reference", __name__, url_prefix=REGISTRAR.base)


@cache
def _document() -> bytes:
    document = document_of(
        REGISTRAR,
        title=texts.text("registrar_api.document.title"),
        description=texts.text("registrar_api.document.description"),
        scheme="signature",
    )
    return envelope.dumps(document).encode()


@blueprint.get("/openapi.json")
def registrar_openapi() -> Response:
    """Return the document; it needs no signature."""
    return Response(_document(), content_type=envelope.JSON)
