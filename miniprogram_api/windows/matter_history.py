"""The history (经过) of a matter at a desk: decisions of its persons, and later versions."""

import json
from dataclasses import field
from datetime import datetime

from miniprogram_api.answers import answer_class
from miniprogram_api.matter_lines import edits
from miniprogram_api.staff.members import names_of
from models.matters.decisions import Decision
from models.matters.matters import Matter


@answer_class
class DeskDecision:
    """A confirmation, refusal or filing of papers."""

    kind: str
    way: str
    at: datetime
    roles: tuple[str, ...]
    by: str | None = field(repr=False)
    """The clerk."""
    reason: str


@answer_class
class DeskEdit:
    """A later version of a matter."""

    version: int
    at: datetime
    by: str = field(repr=False)
    """The clerk or the registration system."""
    fields: tuple[str, ...]
    """Labels of the changed fields."""
    persons: int
    """Lines that came, went or were changed."""


def decisions_of(matter: Matter) -> tuple[DeskDecision, ...]:
    """Return what the persons said, oldest first."""
    rows = list(Decision.select().where(Decision.matter == matter.id).order_by(Decision.id))
    clerks = names_of({row.staff_id for row in rows if row.staff_id is not None})
    return tuple(
        DeskDecision(
            kind=row.kind,
            way=row.way,
            at=row.at,
            roles=tuple(one["role"] for one in json.loads(row.lines)),
            by=clerks.get(row.staff_id) if row.staff_id is not None else None,
            reason=row.reason,
        )
        for row in rows
    )


def edits_of(matter: Matter) -> tuple[DeskEdit, ...]:
    """Return the later versions, oldest first."""
    found = edits.of_matter(matter)
    ids = {one.actor: one.actor.removeprefix("staff:") for one in found}
    clerks = names_of({int(number) for number in ids.values() if number.isdecimal()})
    system = "" if matter.key is None else str(matter.key.name)
    return tuple(
        DeskEdit(
            version=one.version,
            at=one.at,
            by=clerks.get(int(ids[one.actor]), "") if ids[one.actor].isdecimal() else system,
            fields=one.fields,
            persons=one.persons,
        )
        for one in found
    )
