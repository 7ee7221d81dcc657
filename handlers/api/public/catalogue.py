"""The service catalogue."""

from datetime import date
from typing import Any

from pydantic import Field

from faq.content.catalogue import HandledBy
from faq.release import published_catalogue
from handlers.api.endpoint import Answer, Body, Call, Resource
from handlers.api.fields import RawText
from handlers.auth import Auth
from miniprogram_api.reasons import Reason

resource = Resource("catalogue")


class CatalogueSummary(Answer):
    """A group or an item in the list."""

    code: str
    title: str
    old_names: list[str] = Field(description="Other words for it, for a search.")
    handled_by: HandledBy


class CatalogueGroup(CatalogueSummary):
    """A group with its items."""

    items: list[CatalogueSummary]


class CatalogueAnswer(Answer):
    """All groups."""

    groups: list[CatalogueGroup]


class CatalogueQuery(Body):
    """The district whose local fields are wanted."""

    district: RawText | None = None


class FeeAnswer(Answer):
    """A fee as a sentence, and its legal basis."""

    amount: str
    basis: str | None


class VerificationAnswer(Answer):
    """A role whose holder verifies, and at what."""

    role: str
    when: str


class LocalAnswer(Answer):
    """What a district adds; null fields are unknown."""

    district: str
    item_code: str | None
    online_url: str | None
    promised: str | None
    materials_note: str | None
    note: str | None


class CatalogueItemAnswer(CatalogueSummary):
    """A group or an item; `items` are those of a group."""

    authority: str | None
    online_url: str | None
    item_code: str | None
    subject_types: list[str]
    materials: list[str]
    steps: list[str]
    statutory: str | None
    promised: str | None
    fee: FeeAnswer | None
    verify: list[VerificationAnswer]
    basis: list[str]
    reviewed_on: date
    local: LocalAnswer | None = Field(description="Null: the district added nothing.")
    notes: list[str] = Field(description="What differs locally, or may have changed.")
    items: list[CatalogueSummary]


@resource.get("/catalogue", auth=Auth.NONE, answer=CatalogueAnswer)
def list_catalogue(_call: Call) -> dict[str, Any]:
    """List the groups and items of the service catalogue."""
    return {"groups": published_catalogue.groups()}


@resource.get(
    "/catalogue/<code>",
    auth=Auth.NONE,
    query=CatalogueQuery,
    answer=CatalogueItemAnswer,
    reasons=(Reason.NOT_FOUND,),
)
def show_catalogue_item(_call: Call, query: CatalogueQuery, code: str) -> CatalogueItemAnswer:
    """Return a group or an item, with what a district adds."""
    return CatalogueItemAnswer(**published_catalogue.item(code, query.district))
