"""List the entries of the draft without their content, and what a new entry starts from."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from faq.editing import drafts
from faq.editing.drafts import State, state_of
from faq.language.slugs import proposed
from faq.release.parts import ENTRY, Key, part_name
from miniprogram_api.reasons import Reason
from miniprogram_api.texts import text
from models.faq import drafts as stored_drafts


@dataclass(frozen=True)
class Listed:
    """Describe an entry; `position` increases along the list. `state` and `held`: see `Draft`."""

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
    slugs: Collection[str] | None = None,
    after: int = -1,
    limit: int | None = 50,
) -> list[Listed]:
    """Return the next `limit` entries after `position` `after`, without a limit all.

    `text`: substring of the entry's content. `states`: any of these; empty for all. `slugs`: only
    these.
    """
    in_force = drafts.ensure_draft().digests
    # The state depends on the release in force, so the database cannot filter by it.
    rows = stored_drafts.listed(
        text=json.dumps(text)[1:-1],
        category=category,
        after=after,
        limit=None if states or slugs is not None else limit,
    )
    found: list[Listed] = []
    for slug, title, group, digest, retired, held, revision, editor, saved_at, position in rows:
        state = state_of(retired, digest, in_force.get(Key(ENTRY, slug)))
        if (not states or state in states) and (slugs is None or slug in slugs):
            found.append(
                Listed(slug, title, group, state, held, revision, editor, saved_at, position)
            )
        if len(found) == limit:
            break
    return found


@dataclass(frozen=True)
class Changed:
    """Describe a part that differs from the release; `name`: for editors.

    `held`: the next publication leaves it out.
    """

    key: Key
    name: str
    state: State
    held: bool
    editor: str
    saved_at: datetime


def changes() -> list[Changed]:
    """Return the parts that differ from the release, held ones included."""
    in_force = drafts.ensure_draft().digests
    found: list[Changed] = []
    for kind, name, title, digest, retired, held, editor, saved_at in stored_drafts.outline():
        key = Key(kind, name)
        state = state_of(retired, digest, in_force.get(key))
        if state in ("new", "changed", "retired"):
            shown = title or part_name(key, {})
            found.append(Changed(key, shown, state, held, editor, saved_at))
    return found


def entry_titles() -> dict[str, str]:
    """Return slug → title of every entry, retired ones included."""
    drafts.ensure_draft()
    return {name: title or name for name, title in stored_drafts.titles()}


def titles() -> dict[str, str]:
    """Return slug or topic → title of every entry and courtesy, retired ones included."""
    drafts.ensure_draft()
    found = {name: title or name for name, title in stored_drafts.titles()}
    courtesies = drafts.part(Key("smalltalk")).content
    for topic in courtesies if isinstance(courtesies, list) else ():
        name = topic.get("topic") if isinstance(topic, dict) else None
        if isinstance(name, str):
            found[name] = text("content.answers.smalltalk", topic=name)
    return found


def is_reordered() -> bool:
    """Return whether the order of the entries differs from the release."""
    published = drafts.ensure_draft().content.by_slug
    wanted = [
        name
        for kind, name, _, _, retired, held, _, _ in stored_drafts.outline()
        if kind == ENTRY and name in published and (held or not retired)
    ]
    there = set(wanted)
    return wanted != [slug for slug in published if slug in there]


def categories() -> list[tuple[str, int]]:
    """Return the categories in the order of their first entries, with numbers of entries."""
    drafts.ensure_draft()
    return stored_drafts.categories()


def titles_of(slugs: Collection[str]) -> dict[str, str]:
    """Return slug → title of the existing ones of these entries."""
    return {slug: title or slug for slug, title in stored_drafts.titles_of(slugs)}


def slug_of(words: str) -> str | None:
    """Return the slug of the entry with this slug or, else, this title; None if none has."""
    return stored_drafts.slug_of(words)


def suggestions(words: str, *, limit: int = 20) -> list[tuple[str, str]]:
    """Return slug and title of entries whose title or slug contains the words."""
    drafts.ensure_draft()
    return stored_drafts.titled(words, limit)


def part_titles(keys: Collection[Key]) -> dict[Key, str]:
    """Return each part → the title of the entry, or the name of the list."""
    known = titles_of([key.name for key in keys if key.kind == ENTRY])
    return {
        key: known.get(key.name, key.name) if key.kind == ENTRY else part_name(key, {})
        for key in keys
    }


# A new entry -------------------------------------------------------------------------------------

# What one entry alone may have: two with the same examples, names or refusals would compete.
_OWN = frozenset({"slug", "case", "questions", "negatives", "synonyms", "explains", "points"})


def cases(slugs: Collection[str] | None = None) -> dict[str, int]:
    """Map the slugs of cases, retired ones included, to their numbers; by default of all."""
    drafts.ensure_draft()
    found = {
        slug: json.loads(content).get("case") for slug, content in stored_drafts.contents(slugs)
    }
    return {slug: case for slug, case in found.items() if isinstance(case, int)}


def next_case() -> int:
    """Return the number after those of all cases, also of cases that only Reasons name."""
    named = [reason.case for reason in Reason if reason.case is not None]
    return max(*cases().values(), *named) + 1


def case_title(number: int) -> str | None:
    """Return the title of the case with this number, None for a free number."""
    found = next((slug for slug, case in cases().items() if case == number), None)
    return found and titles_of([found])[found]


def free_slug(title: str) -> str:
    """Return an unused slug for a title."""
    drafts.ensure_draft()
    return proposed(title, {name for name, _ in stored_drafts.titles()})


def copied(slug: str) -> dict[str, Any]:
    """Return the content of an entry for a new one. Raises Refused: NOT_FOUND."""
    content = drafts.entry(slug).content
    return {name: value for name, value in content.items() if name not in _OWN}
