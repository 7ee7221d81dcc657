"""Name new examples that resemble those of other entries, and settle each pair."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from faq.content.entries import Content
from faq.editing import draft_batches, drafts
from faq.editing.draft_batches import Change
from faq.editing.drafts import Draft
from faq.matching.overlap import resembling
from faq.release import publishing
from faq.release.faults import assemble
from faq.release.parts import ENTRY, Key
from faq.release.publishing import Prepared, Published
from miniprogram_api.reasons import Reason, Refused

# Examples that are compared: one takes up to 0.2 s with the encoder.
MOST_COMPARED = 60
MOST_SHOWN = 20


@dataclass(frozen=True)
class Overlap:
    """Describe a new example of an entry and an example of another one; `alike`: in percent.

    `is_example`: the other one is an example, not the entry's title.
    """

    slug: str
    title: str
    example: str
    other_slug: str
    other_title: str
    other_example: str
    alike: int
    is_example: bool


def overlaps(values: Mapping[Key, Any]) -> list[Overlap]:
    """Return the closest pairs of these parts, one for an example and another entry.

    Examples in force and near misses of the other entry are left out.
    """
    in_force = publishing.current()
    content = _content_with(values)
    overlaps: list[Overlap] = []
    left = MOST_COMPARED
    for key, value in values.items():
        if key.kind != ENTRY or not isinstance(value.get("questions"), list):
            continue
        published = set(in_force.parts.get(key, {}).get("questions", ()))
        new = [text for text in value["questions"] if text not in published][:left]
        left -= len(new)
        for pair in resembling(content, key.name, new, most=MOST_SHOWN) if new else ():
            other = content.by_slug[pair.other_slug]
            if pair.example not in other.negatives:
                overlaps.append(
                    Overlap(
                        slug=key.name,
                        title=str(value.get("title") or key.name),
                        example=pair.example,
                        other_slug=other.slug,
                        other_title=other.title,
                        other_example=pair.other_example,
                        alike=round(100 * pair.similarity),
                        is_example=pair.other_example in other.questions,
                    )
                )
    closest: dict[tuple[str, str, str], Overlap] = {}
    for overlap in sorted(overlaps, key=lambda overlap: -overlap.alike):
        closest.setdefault((overlap.slug, overlap.example, overlap.other_slug), overlap)
    return [*closest.values()][:MOST_SHOWN]


def to_publish() -> list[Overlap]:
    """Return the closest pairs of what a publication would change."""
    return overlaps({part.key: part.content for part in drafts.changed() if not part.is_retired})


def new_overlaps(in_force: Published, prepared: Prepared) -> list[Overlap]:
    """Return the closest pairs of what a publication of this content would change."""
    before, after = in_force.digests, prepared.digests
    return overlaps({key: prepared.parts[key] for key in after if before.get(key) != after[key]})


def take(slug: str, other: str, example: str, *, editor: str) -> None:
    """Move an example of the other entry to this one. Raises Refused: NOT_FOUND, DRAFT_CONFLICT."""
    here, there = drafts.entry(slug), drafts.entry(other)
    if example not in there.content.get("questions", ()):
        raise Refused(Reason.NOT_FOUND)
    rest = [text for text in there.content["questions"] if text != example]
    changes = [_with(here, "questions", example), _changed(there, questions=rest)]
    draft_batches.write(changes, editor=editor, act="edited")


def mark_near_miss(other: str, example: str, *, editor: str) -> None:
    """Add an example to the near misses of the other entry. Raises Refused as `take`."""
    draft_batches.write(
        [_with(drafts.entry(other), "negatives", example)], editor=editor, act="edited"
    )


def _content_with(values: Mapping[Key, Any]) -> Content:
    """Return the draft with these parts, or the release while that is invalid."""
    try:
        return assemble({**drafts.to_publish(), **values})
    except Refused:
        return publishing.current().content


def _with(part: Draft, field: str, text: str) -> Change:
    items = part.content.get(field, [])
    return _changed(part, **{field: items if text in items else [*items, text]})


def _changed(part: Draft, **fields: Any) -> Change:
    return Change(part.key, {**part.content, **fields}, part.revision, part.is_retired)
