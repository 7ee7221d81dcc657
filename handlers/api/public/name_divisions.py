"""The administrative divisions, to choose the seat of an enterprise from."""

from pydantic import Field

from handlers.api.endpoint import Answer, Body, Call, Resource
from handlers.api.fields import RawText
from handlers.auth import Auth
from miniprogram_api.names import divisions

resource = Resource("name_divisions")


class DivisionsQuery(Body):
    """Where to look."""

    under: RawText = Field("", description="The code of a division; empty: the provinces.")


class DivisionAnswer(Answer):
    """A division."""

    code: str
    name: str


class DivisionsAnswer(Answer):
    """The divisions one level below; none below a county."""

    divisions: list[DivisionAnswer]


@resource.get("/names/divisions", auth=Auth.NONE, query=DivisionsQuery, answer=DivisionsAnswer)
def list_divisions(_call: Call, query: DivisionsQuery) -> DivisionsAnswer:
    """List provinces, the cities of one, or the counties of a city."""
    below = divisions.below(query.under)
    return DivisionsAnswer(
        divisions=[DivisionAnswer(code=one.code, name=one.name) for one in below]
    )
