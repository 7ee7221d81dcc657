"""Read an unfinished draft as far as it is valid, for a trial."""

from typing import Any

from faq.content.entries import Content
from faq.editing import drafts
from faq.release.faults import build, cross_part_faults, faults, key_of
from faq.release.parts import ENTRY, Key, part_name


def read(slug: str) -> tuple[Content, tuple[str, ...]]:
    """Return the valid parts of the draft, and the names of the others.

    Includes the entry `slug` even if held; invalid parts fall back to the release.
    """
    in_force = drafts.ensure_draft().parts
    chosen: dict[Key, Any] = {}
    left_out = []
    for part in drafts.parts():
        if part.is_retired:
            continue
        value = part.content if not part.held or part.key.name == slug else in_force.get(part.key)
        if value is not None and faults(part.key, value):
            left_out.append(part.name)
            value = in_force.get(part.key)
        if value is not None:
            chosen[part.key] = value
    # Inconsistent parts fall back to the release, then entries are dropped and lists stay.
    kept: set[Key] = set()
    while faulty := {key_of(fault) for fault in cross_part_faults(chosen)} - kept:
        for key in faulty:
            value = in_force.get(key)
            left_out.append(key.name or part_name(key, value))
            if value is not None and chosen.get(key) != value:
                chosen[key] = value
            elif key.kind == ENTRY:
                chosen.pop(key, None)
            else:
                kept.add(key)
    return build(chosen), tuple(dict.fromkeys(left_out))
