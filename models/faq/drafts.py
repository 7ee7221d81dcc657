"""The draft of the FAQ's content, part by part, with all versions.

A part is an entry (kind `entry`, its slug as name) or one of the lists beside the entries (the
list's name as kind, no name). Parts are never deleted: entries are retired.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from peewee import AutoField, BooleanField, CharField, IntegerField, TextField, fn

from models.storage.database import InstantField, Model, database, instant, is_sqlite

ENTRY = "entry"


class FaqDraft(Model):
    """The latest version of one part; every change increments `revision`.

    `content`: JSON text, perhaps unfinished; `title` and `category` are copies from it. `digest`:
    of the content, to compare with releases. `position`: the rank of an entry. `held`: excluded
    from publication.
    """

    id = AutoField()
    kind = CharField(max_length=16)
    name = CharField(max_length=50)
    revision = IntegerField()
    content = TextField()
    digest = CharField(max_length=64)
    title = CharField(max_length=200, default="")
    category = CharField(max_length=200, default="")
    position = IntegerField(default=0)
    retired = BooleanField(default=False)
    held = BooleanField(default=False)
    editor = CharField(max_length=64)
    saved_at = InstantField()

    class Meta:
        table_name = "faq_draft"
        indexes = ((("kind", "name"), True), (("kind", "position"), False))


class FaqRevision(Model):
    """One version of one part: `editor`, content and `act`.

    `autosaved`: the editor may still be typing; their next save replaces it.
    """

    id = AutoField()
    kind = CharField(max_length=16)
    name = CharField(max_length=50)
    number = IntegerField()
    content = TextField()
    act = CharField(max_length=24)
    note = CharField(max_length=200, default="")
    autosaved = BooleanField(default=False)
    editor = CharField(max_length=64)
    saved_at = InstantField()

    class Meta:
        table_name = "faq_revision"
        indexes = ((("kind", "name", "number"), True),)


def lists(kinds: Collection[str]) -> set[str]:
    """Return those of the kinds of lists that the draft has; none without a draft."""
    query: Any = FaqDraft.select(FaqDraft.kind).where(
        FaqDraft.kind.in_(list(kinds)), FaqDraft.name == ""
    )
    return {kind for (kind,) in query.tuples()}


def find(kind: str, name: str) -> FaqDraft | None:
    """Return a part, or None."""
    return FaqDraft.get_or_none(FaqDraft.kind == kind, FaqDraft.name == name)


def all_drafts() -> list[FaqDraft]:
    """Return every part; entries in their order."""
    return list(FaqDraft.select().order_by(FaqDraft.kind, FaqDraft.position, FaqDraft.id))


def outline() -> list[tuple[str, str, str, str, bool, bool, str, datetime]]:
    """Return every part in the order of `all_drafts`, without content.

    The columns are kind, name, title, digest, retired, held, editor and saved_at.
    """
    f = FaqDraft
    query: Any = f.select(
        f.kind, f.name, f.title, f.digest, f.retired, f.held, f.editor, f.saved_at
    )  # fmt: skip
    rows = _each(query.order_by(f.kind, f.position, f.id))
    return [(*row[:4], bool(row[4]), bool(row[5]), row[6], instant(row[7])) for row in rows]


def listed(
    *, text: str, category: str, after: int, limit: int | None
) -> Iterator[tuple[str, str, str, str, bool, bool, int, str, datetime, int]]:
    """Yield entries behind position `after`, in their order, without content.

    The columns are name, title, category, digest, retired, held, revision, editor, saved_at and
    position. `text`: a substring of the content's JSON; empty for all.
    """
    f = FaqDraft
    query: Any = f.select(
        f.name, f.title, f.category, f.digest, f.retired, f.held, f.revision, f.editor, f.saved_at,
        f.position,
    ).where(f.kind == ENTRY, f.position > after)  # fmt: skip
    if text:
        place = fn.INSTR(f.content, text) if is_sqlite() else fn.STRPOS(f.content, text)
        query = query.where(place > 0)
    if category:
        query = query.where(f.category == category)
    for row in _each(query.order_by(f.position).limit(limit)):
        yield (*row[:4], bool(row[4]), bool(row[5]), *row[6:8], instant(row[8]), row[9])


def contents(slugs: Collection[str] | None = None) -> list[tuple[str, str]]:
    """Return slug and content of these entries, by default of all."""
    query: Any = FaqDraft.select(FaqDraft.name, FaqDraft.content).where(FaqDraft.kind == ENTRY)
    if slugs is not None:
        query = query.where(FaqDraft.name.in_(list(slugs)))
    return [(name, content) for name, content in _each(query)]


def titles() -> list[tuple[str, str]]:
    """Return name and title of every entry."""
    query = FaqDraft.select(FaqDraft.name, FaqDraft.title).where(FaqDraft.kind == ENTRY)
    return [(name, title) for name, title in _each(query)]


def titles_of(slugs: Collection[str]) -> list[tuple[str, str]]:
    """Return slug and title of these entries."""
    query: Any = FaqDraft.select(FaqDraft.name, FaqDraft.title).where(
        FaqDraft.kind == ENTRY, FaqDraft.name.in_(list(slugs))
    )
    return list(query.tuples())


def slug_of(words: str) -> str | None:
    """Return the active entry with that slug, or else the first one with that title."""
    there = FaqDraft.select(FaqDraft.name).where(FaqDraft.kind == ENTRY, ~FaqDraft.retired)
    named = there.where(FaqDraft.name == words).scalar()
    titled = there.where(FaqDraft.title == words).order_by(FaqDraft.position)
    slug = named or titled.limit(1).scalar()
    return None if slug is None else str(slug)


def titled(words: str, limit: int) -> list[tuple[str, str]]:
    """Return slug and title of the first entries whose title or slug contains the words."""
    query: Any = (
        FaqDraft.select(FaqDraft.name, FaqDraft.title)
        .where(
            FaqDraft.kind == ENTRY,
            ~FaqDraft.retired,
            FaqDraft.title.contains(words) | FaqDraft.name.contains(words),
        )
        .order_by(FaqDraft.position)
        .limit(limit)
    )
    return list(query.tuples())


def categories() -> list[tuple[str, int]]:
    """Return the categories of active entries by first entry, with counts."""
    query: Any = (
        FaqDraft.select(FaqDraft.category, fn.COUNT(FaqDraft.id))
        .where(FaqDraft.kind == ENTRY, ~FaqDraft.retired)
        .group_by(FaqDraft.category)
        .order_by(fn.MIN(FaqDraft.position))
    )
    return list(query.tuples())


def add(row: dict[str, Any], *, act: str, note: str = "") -> None:
    """Insert a new part in a transaction. Raises `IntegrityError` when it exists."""
    add_many([row], act=act, note=note)


def add_many(rows: Iterable[dict[str, Any]], *, act: str, note: str = "") -> None:
    """Insert many new parts, like `add`."""
    rows = [{**row, "revision": 1} for row in rows]
    history = ("kind", "name", "content", "editor", "saved_at")
    versions = [
        {**{column: row[column] for column in history}, "number": 1, "act": act, "note": note}
        for row in rows
    ]
    for start in range(0, len(rows), _BATCH):
        FaqDraft.insert_many(rows[start : start + _BATCH]).execute()
        FaqRevision.insert_many(versions[start : start + _BATCH]).execute()


class Act(NamedTuple):
    """What an editor did to a part."""

    name: str
    note: str = ""
    autosaved: bool = False


def change(
    kind: str,
    name: str,
    act: Act,
    *,
    based_on: int,
    values: dict[str, Any],
    replace_since: datetime | None = None,
) -> bool:
    """Write the revision after `based_on`; return False when that is outdated.

    Run in a transaction. `values`: at least `content`, `digest`, `editor` and `saved_at`. An
    autosaved revision of the same editor that is younger than `replace_since` is replaced.
    """
    changed = (
        FaqDraft.update(revision=based_on + 1, **values)
        .where(FaqDraft.kind == kind, FaqDraft.name == name, FaqDraft.revision == based_on)
        .execute()
    )
    if not changed:
        return False
    version = {
        "number": based_on + 1,
        "content": values["content"],
        "editor": values["editor"],
        "saved_at": values["saved_at"],
        "note": act.note,
        "autosaved": act.autosaved,
    }
    replaced = 0
    if replace_since is not None:
        replaced = (
            FaqRevision.update(**version)
            .where(
                FaqRevision.kind == kind,
                FaqRevision.name == name,
                FaqRevision.number == based_on,
                FaqRevision.editor == values["editor"],
                FaqRevision.autosaved,
                FaqRevision.saved_at > replace_since,
            )
            .execute()
        )
    if not replaced:
        FaqRevision.create(kind=kind, name=name, act=act.name, **version)
    return True


def change_many(rows: Sequence[dict[str, Any]], *, act: str) -> int:
    """Change many parts, each row with its `based_on`; return how many were up to date.

    Run in a transaction, to be rolled back unless all of them were.
    """
    columns = ("content", "digest", "title", "category", "retired", "editor", "saved_at")
    changed = sum(
        FaqDraft.update(revision=row["based_on"] + 1, **{column: row[column] for column in columns})
        .where(
            FaqDraft.kind == row["kind"],
            FaqDraft.name == row["name"],
            FaqDraft.revision == row["based_on"],
        )
        .execute()
        for row in rows
    )
    history = ("kind", "name", "content", "editor", "saved_at")
    versions = [
        {**{column: row[column] for column in history}, "number": row["based_on"] + 1, "act": act}
        for row in rows
    ]
    for start in range(0, len(versions), _BATCH):
        FaqRevision.insert_many(versions[start : start + _BATCH]).execute()
    return changed


def set_held(keys: Iterable[tuple[str, str]], held: bool) -> None:
    """Exclude parts from publications, or include them again, without a revision."""
    for kind, name in keys:
        FaqDraft.update(held=held).where(
            FaqDraft.kind == kind, FaqDraft.name == name, FaqDraft.held != held
        ).execute()


def last_position() -> int:
    """Return the position of the last entry; -1 for none."""
    last = (
        FaqDraft.select(FaqDraft.position)
        .where(FaqDraft.kind == ENTRY)
        .order_by(FaqDraft.position.desc())
        .limit(1)
        .scalar()
    )
    return -1 if last is None else int(last)


def position_of(slug: str) -> int | None:
    """Return the position of an entry, or None."""
    position = (
        FaqDraft.select(FaqDraft.position)
        .where(FaqDraft.kind == ENTRY, FaqDraft.name == slug)
        .scalar()
    )
    return None if position is None else int(position)


def move(slug: str, at: int, to: int) -> None:
    """Move an entry, shifting those between. Run in a transaction."""
    entries = FaqDraft.kind == ENTRY
    place = FaqDraft.position
    if to < at:
        between, step = place.between(to, at - 1), 1
    else:
        between, step = place.between(at + 1, to), -1
    FaqDraft.update(position=place + step).where(entries, between).execute()
    FaqDraft.update(position=to).where(entries, FaqDraft.name == slug).execute()


def set_order(slugs: Iterable[str]) -> None:
    """Order the entries. Run in a transaction."""
    for place, slug in enumerate(slugs):
        FaqDraft.update(position=place).where(
            FaqDraft.kind == ENTRY, FaqDraft.name == slug, FaqDraft.position != place
        ).execute()


def versions(kind: str, name: str) -> list[FaqRevision]:
    """Return all versions of a part, the latest first."""
    return list(
        FaqRevision.select()
        .where(FaqRevision.kind == kind, FaqRevision.name == name)
        .order_by(FaqRevision.number.desc())
    )


def version(kind: str, name: str, number: int) -> FaqRevision | None:
    """Return one version of a part, or None."""
    return FaqRevision.get_or_none(
        FaqRevision.kind == kind, FaqRevision.name == name, FaqRevision.number == number
    )


def _each(query: Any) -> Iterator[tuple[Any, ...]]:
    """Yield raw driver rows: peewee's conversion would dominate a page of ten thousand."""
    cursor = database.execute(query)
    while rows := cursor.fetchmany(_BATCH):
        yield from rows


# SQLite takes 32,766 values in one statement.
_BATCH = 500
