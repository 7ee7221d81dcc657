"""Define the service catalogue: groups of items that people come for."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from faq.content.talk import ShortTexts
from faq.content.values import Line, Value
from miniprogram_api.texts import text, word

# Months from a review to the next.
_MONTHS = 12
_LONGEST_TEXT = 200

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,49}$")]
Address = Annotated[Line, StringConstraints(pattern=r"^https://\S+$")]
HandledBy = Literal["bureau", "other", "bank", "market"]


class Fee(Value):
    """Define a fee; `amount` is a sentence."""

    amount: Line
    basis: Line | None = None


class Verification(Value):
    """Name a role whose holder verifies, and at what."""

    role: Line
    when: Line


class Item(Value):
    """Define a service.

    `old_names`: other words for it; `authority`: its name where it is not this bureau. What differs
    locally (`online_url`, `item_code`, `promised`) is empty unless it holds everywhere.
    """

    code: Code
    title: Line
    old_names: tuple[Line, ...] = Field((), max_length=30)
    handled_by: HandledBy = "bureau"
    authority: Line | None = None
    online_url: Address | None = None
    item_code: Line | None = None
    subject_types: tuple[Line, ...] = Field((), max_length=12)
    materials: tuple[Line, ...] = Field((), max_length=20)
    steps: tuple[Line, ...] = Field((), max_length=12)
    statutory: Line | None = None
    promised: Line | None = None
    fee: Fee | None = None
    verify: tuple[Verification, ...] = Field((), max_length=20)
    basis: tuple[Line, ...] = Field((), max_length=12)
    reviewed_on: date

    @model_validator(mode="after")
    def _names_the_authority(self) -> "Item":
        if (self.handled_by == "bureau") != (self.authority is None):
            raise ValueError(text("content.values.authority", title=self.title))
        return self

    def is_due(self, today: date) -> bool:
        """Return whether it was last reviewed more than 12 months ago."""
        months = (today.year - self.reviewed_on.year) * _MONTHS
        months += today.month - self.reviewed_on.month
        return (months, today.day) > (_MONTHS, self.reviewed_on.day)

    @cached_property
    def form(self) -> dict[str, Any]:
        """Return all fields for clients; shared, do not change."""
        items = [item.summary for item in getattr(self, "items", ())]
        return {**self.model_dump(mode="json"), "items": items}

    @cached_property
    def summary(self) -> dict[str, Any]:
        """Return the fields that lists show; shared, do not change."""
        return {name: self.form[name] for name in ("code", "title", "old_names", "handled_by")}

    @property
    def names(self) -> tuple[str, ...]:
        """Return the title and the other words for it."""
        return (self.title, *self.old_names)


class Group(Item):
    """Define a group of items, itself a service."""

    items: tuple[Item, ...] = Field((), max_length=40)


Catalogue = tuple[Group, ...]


def items_of(catalogue: Iterable[Group]) -> Iterator[Item]:
    """Yield groups and items in order."""
    for group in catalogue:
        yield group
        yield from group.items


def texts_of_item(item: Item) -> ShortTexts:
    """Return the short answers that the fields of an item give."""
    return ShortTexts(
        how_long=_joined(item.statutory, item.promised),
        cost=item.fee.amount if item.fee else None,
        where=_where(item),
        myself=_listed("myself", [verification.role for verification in item.verify]),
        documents=_listed("documents", item.materials),
    )


def _where(item: Item) -> str:
    if item.handled_by == "bureau":
        return text("catalogue.texts.where")
    return text("catalogue.texts.where_others", title=item.title, authority=item.authority)


def _joined(*sentences: str | None) -> str | None:
    joined = "".join(filter(None, sentences))
    return joined if 0 < len(joined) <= _LONGEST_TEXT else next(filter(None, sentences), None)


def _listed(name: str, values: Iterable[str]) -> str | None:
    """Return the sentence `name` with as many values as fit; None without any."""
    listed = [*values]
    if not listed:
        return None
    for count in range(len(listed), 0, -1):
        more = word("catalogue.texts", "more") if count < len(listed) else ""
        listing = text(f"catalogue.texts.{name}", values="；".join(listed[:count]) + more)
        if len(listing) <= _LONGEST_TEXT:
            return listing
    return None
