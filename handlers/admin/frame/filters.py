"""Filters of a list: with an error, nothing is listed.

An error that was ignored would list everything, and look like the answer.
"""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from handlers.admin.frame import form_values, names
from handlers.admin.frame.form import Form
from miniprogram_api import clock, texts

_FIRST_DAY = date(2000, 1, 1)


class Filters(Form):
    """The filters of one page; ``filters`` are the values as typed."""

    def __init__(self, given: Mapping[str, Any], fields: tuple[str, ...]) -> None:
        super().__init__(typed={name: str(given.get(name, "")).strip()[:80] for name in fields})

    @property
    def shown(self) -> dict[str, str]:
        """The typed values without the empty ones."""
        return {name: text for name, text in self.typed.items() if text}

    def whole(self, name: str) -> int | None:
        """Return the whole number of a field."""
        number = form_values.number(self.typed[name])
        if number is None and self.typed[name]:
            self.errors[name] = texts.text("pages.filters.no_number", name=_called(name))
        return number

    def one_of(self, name: str, known: Collection[str]) -> str | None:
        """Return the choice from a list."""
        text = self.typed[name]
        if text and text not in known:
            self.errors[name] = texts.text("pages.filters.unknown", name=_called(name))
        return text or None

    def days(self) -> tuple[date | None, date | None]:
        """Return the days of ``first_day`` and ``last_day``."""
        first, last = self._day("first_day"), self._day("last_day")
        if first and last and first > last:
            self.errors["first_day"] = texts.text("pages.filters.days")
        return first, last

    def actors(self, name: str) -> list[str] | None:
        """Return the actors of a code, a user name or a name, which several people may share."""
        text = self.typed[name]
        actors = names.actors_called(text) if text else []
        if text and not actors:
            self.errors[name] = texts.text("pages.filters.actor")
        return actors or None

    def _day(self, name: str) -> date | None:
        day = None
        with self:
            day = self.day(name)
        # Days at the very ends of the calendar have no midnight after them.
        return day and min(max(day, _FIRST_DAY), clock.today() + timedelta(days=3660))


def _called(field: str) -> str:
    return texts.words("pages.filter_names")[field]
