"""Chinese names of the audit log's acts, fields and values."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from faq.editing import draft_listing
from handlers.admin.frame.menu import title_of
from handlers.admin.frame.names import (
    actor_names,
    letter_name,
    ticket_numbers,
    window_names,
)
from miniprogram_api.audit import Line
from miniprogram_api.reasons import Reason
from miniprogram_api.texts import text, word, words
from miniprogram_api.texts.ledger import truth
from miniprogram_api.texts.sentences import sentence

# Fields whose values have names of their own.
_VALUES = {
    "by": "accounts.verified_by",
    "cause": "audit.values.cause",
    "phone_verified_by": "accounts.phone_verified_by",
    "source": "names.sources",
    "mode": "audit.values.mode",
    "form": "audit.values.form",
    "key": "audit.values.key",
    "mark": "content.marks",
    "kind": "calendar.kinds",
    "why": "audit.values.why",
    "plan": "content.plans",
}
_ENTRIES = ("entry", "before")


@dataclass(frozen=True, slots=True)
class Read:
    """A line in words; ``details`` are pairs of label and text."""

    line: Line
    what: str
    who: str
    details: tuple[tuple[str, str], ...]


def what(tag: str) -> str:
    """Return the words for an audit tag."""
    return word("audit.tags", tag)


def read(lines: list[Line]) -> list[Read]:
    """Word these lines; the names in them are looked up once for all."""
    contents = [_content(line) for line in lines]
    known = _Known.of(lines, contents)
    return [
        Read(
            line,
            what(line.tag),
            known.actors[line.actor],
            tuple(known.details(line.tag, content)),
        )
        for line, content in zip(lines, contents, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Known:
    """The names of people, entries and windows, and the numbers of tickets, in some lines."""

    actors: dict[str, str]
    titles: dict[str, str]
    windows: dict[int, str]
    tickets: dict[int, str]

    @classmethod
    def of(cls, lines: Iterable[Line], contents: list[dict[str, Any]]) -> "_Known":
        """Look up the names in these lines."""
        members = {f"staff:{c['member']}" for c in contents if "member" in c}
        # Actors in the filters of an export.
        for content in contents:
            asked = content.get("filters", {}).get("actor", [])
            members |= {asked} if isinstance(asked, str) else set(asked)
        slugs = {str(c[name]) for c in contents for name in _ENTRIES if c.get(name)}
        named = any("window" in content for content in contents)
        return cls(
            actor_names({line.actor for line in lines} | members),
            draft_listing.titles_of(slugs) if slugs else {},
            window_names() if named else {},
            ticket_numbers(content.get("ticket") for content in contents),
        )

    def details(self, tag: str, content: dict[str, Any]) -> Iterable[tuple[str, str]]:
        """Yield the label and the text of every detail of a line."""
        # The value before comes first.
        for name, value in sorted(content.items(), key=lambda pair: pair[0] != "before"):
            of_tag = f"{tag}:{name}"
            label = words("audit.fields_of_tag").get(of_tag) or word("audit.fields", name)
            yield label, self._text(tag, name, value)

    def _text(self, tag: str, name: str, value: Any) -> str:
        if isinstance(value, bool) or value is None:
            return truth(value)
        if isinstance(value, dict):
            parts = (
                f"{word('audit.fields', key)} {self._text(tag, key, one)}"
                for key, one in value.items()
            )
            return "，".join(parts) or truth(None)
        if isinstance(value, list):
            return "、".join(self._text(tag, name, one) for one in value) or truth(None)
        said = str(value)
        if name == "roles" or (tag == "admin:staff:roles" and name in ("before", "after")):
            return "、".join(
                word("staff.roles", role) for role in said.split(",") if role
            ) or truth(None)
        if name == "member":
            return self.actors.get(f"staff:{said}", said)
        if name == "window" and isinstance(value, int):
            return self.windows.get(value, said)
        if name == "ticket" and isinstance(value, int):
            return self.tickets.get(value, said)
        if name == "actor":
            return self.actors.get(said, said)
        if name == "tag":
            return what(said)
        if tag == "staff:attempt:refused":
            return _refused(name, said)
        if name == "reason" and tag in ("staff:person:looked_up", "staff:person:opened"):
            return word("desk.lookup_reasons", said)
        if name == "person":
            return said[-8:]
        if name == "letter":
            return letter_name(said)
        if name in _ENTRIES:
            return self.titles.get(said, said)
        group = _VALUES.get(name)
        return said if group is None else word(group, said)


def _refused(name: str, said: str) -> str:
    """Word a refused attempt: the page or act, and the reason."""
    if name == "reason" and said in Reason.__members__:
        return sentence(Reason[said], {})
    method, _, endpoint = said.partition(" ")
    if not endpoint:
        return word("ledger.actions", said)
    act = text("audit.opened" if method in ("GET", "HEAD") else "audit.sent")
    return f"{act} {title_of(endpoint) or endpoint}"


def _content(line: Line) -> dict[str, Any]:
    content = json.loads(line.details)
    return content if isinstance(content, dict) else {"": content}
