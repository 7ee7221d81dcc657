"""What later versions of a matter changed, field by field."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from miniprogram_api import clock
from miniprogram_api.answers import answer_class
from miniprogram_api.texts import text, word
from models.matters.matters import Line, Matter
from models.storage.database import instant


@answer_class
class ChangedField:
    """A field of the content that was changed since the person confirmed it."""

    field: str
    """``kind``, ``item_code``, ``district``, ``details``, or ``subject.`` and ``name``, ``type`` or
    ``code``.
    """
    label: str
    old: str | None
    """Null: there was none."""
    new: str | None
    """Null: there is none any more."""


@answer_class
class Edit:
    """One later version: when, by whom, and what it changed."""

    version: int
    at: datetime
    actor: str
    fields: tuple[str, ...]
    """Labels of the changed fields."""
    persons: int
    """Lines that came, went or were changed."""


def between(old: dict[str, Any], new: dict[str, Any]) -> tuple[ChangedField, ...]:
    """Compare two contents (``content.content_of``), in the order in which they are read."""
    before, after = _flat(old), _flat(new)
    return tuple(
        ChangedField(field, label, before.get((field, label)), after.get((field, label)))
        for field, label in dict.fromkeys([*before, *after])
        if before.get((field, label)) != after.get((field, label))
    )


def since_confirmed(lines: Sequence[Line], content: dict[str, Any]) -> tuple[ChangedField, ...]:
    """Return what changed since the person confirmed own lines; nothing where that counts."""
    confirmed = next((line.confirmed_content for line in lines if line.confirmed_content), None)
    return () if confirmed is None else between(json.loads(confirmed), content)


def add(matter: Matter, actor: str, changed: Iterable[ChangedField], persons: int) -> None:
    """Add the present version to the edits of a matter, which is stored afterwards."""
    stored = json.loads(matter.edits) if matter.edits else []
    stored.append(
        {
            "version": matter.version,
            "at": clock.milliseconds(clock.now()),
            "actor": actor,
            "fields": [one.label for one in changed],
            "persons": persons,
        }
    )
    matter.edits = json.dumps(stored, ensure_ascii=False)


def of_matter(matter: Matter) -> tuple[Edit, ...]:
    """Return all edits of a matter, oldest first."""
    stored = json.loads(matter.edits) if matter.edits else []
    return tuple(
        Edit(one["version"], instant(one["at"]), one["actor"], tuple(one["fields"]), one["persons"])
        for one in stored
    )


def _flat(content: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Return (field, label) → text of all fields that are filled in."""
    subject = content["subject"]
    fields = {
        "kind": word("sheets.kinds", content["kind"]),
        "item_code": content["item_code"],
        **{f"subject.{key}": subject[key] for key in ("name", "type", "code")},
        "district": content["district"],
    }
    flat = {
        (field, text(f"matters.fields.{field.replace('.', '_')}")): value
        for field, value in fields.items()
        if value
    }
    labels: dict[str, int] = {}
    for detail in content["details"]:
        label = detail["label"]
        labels[label] = labels.get(label, 0) + 1
        # Labels may be repeated.
        place = label if labels[label] == 1 else f"{label} {labels[label]}"
        flat["details", place] = detail["value"]
    return flat
