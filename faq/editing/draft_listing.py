"""The entries of the draft as a list to look through, without their content."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from faq.editing import drafts
from faq.editing.drafts import State, state_of
from faq.release.parts import ENTRY, Key, part_name
from models.faq import drafts as table


@dataclass(frozen=True)
class Listed:
    """An entry; `position` grows along the list. `state` and `held`: see `Draft`."""

    slug: str
    title: str
    category: str
    state: State
    held: bool
    revision: int
    editor: str
    saved_at: datetime
    position: int


def entries(
    *,
    text: str = "",
    category: str = "",
    states: Collection[State] = (),
    after: int = -1,
    limit: int = 50,
) -> list[Listed]:
    """The next `limit` entries behind position `after`.

    `text`: which the entry holds anywhere. `states`: any of these; empty for all.
    """
    in_force = drafts.ensure_draft().digests
    # The state follows from what is in force, so it cannot be chosen by the database.
    rows = table.listed(
        text=json.dumps(text)[1:-1],
        category=category,
        after=after,
        limit=None if states else limit,
    )
    found: list[Listed] = []
    for slug, title, group, digest, retired, held, revision, editor, saved_at, position in rows:
        state = state_of(retired, digest, in_force.get(Key(ENTRY, slug)))
        if not states or state in states:
            found.append(
                Listed(slug, title, group, state, held, revision, editor, saved_at, position)
            )
        if len(found) == limit:
            break
    return found


@dataclass(frozen=True)
class Changed:
    """A part that is other than in force; `name`: what a person calls it.

    `held`: the next publication does not change it all the same.
    """

    key: Key
    name: str
    state: State
    held: bool
    editor: str
    saved_at: datetime


def changes() -> list[Changed]:
    """The parts that are other than in force; as `drafts.changed`, and those that are held."""
    in_force = drafts.ensure_draft().digests
    found: list[Changed] = []
    for kind, name, title, digest, retired, held, editor, saved_at in table.outline():
        key = Key(kind, name)
        state = state_of(retired, digest, in_force.get(key))
        if state in ("new", "changed", "retired"):
            shown = title or part_name(key, {})
            found.append(Changed(key, shown, state, held, editor, saved_at))
    return found


def titles() -> dict[str, str]:
    """Slug or topic → title, of every entry and courtesy of the draft, those that go included."""
    drafts.ensure_draft()
    found = {name: title or name for name, title in table.titles()}
    courtesies = drafts.part(Key("smalltalk")).content
    for topic in courtesies if isinstance(courtesies, list) else ():
        name = topic.get("topic") if isinstance(topic, dict) else None
        if isinstance(name, str):
            found[name] = f"寒暄“{name}”"
    return found


def is_reordered() -> bool:
    """Whether the entries stand in another order than in force."""
    published = drafts.ensure_draft().content.by_slug
    wanted = [
        name
        for kind, name, _, _, retired, held, _, _ in table.outline()
        if kind == ENTRY and name in published and (held or not retired)
    ]
    there = set(wanted)
    return wanted != [slug for slug in published if slug in there]


def categories() -> list[tuple[str, int]]:
    """The categories in the order of their first entries, each with how many entries it has."""
    drafts.ensure_draft()
    return table.categories()


def titles_of(slugs: Collection[str]) -> dict[str, str]:
    """Slug → title of these entries of the draft, those that there are."""
    return {slug: title or slug for slug, title in table.titles_of(slugs)}


def slug_of(words: str) -> str | None:
    """The entry of that slug, or else of that title; None when there is none."""
    return table.slug_of(words)


def suggestions(words: str, *, limit: int = 20) -> list[tuple[str, str]]:
    """Slug and title of entries whose title or slug holds the words."""
    drafts.ensure_draft()
    return table.titled(words, limit)
