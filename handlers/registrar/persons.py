"""Whether people are verified and authorised, and the receipts of answers and lines."""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from handlers.api.endpoint import REGISTRAR, Answer, Body, Call, Resource
from handlers.api.fields import Filled
from miniprogram_api.matters import views
from miniprogram_api.matters.views import ReceiptView
from miniprogram_api.reasons import Reason
from miniprogram_api.registrars import queries as registrars
from miniprogram_api.registrars.queries import Asked

resource = Resource("persons", REGISTRAR)


class AskedBody(Body):
    """A person that the system asks about."""

    name: Filled
    id_number: Filled
    role: Filled = Field(description="At most 32 characters.")


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


@resource.post("/persons/query", body=QueryBody, answer=QueryAnswer)
def query_persons(call: Call, body: QueryBody) -> QueryAnswer:
    """Answer for each person whether verified, how, and authorised until when; keep receipts."""
    persons = [Asked(one.name, one.id_number, one.role) for one in body.persons]
    verdicts = registrars.query(call.key_id, body.matter, persons)
    return QueryAnswer(
        persons=[VerdictAnswer(**one.standing.as_json(), receipt=one.receipt) for one in verdicts]
    )


@resource.get("/receipts/<number>", answer=ReceiptView, reasons=(Reason.NOT_FOUND,))
def show_receipt(call: Call, number: str) -> ReceiptView:
    """Return the receipt of one of the system's own queries or lines."""
    return views.receipt(call.key_id, number)
