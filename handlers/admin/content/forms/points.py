"""The form of an entry's points: from the draft to rows, and back.

The hidden field `point` names each row in order; the other fields are `FIELD.ID`. A row without
any text is dropped. Unreadable input stays as typed, and the check names it.
"""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from faq.content.entries import LEAST_WORDINGS
from faq.content.talk import TEXT_NAMES
from faq.content.validation import ACTION_TYPES
from faq.diagnosis.asker_states import STATES
from faq.editing import draft_points
from faq.language import html_import
from handlers.admin.content.forms.fields import items, mapping, text
from handlers.admin.content.forms.states import named_at_end
from miniprogram_api.texts import word, words

PERSONS = words("content.point_persons")
_ID = re.compile(r"[a-z][a-z0-9_]{1,49}")


@dataclass(frozen=True)
class Row:
    """One point of the form; `wordings`: one a line."""

    id: str
    question: str = ""
    wordings: str = ""
    answer: str = ""
    asks: str = ""
    states: list[tuple[str, str]] = field(default_factory=list)
    unless: list[tuple[str, str]] = field(default_factory=list)
    person: str = ""
    action: tuple[str, str, str] = ("page", "", "")
    is_local: bool = False

    @property
    def lacks_wordings(self) -> bool:
        """Return whether it has too few wordings to be published."""
        return len(self.wordings.splitlines()) < LEAST_WORDINGS


def rows_of(content: Mapping[str, Any]) -> list[Row]:
    """Return the points of an entry as rows of the form."""
    return [row_of(point) for point in draft_points.of(content)]


def row_of(point: Mapping[str, Any]) -> Row:
    """Return a point, perhaps unfinished, as a row."""
    action = mapping(point.get("action"))
    kind = text(action.get("type")) or "page"
    return Row(
        id=text(point.get("id")),
        question=text(point.get("question")),
        wordings="\n".join(map(text, items(point, "wordings"))),
        answer=text(point.get("answer")),
        asks=text(point.get("asks")),
        states=_titled(items(point, "states")),
        unless=_titled(items(point, "unless")),
        person=text(point.get("person")),
        action=(kind, text(action.get("label")), text(action.get(kind))),
        is_local=bool(point.get("is_local")),
    )


def new_row() -> Row:
    """Return an empty row with an id of its own."""
    return Row(f"p_{secrets.token_hex(4)}")


def content_of(form: MultiDict[str, str]) -> list[dict[str, Any]]:
    """Return the typed points."""
    names = [name for name in dict.fromkeys(form.getlist("point")) if _ID.fullmatch(name)]
    removed = set(form.getlist("point_remove"))
    typed = (_typed(name, form) for name in names if name not in removed)
    return [point for point in typed if point.keys() & {"question", "answer", "wordings"}]


def _typed(name: str, form: MultiDict[str, str]) -> dict[str, Any]:
    def line(what: str) -> str:
        return html_import.line(form.get(f"{what}.{name}", ""))

    kind = form.get(f"action_type.{name}", "")
    kind = kind if kind in ACTION_TYPES else "page"
    label, target = line("action_label"), line("action_target")
    asks, person = line("asks"), line("person")
    typed = {
        "id": name,
        "question": line("question"),
        "wordings": html_import.lines(form.get(f"wordings.{name}", "")),
        "answer": line("answer"),
        "asks": asks if asks in TEXT_NAMES else None,
        "states": _typed_states(name, "states", form),
        "unless": _typed_states(name, "unless", form),
        "person": person if person in PERSONS else None,
        "action": {"type": kind, "label": label, kind: target} if label or target else None,
        "is_local": f"is_local.{name}" in form,
    }
    return {what: value for what, value in typed.items() if value}


def _typed_states(name: str, what: str, form: MultiDict[str, str]) -> list[str]:
    added = named_at_end(form.get(f"{what}_add.{name}", ""))
    wanted = [*form.getlist(f"{what}.{name}"), *([added] if added in STATES else [])]
    return list(dict.fromkeys(wanted))


def _titled(states: Iterable[Any]) -> list[tuple[str, str]]:
    return [(name, word("states.titles", name)) for name in map(text, states)]


def offered_states() -> list[str]:
    """Return every state as the form offers it: 标题（name）."""
    return [f"{word('states.titles', name)}（{name}）" for name in STATES]
