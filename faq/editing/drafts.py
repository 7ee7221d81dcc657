"""Edit the draft: one copy of the whole content, separate from the release until published.

The draft is stored by part (`parts`). Saving names the revision that it is based on; after a
concurrent change it is refused with both texts. Parts may be invalid until `content` is called.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal

from faq.content.entries import Content
from faq.language.slugs import proposed
from faq.release import publishing
from faq.release.faults import assemble
from faq.release.parts import ENTRY, LISTS, Key, dumps, normal, part_digest, part_name
from miniprogram_api import clock
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.texts import invalid, text
from models.faq import drafts
from models.faq.drafts import FaqDraft
from models.storage.database import IntegrityError, lock, transaction

State = Literal["published", "new", "changed", "retired", "gone"]

# Autosaves within this span share one version of the history.
AUTOSAVE_SPAN = timedelta(minutes=30)
LONGEST_NOTE = 200
SHIPPED = "product"
"""The editor of what is still as shipped."""
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LONGEST_LINE = 200
_SLUG = re.compile(r"[a-z][a-z0-9_]{1,49}")


@dataclass(frozen=True)
class Draft:
    """Hold one part as last saved.

    `state`, relative to the release: `published` (equal), `new`, `changed`, `retired` (removed by
    the next publication) or `gone`. `held`: publications leave it unchanged for now.
    """

    key: Key
    content: Any
    revision: int
    editor: str
    saved_at: datetime
    state: State
    held: bool

    @property
    def is_retired(self) -> bool:
        """Return whether it is or will be removed."""
        return self.state in ("retired", "gone")

    @property
    def name(self) -> str:
        """Return its name for sentences."""
        return part_name(self.key, self.content)


# Reading -----------------------------------------------------------------------------------------


def parts() -> list[Draft]:
    """Return every part: the entries in order, retired ones included, and the lists."""
    in_force = ensure_draft().digests
    return [_draft(row, in_force) for row in drafts.all_drafts()]


def part(key: Key) -> Draft:
    """Return one part. Raises Refused: NOT_FOUND."""
    in_force = ensure_draft().digests
    return _draft(_row(key), in_force)


def entry(slug: str) -> Draft:
    """Return the draft of an entry. Raises Refused: NOT_FOUND."""
    return part(Key(ENTRY, slug))


def changed() -> list[Draft]:
    """Return the parts that a publication would change, without held ones."""
    found = parts()
    return [p for p in found if p.state in ("new", "changed", "retired") and not p.held]


def content() -> Content:
    """Return the content that a publication would have.

    Raises Refused: INVALID_INPUT, `fields` listing every error, entry by entry.
    """
    return assemble(to_publish())


def to_publish() -> dict[Key, Any]:
    """Return the parts that a publication would have; held ones are as in the release."""
    published = ensure_draft()
    chosen: dict[Key, Any] = {}
    for row in drafts.all_drafts():
        key = Key(row.kind, row.name)
        if row.held:
            if key in published.parts:
                chosen[key] = published.parts[key]
        elif not row.retired:
            chosen[key] = json.loads(row.content)
    return chosen


def fingerprint() -> str:
    """Return a hash that changes with what a publication would change."""
    ensure_draft()
    seen = [
        (kind, name, digest, *flags) for kind, name, _, digest, *flags, _, _ in drafts.outline()
    ]
    return hashlib.sha256(repr(seen).encode()).hexdigest()


# Changing ----------------------------------------------------------------------------------------


def save(
    key: Key,
    content: Any,
    *,
    based_on: int,
    editor: str,
    note: str = "",
    act: str = "edited",
    autosave: bool = False,
) -> Draft:
    """Save a part as its next revision; an unchanged part is not saved.

    `based_on`: the revision that was edited. `autosave`: editing may continue. Raises Refused:
    NOT_FOUND; DRAFT_CONFLICT with both texts after a concurrent change.
    """
    _require_note(note)
    with transaction():
        row = _row(key)
        value = normal(key, content)
        # A save whose answer was lost is sent again, and must not conflict with itself.
        if row.digest != part_digest(value):
            change(row, value, based_on, editor, act, note=note, autosaved=autosave)
    return part(key)


def create(
    slug: str, content: Mapping[str, Any], *, editor: str, held: bool = False, note: str = ""
) -> Draft:
    """Create an entry at the end. Raises Refused: INVALID_INPUT when `slug` is taken."""
    _require_note(note)
    require_free(slug)
    key = Key(ENTRY, slug)
    try:
        with transaction():
            row = new_row(key, normal(key, {**content, "slug": slug}), editor)
            position = drafts.last_position() + 1
            drafts.add({**row, "position": position, "held": held}, act="created", note=note)
    except IntegrityError:
        raise invalid("drafts.slug.taken", slug=slug) from None
    return entry(slug)


def require_free(slug: str) -> None:
    """Raise Refused INVALID_INPUT for a slug of wrong form, or of an entry, perhaps retired."""
    if not _SLUG.fullmatch(slug):
        raise invalid("drafts.slug.wrong_form")
    ensure_draft()
    if drafts.find(ENTRY, slug) is not None:
        raise invalid("drafts.slug.taken", slug=slug)


def open_entry(title: str, questions: Sequence[str], *, editor: str) -> Draft:
    """Create a held entry for questions that no entry answers yet."""
    started = {"kind": "guide", "title": title, "questions": [*questions]}
    started["category"] = text("content.answers.uncategorised")
    slug = proposed(title, {p.key.name for p in parts()})
    return create(slug, started, editor=editor, held=True)


def add_examples(slug: str, questions: Sequence[str], *, editor: str) -> int:
    """Add the questions that are no examples of the entry yet; return how many these are.

    Raises Refused: NOT_FOUND.
    """
    return _add_questions(Key(ENTRY, slug), questions, editor)


def add_out_of_scope(questions: Sequence[str], *, editor: str) -> int:
    """Add questions to the out-of-scope questions; see `add_examples`."""
    return _add_questions(Key("out_of_scope"), questions, editor)


def retire(slug: str, *, based_on: int, editor: str) -> Draft:
    """Remove the entry with the next publication; it can be restored at any time.

    Raises Refused: NOT_FOUND, DRAFT_CONFLICT.
    """
    return _set(slug, based_on, editor, "retired", {"retired": True})


def restore(slug: str, *, based_on: int, editor: str) -> Draft:
    """Restore a retired entry. Raises Refused: NOT_FOUND, DRAFT_CONFLICT."""
    return _set(slug, based_on, editor, "restored", {"retired": False})


def hold(slug: str, held: bool, *, based_on: int, editor: str) -> Draft:
    """Exclude an entry from publications, or include it again.

    Raises Refused: NOT_FOUND, DRAFT_CONFLICT.
    """
    return _set(slug, based_on, editor, "held" if held else "released", {"held": held})


def discard(key: Key, *, based_on: int, editor: str) -> Draft:
    """Restore the text in force. Raises Refused: NOT_FOUND when there is none."""
    in_force = ensure_draft().parts
    if key not in in_force:
        raise Refused(Reason.NOT_FOUND)
    with transaction():
        change(_row(key), in_force[key], based_on, editor, "discarded", flags={"retired": False})
    return part(key)


# Implementation ----------------------------------------------------------------------------------


def ensure_draft() -> publishing.Published:
    """Return the release in force, copied to the draft where the draft lacks a part.

    A draft lacks everything at first, and lists that a new version added. Raises Refused:
    SERVICE_UNAVAILABLE before the first publication.
    """
    published = publishing.current()
    if not drafts.lists(LISTS).issuperset(LISTS):
        with transaction():
            lock("faq-draft")
            known = drafts.lists(LISTS)
            rows = [
                {**new_row(key, value, SHIPPED), "position": position, "held": False}
                for position, (key, value) in enumerate(published.parts.items())
                if key.kind not in known and (key.kind != ENTRY or not known)
            ]
            drafts.add_many(rows, act="created")
    return published


def _row(key: Key) -> FaqDraft:
    found = drafts.find(*key)
    if found is None:
        ensure_draft()
        found = drafts.find(*key)
    if found is None:
        raise Refused(Reason.NOT_FOUND)
    return found


def _draft(row: FaqDraft, in_force: Mapping[Key, str]) -> Draft:
    key = Key(row.kind, row.name)
    return Draft(
        key=key,
        content=json.loads(row.content),
        revision=row.revision,
        editor=row.editor,
        saved_at=row.saved_at,
        state=state_of(row.retired, row.digest, in_force.get(key)),
        held=row.held,
    )


def state_of(retired: bool, digest: str, in_force: str | None) -> State:
    """Return the state; `in_force`: the digest of the part in the release, None if missing."""
    if retired:
        return "gone" if in_force is None else "retired"
    if in_force is None:
        return "new"
    return "published" if digest == in_force else "changed"


def change(
    row: FaqDraft,
    value: Any,
    based_on: int,
    editor: str,
    act: str,
    *,
    note: str = "",
    autosaved: bool = False,
    flags: Mapping[str, bool] = MappingProxyType({}),
) -> None:
    """Write the next revision, within a transaction. Raises Refused: DRAFT_CONFLICT."""
    now = clock.now()
    written = drafts.change(
        row.kind,
        row.name,
        based_on=based_on,
        values={**_written(value, editor, now), **flags},
        act=act,
        note=note,
        autosaved=autosaved,
        replace_since=now - AUTOSAVE_SPAN,
    )
    if not written:
        raise conflict(Key(row.kind, row.name), value)


def conflict(key: Key, yours: Any) -> Refused:
    """Return the refusal with both texts."""
    theirs = _row(key)
    return Refused(
        Reason.DRAFT_CONFLICT,
        kind=key.kind,
        name=key.name,
        revision=theirs.revision,
        editor=theirs.editor,
        saved_at=theirs.saved_at,
        theirs=json.loads(theirs.content),
        yours=yours,
    )


def _set(slug: str, based_on: int, editor: str, act: str, flags: Mapping[str, bool]) -> Draft:
    key = Key(ENTRY, slug)
    with transaction():
        row = _row(key)
        change(row, json.loads(row.content), based_on, editor, act, flags=flags)
    return part(key)


def _add_questions(key: Key, questions: Sequence[str], editor: str) -> int:
    lines = dict.fromkeys(as_example(question) for question in questions)
    while True:
        with transaction():
            row = _row(key)
            value = json.loads(row.content)
            known = value.get("questions", [])
            if row.retired:
                raise Refused(Reason.NOT_FOUND)
            new = [line for line in lines if line not in known]
            if not new:
                return 0
            added = normal(key, {**value, "questions": [*known, *new]})
            note = as_line(" / ".join(new))
            try:
                change(row, added, row.revision, editor, "example_added", note=note)
            except Refused:
                # Changed between the two statements (PostgreSQL); retry, additions are safe.
                continue
        return len(new)


def as_example(question: str) -> str:
    """Return a question as one line of an example's length.

    Raises Refused: INVALID_INPUT when nothing is left.
    """
    line = as_line(question)
    if not line:
        raise invalid("drafts.question.required")
    return line


def as_line(text: str) -> str:
    """Return the text as one printable line, cut to the length of a line of content."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())[:_LONGEST_LINE].strip()


def new_row(key: Key, value: Any, editor: str) -> dict[str, Any]:
    """Return the columns of a new part."""
    return {"kind": key.kind, "name": key.name, **_written(value, editor, clock.now())}


def _written(value: Any, editor: str, now: datetime) -> dict[str, Any]:
    return {
        "content": dumps(value),
        "digest": part_digest(value),
        "title": _short(value, "title"),
        "category": _short(value, "category"),
        "editor": editor,
        "saved_at": now,
    }


def _short(value: Any, field: str) -> str:
    """Return a text field for a column, also from invalid drafts."""
    found = value.get(field) if isinstance(value, Mapping) else None
    return as_line(found) if isinstance(found, str) else ""


def _require_note(note: str) -> None:
    if len(note) > LONGEST_NOTE:
        raise invalid("drafts.note.too_long", most=LONGEST_NOTE)
