"""Change many parts of the draft in one transaction.

Uses few, simple statements, because SQLite blocks other writers meanwhile.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from faq.editing import drafts
from faq.editing.drafts import Draft
from faq.release.parts import ENTRY, Key, normal
from miniprogram_api import audit
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import invalid
from models.faq import drafts as stored_drafts
from models.storage.database import IntegrityError, lock, transaction


@dataclass(frozen=True)
class Change:
    """Describe the change of a part; `based_on`: the revision it was based on, None if new."""

    key: Key
    content: Any
    based_on: int | None
    retired: bool = False


def write(changes: Iterable[Change], *, editor: str, act: str) -> None:
    """Write changes with `act` in the history; new entries come last, in their order.

    Raises Refused: DRAFT_CONFLICT when one of the parts was changed or created meanwhile.
    """
    drafts.ensure_draft()
    changes = list(changes)
    rows = [
        {
            **drafts.new_row(change.key, normal(change.key, change.content), editor),
            "retired": change.retired,
        }
        for change in changes
    ]
    pairs = list(zip(changes, rows, strict=True))
    new = [row for change, row in pairs if change.based_on is None]
    known = [{**row, "based_on": c.based_on} for c, row in pairs if c.based_on is not None]
    try:
        with transaction():
            first = stored_drafts.last_position() + 1
            placed = [{**row, "position": first + place} for place, row in enumerate(new)]
            stored_drafts.add_many(placed, act=act)
            if stored_drafts.change_many(known, act=act) != len(known):
                raise Refused(Reason.DRAFT_CONFLICT)
    except (IntegrityError, Refused):
        raise _conflict(changes) from None


def _conflict(changes: Iterable[Change]) -> Refused:
    """Return the refusal for the first conflicting change."""
    for change in changes:
        row = stored_drafts.find(*change.key)
        if row is not None and row.revision != change.based_on:
            return drafts.conflict(change.key, change.content)
    return Refused(Reason.DRAFT_CONFLICT)


def arrange(slugs: Sequence[str], *, editor: str) -> None:
    """Put these entries first, in this order; the others keep theirs."""
    drafts.ensure_draft()
    with transaction():
        lock("faq-draft-order")
        order = _order()
        first = [slug for slug in dict.fromkeys(slugs) if slug in set(order)]
        stored_drafts.set_order([*first, *(slug for slug in order if slug not in set(first))])
        audit.write("faq:draft:arranged", actor=editor, entries=len(first))


def place(slug: str, *, before: str | None, editor: str) -> None:
    """Move an entry before another one, or to the end. Raises Refused: NOT_FOUND."""
    drafts.ensure_draft()
    with transaction():
        lock("faq-draft-order")
        at = stored_drafts.position_of(slug)
        to = (
            stored_drafts.last_position() + 1
            if before is None
            else stored_drafts.position_of(before)
        )
        if at is None or to is None:
            raise Refused(Reason.NOT_FOUND)
        if slug == before:
            return
        stored_drafts.move(slug, at, to if to <= at else to - 1)
        audit.write("faq:draft:moved", actor=editor, entry=slug, before=before)


def place_at(slug: str, position: int, *, editor: str) -> bool:
    """Move an entry to a position (0 is the first); return False when it is there.

    Raises Refused: NOT_FOUND.
    """
    drafts.ensure_draft()
    with transaction():
        lock("faq-draft-order")
        at = stored_drafts.position_of(slug)
        if at is None:
            raise Refused(Reason.NOT_FOUND)
        to = min(position, stored_drafts.last_position())
        if to != at:
            stored_drafts.move(slug, at, to)
            audit.write("faq:draft:moved", actor=editor, entry=slug, place=to)
    return to != at


def set_category(slugs: Sequence[str], new: str, *, editor: str) -> int:
    """Set the category of entries; return how many changed.

    Raises Refused: NOT_FOUND, and as `rename_category`.
    """
    parts = [drafts.entry(slug) for slug in dict.fromkeys(slugs)]
    return _categorise(parts, new, editor)


def rename_category(old: str, new: str, *, editor: str) -> int:
    """Rename a category; return how many entries changed.

    Raises Refused: INVALID_INPUT for an empty name; DRAFT_CONFLICT when an entry changed meanwhile.
    """
    found = [
        part
        for part in drafts.parts()
        if part.key.kind == ENTRY and part.content.get("category") == old
    ]
    return _categorise(found, new, editor)


def _categorise(parts: Iterable[Draft], new: str, editor: str) -> int:
    name = drafts.as_line(new)
    if not name:
        raise invalid("drafts.category.required")
    changes = [
        Change(part.key, {**part.content, "category": name}, part.revision, part.is_retired)
        for part in parts
        if part.content.get("category") != name
    ]
    write(changes, editor=editor, act="edited")
    return len(changes)


def _order() -> list[str]:
    return [row.name for row in stored_drafts.all_drafts() if row.kind == ENTRY]
