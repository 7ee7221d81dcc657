"""``/registrar/v1``: registration systems ask whether people are verified and authorised."""

from datetime import date
from typing import Annotated

from flask import Blueprint, Response, current_app, request
from pydantic import Field, StringConstraints, ValidationError

from handlers import envelope
from handlers.api.endpoint import Answer, Body
from handlers.api.fields import Filled, Line, refused_fields
from handlers.auth import client_address
from handlers.request_body import read_body
from miniprogram_api.registrars import queries as registrars
from miniprogram_api.registrars import signatures
from miniprogram_api.registrars.queries import Asked
from miniprogram_api.registrars.signatures import SignedRequest
from miniprogram_api.services import Services

BODY_LIMIT = 64 * 1024

blueprint = Blueprint("registrar", __name__, url_prefix="/registrar/v1")


class AskedBody(Body):
    """A person that the system asks about."""

    name: Filled
    id_number: Filled
    role: Line


class QueryBody(Body):
    """The matter and the persons of a query."""

    matter: Annotated[str, StringConstraints(min_length=1, max_length=registrars.LONGEST_MATTER)]
    persons: Annotated[list[AskedBody], Field(min_length=1, max_length=registrars.MOST_PERSONS)]


class VerdictAnswer(Answer):
    """The verdict on one person."""

    verified: bool
    verified_by: str | None
    level: int | None
    authorized_until: date | None
    reason: str
    receipt: str


class QueryAnswer(Answer):
    """One verdict per person, in the order of the query."""

    persons: list[VerdictAnswer]


@blueprint.post("/persons/query")
def query_persons() -> Response:
    """Answer for each person whether verified, how, and authorised until when; keep receipts."""
    services: Services = current_app.extensions["services"]
    content = read_body(BODY_LIMIT)
    signed = SignedRequest(
        request.headers.get("X-Key-Id", ""),
        request.headers.get("X-Timestamp", ""),
        request.headers.get("X-Nonce", ""),
        request.headers.get("X-Signature", ""),
        request.method,
        request.path,
        content,
    )
    address = client_address(request, services.settings)
    key_id = signatures.authenticate(services, signed, address=address)
    try:
        body = QueryBody.model_validate_json(content)
    except ValidationError as error:
        raise refused_fields(error) from None
    persons = [Asked(one.name, one.id_number, one.role) for one in body.persons]
    found = registrars.query(key_id, body.matter, persons)
    answer = QueryAnswer(
        persons=[VerdictAnswer(**one.standing.as_json(), receipt=one.receipt) for one in found]
    )
    return envelope.success(200, answer)
