"""Read and show the values of fields: lines, words, short texts, and entries by their titles."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from faq.content.talk import TEXT_NAMES
from faq.editing import draft_listing

_SEPARATOR = re.compile("[、，,;；]")


def line(typed: str) -> str:
    """Return typed text as one line."""
    return " ".join(typed.split())


def lines(typed: str) -> list[str]:
    """Split a text into its lines that are not empty."""
    return [one for one in map(line, typed.splitlines()) if one]


def typed_words(typed: str) -> list[str]:
    """Split short words at 、 and the like, or at line breaks where there are any."""
    if "\n" in typed:
        return lines(typed)
    return [word for word in map(line, _SEPARATOR.split(typed)) if word]


def shown_words(value: Any) -> str:
    """Join short words by 、; a line each where one of them contains a separator."""
    if not isinstance(value, list | tuple):
        return text(value)
    words = [text(item) for item in value]
    if not any(_SEPARATOR.search(word) for word in words):
        return "、".join(words)
    # A line break at the end marks a single item that contains a separator.
    return "".join(f"{word}\n" for word in words)


def shown_lines(value: Any) -> str:
    """Return a list as text with one item a line."""
    return "\n".join(map(text, items(value)))


def text(value: Any) -> str:
    """Convert a value of an unfinished draft to text."""
    return "" if value is None else str(value)


def items(value: Any, name: str = "") -> list[Any]:
    """Return a list of an unfinished draft, or the list `name` of a mapping."""
    field_value = mapping(value).get(name) if name else value
    return list(field_value) if isinstance(field_value, list | tuple) else []


def rows(value: Any, name: str = "") -> list[Mapping[str, Any]]:
    """Return the mappings of a list, as `items`."""
    return [item for item in items(value, name) if isinstance(item, Mapping)]


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a mapping of an unfinished draft, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def in_order(before: Iterable[Any], chosen: Iterable[str]) -> list[str]:
    """Return the chosen names, known ones in their former order, new ones last."""
    wanted = list(dict.fromkeys(chosen))
    known = [name for name in map(text, before) if name in wanted]
    return [*known, *(name for name in wanted if name not in known)]


def short_texts(value: Any) -> dict[str, str]:
    """Return every short text of an entry, a family, or the general ones."""
    return {name: text(mapping(value).get(name)) for name in TEXT_NAMES}


def typed_short_texts(form: Mapping[str, str], prefix: str = "text") -> dict[str, str]:
    """Return the short texts `PREFIX.NAME` that are filled in."""
    typed = {name: line(form.get(f"{prefix}.{name}", "")) for name in TEXT_NAMES}
    return {name: said for name, said in typed.items() if said}


class Titles:
    """Show entries by their titles, and by their slugs where a title is not unique."""

    def __init__(self) -> None:
        """Read the titles of the draft."""
        self._titles = draft_listing.entry_titles()
        count = Counter(self._titles.values())
        self.slugs = {title: slug for slug, title in self._titles.items() if count[title] == 1}
        self.offered = [self.of(slug) for slug in self._titles]

    def of(self, slug: Any) -> str:
        """Return what the form shows for an entry."""
        title = self._titles.get(text(slug), "")
        return title if title in self.slugs else text(slug)

    def slug_of(self, typed: str) -> str:
        """Return the slug of the entry with this title; other words stay as typed."""
        said = line(typed)
        return self.slugs.get(said, said)
