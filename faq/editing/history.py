"""Read every version of a part, and restore any of them."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from faq.editing import draft_listing, drafts
from faq.editing.differences import Difference, differences
from faq.editing.drafts import Draft
from faq.release.parts import Key
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import text
from models.faq import drafts as stored_drafts
from models.faq.drafts import FaqRevision


@dataclass(frozen=True)
class Version:
    """Hold one version of a part; `act`: such as `edited`, `retired` or `rolled_back`."""

    number: int
    act: str
    note: str
    autosaved: bool
    editor: str
    saved_at: datetime
    content: Any


def versions(key: Key) -> list[Version]:
    """Return all versions, the latest first. Raises Refused: NOT_FOUND."""
    drafts.part(key)
    return [_version(row) for row in stored_drafts.versions(*key)]


def version(key: Key, number: int) -> Version:
    """Return one version. Raises Refused: NOT_FOUND."""
    found = stored_drafts.version(*key, number)
    if found is None:
        raise Refused(Reason.NOT_FOUND)
    return _version(found)


def content_at(key: Key, number: int) -> Any:
    """Return the content of a version; None when a later autosave replaced it."""
    found = stored_drafts.version(*key, number)
    return None if found is None else json.loads(found.content)


def compare(key: Key, before: int, after: int) -> list[Difference]:
    """Return the differences between two versions. Raises Refused: NOT_FOUND."""
    old, new = version(key, before).content, version(key, after).content
    return differences(key, old, new, draft_listing.titles())


def roll_back(key: Key, to: int, *, based_on: int, editor: str) -> Draft:
    """Save version `to` of the part as a new version. Raises Refused: NOT_FOUND, DRAFT_CONFLICT."""
    content = version(key, to).content
    return drafts.save(
        key,
        content,
        based_on=based_on,
        editor=editor,
        act="rolled_back",
        note=text("content.parts.rolled_back", number=to),
    )


def _version(row: FaqRevision) -> Version:
    return Version(
        number=row.number,
        act=row.act,
        note=row.note,
        autosaved=row.autosaved,
        editor=row.editor,
        saved_at=row.saved_at,
        content=json.loads(row.content),
    )
