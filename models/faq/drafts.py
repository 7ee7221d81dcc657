"""The draft of the FAQ's content, part by part, and every version that a part ever had.

A part is an entry (kind `entry`, its slug as name) or one of the lists beside the entries (the
list's name as kind, no name). A part is never deleted: an entry that goes is retired.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from peewee import AutoField, BooleanField, CharField, IntegerField, TextField, fn

from models.storage.database import InstantField, Model, database, instant, is_sqlite

ENTRY = "entry"


class FaqDraft(Model):
    """The latest version of one part. `revision`: its number, which every change raises.

    `content`: JSON text, perhaps unfinished; `title` and `category` are what it says of them.
    `digest`: of the content, to compare with releases. `position`: the place of an entry among the
    others. `held`: not to be published yet.
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
    """One version of one part: what `editor` made of it, and by which `act`.

    `autosaved`: its editor may still be typing; his next save takes its place.
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


def is_empty() -> bool:
    """Whether no draft was ever begun."""
    return not FaqDraft.select().exists()


def fingerprint() -> tuple[int, ...]:
    """Numbers that are others as soon as anything of the draft is another one."""
    d = FaqDraft
    row = d.select(fn.COUNT(d.id), fn.SUM(d.revision), fn.SUM(d.id * d.position)).tuples().first()
    return tuple(int(number or 0) for number in row)


def find(kind: str, name: str) -> FaqDraft | None:
    found: FaqDraft | None = FaqDraft.get_or_none(FaqDraft.kind == kind, FaqDraft.name == name)
    return found


def all_drafts() -> list[FaqDraft]:
    """Every part; the entries in their order."""
    return list(FaqDraft.select().order_by(FaqDraft.kind, FaqDraft.position, FaqDraft.id))


def outline() -> list[tuple[str, str, str, str, bool, bool, str, datetime]]:
    """Every part in the order of `all_drafts`, without its content.

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
    """Entries behind position `after`, in their order, without their content; read as needed.

    The columns are name, title, category, digest, retired, held, revision, editor, saved_at and
    position. `text`: what the content holds, as its JSON has it; empty for all of them.
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


def titles() -> list[tuple[str, str]]:
    """Name and title of every entry."""
    query = FaqDraft.select(FaqDraft.name, FaqDraft.title).where(FaqDraft.kind == ENTRY)
    return [(name, title) for name, title in _each(query)]


def titles_of(slugs: Collection[str]) -> list[tuple[str, str]]:
    """Slug and title of these entries."""
    query: Any = FaqDraft.select(FaqDraft.name, FaqDraft.title).where(
        FaqDraft.kind == ENTRY, FaqDraft.name.in_(list(slugs))
    )
    return list(query.tuples())


def slug_of(words: str) -> str | None:
    """The entry of that slug, or else the first one of that title, which is not retired."""
    there = FaqDraft.select(FaqDraft.name).where(FaqDraft.kind == ENTRY, ~FaqDraft.retired)
    named = there.where(FaqDraft.name == words).scalar()
    titled = there.where(FaqDraft.title == words).order_by(FaqDraft.position)
    found = named or titled.limit(1).scalar()
    return None if found is None else str(found)


def titled(words: str, limit: int) -> list[tuple[str, str]]:
    """Slug and title of the first entries whose title or slug holds the words."""
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
    """The categories of the entries that are not retired, by their first entry; how many each."""
    query: Any = (
        FaqDraft.select(FaqDraft.category, fn.COUNT(FaqDraft.id))
        .where(FaqDraft.kind == ENTRY, ~FaqDraft.retired)
        .group_by(FaqDraft.category)
        .order_by(fn.MIN(FaqDraft.position))
    )
    return list(query.tuples())


def add(row: dict[str, Any], *, act: str, note: str = "") -> None:
    """Write a part that is not there yet, as its first revision. In a transaction.

    Raises `IntegrityError` when it is there.
    """
    add_many([row], act=act, note=note)


def add_many(rows: Iterable[dict[str, Any]], *, act: str, note: str = "") -> None:
    """`add` for many parts."""
    rows = [{**row, "revision": 1} for row in rows]
    history = ("kind", "name", "content", "editor", "saved_at")
    versions = [
        {**{column: row[column] for column in history}, "number": 1, "act": act, "note": note}
        for row in rows
    ]
    for start in range(0, len(rows), _BATCH):
        FaqDraft.insert_many(rows[start : start + _BATCH]).execute()
        FaqRevision.insert_many(versions[start : start + _BATCH]).execute()


def change(
    kind: str,
    name: str,
    *,
    based_on: int,
    values: dict[str, Any],
    act: str,
    note: str = "",
    autosaved: bool = False,
    replace_since: datetime | None = None,
) -> bool:
    """Write the revision that follows `based_on`; False when that is not the latest any more.

    To be called inside a transaction. `values`: at least `content`, `digest`, `editor` and
    `saved_at`. An autosaved revision of the same editor that is younger than `replace_since` gives
    its place in the history to the new one.
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
        "note": note,
        "autosaved": autosaved,
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
        FaqRevision.create(kind=kind, name=name, act=act, **version)
    return True


def change_many(rows: Sequence[dict[str, Any]], *, act: str) -> int:
    """`change` for many parts, each row with its `based_on`; returns how many it was the latest of.

    To be called inside a transaction, which is to be given up when that is not all of them.
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


def last_position() -> int:
    """The place of the last entry; -1 when there is none."""
    last = (
        FaqDraft.select(FaqDraft.position)
        .where(FaqDraft.kind == ENTRY)
        .order_by(FaqDraft.position.desc())
        .limit(1)
        .scalar()
    )
    return -1 if last is None else int(last)


def position_of(slug: str) -> int | None:
    """The place of an entry; None when there is none."""
    found = (
        FaqDraft.select(FaqDraft.position)
        .where(FaqDraft.kind == ENTRY, FaqDraft.name == slug)
        .scalar()
    )
    return None if found is None else int(found)


def move(slug: str, at: int, to: int) -> None:
    """Move an entry from one place to another; those between make room. In a transaction."""
    entries = FaqDraft.kind == ENTRY
    place = FaqDraft.position
    if to < at:
        between, step = place.between(to, at - 1), 1
    else:
        between, step = place.between(at + 1, to), -1
    FaqDraft.update(position=place + step).where(entries, between).execute()
    FaqDraft.update(position=to).where(entries, FaqDraft.name == slug).execute()


def set_order(slugs: Iterable[str]) -> None:
    """Let the entries stand in this order. In a transaction."""
    for place, slug in enumerate(slugs):
        FaqDraft.update(position=place).where(
            FaqDraft.kind == ENTRY, FaqDraft.name == slug, FaqDraft.position != place
        ).execute()


def versions(kind: str, name: str) -> list[FaqRevision]:
    """All versions of a part, the latest first."""
    return list(
        FaqRevision.select()
        .where(FaqRevision.kind == kind, FaqRevision.name == name)
        .order_by(FaqRevision.number.desc())
    )


def version(kind: str, name: str, number: int) -> FaqRevision | None:
    found: FaqRevision | None = FaqRevision.get_or_none(
        FaqRevision.kind == kind, FaqRevision.name == name, FaqRevision.number == number
    )
    return found


def _each(query: Any) -> Iterator[tuple[Any, ...]]:
    """The rows as the driver has them: of ten thousand, what peewee adds is most of a page."""
    cursor = database.execute(query)
    while rows := cursor.fetchmany(_BATCH):
        yield from rows


# SQLite takes 32,766 values in one statement.
_BATCH = 500
