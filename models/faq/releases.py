"""Published releases of the FAQ's content, and the pointer to the current one.

Releases are immutable; publishing inserts one and moves the pointer in the same transaction.
Readers compare the pointer's number with the release they loaded.
"""

from datetime import datetime
from typing import Any

from peewee import BlobField, CharField, CompositeKey, ForeignKeyField, IntegerField, TextField

from models.storage.database import InstantField, Model

POINTER_ID = 1
"""The only row of the pointer table."""


class UnknownRelease(Exception):
    """There is no release of this number."""


class FaqRelease(Model):
    """One immutable state of the whole content (`content`: JSON text with ASCII keys).

    `digest`: SHA-256 of `content`, in hexadecimal digits. `override`: why it was published although
    questions were lost. `check_id`: the check that it passed. `restores`: the earlier release with
    the same content; `confirmed_by`, `confirmed_at`: of a roll-back, by another person afterwards.
    """

    number = IntegerField(primary_key=True)
    content = TextField()
    created_at = InstantField()
    digest = CharField(max_length=64, default="")
    author = CharField(max_length=64, default="")
    note = CharField(max_length=200, default="")
    override = CharField(max_length=200, default="")
    check_id = IntegerField(null=True)
    restores = IntegerField(null=True)
    confirmed_by = CharField(max_length=64, default="")
    confirmed_at = InstantField(null=True)

    class Meta:
        table_name = "faq_release"


class FaqPointer(Model):
    """The single row that names the current release."""

    id = IntegerField(primary_key=True)
    release = ForeignKeyField(FaqRelease, on_delete="RESTRICT")

    class Meta:
        table_name = "faq_pointer"


class FaqCompiled(Model):
    """The trained model for the examples of this digest, in this `form`."""

    digest = CharField(max_length=64)
    form = CharField(max_length=32)
    data = BlobField()
    created_at = InstantField()

    class Meta:
        table_name = "faq_compiled"
        primary_key = CompositeKey("digest", "form")


def current_number() -> int | None:
    """Return the number of the current release, or None before the first one."""
    pointer = FaqPointer.select(FaqPointer.release).where(FaqPointer.id == POINTER_ID)
    number: int | None = pointer.scalar()
    return number


def content_of(number: int) -> str:
    """Return the JSON text of a release. Raises `UnknownRelease`."""
    return str(_column(number, FaqRelease.content))


def digest_of(number: int) -> str:
    """Return the digest of a release. Raises `UnknownRelease`."""
    return str(_column(number, FaqRelease.digest))


def _column(number: int, column: Any) -> Any:
    row = FaqRelease.select(column).where(FaqRelease.number == number).tuples().first()
    if row is None:
        raise UnknownRelease
    return row[0]


def releases(limit: int, before: int | None) -> list[FaqRelease]:
    """Return releases below number `before`, newest first, without content."""
    fields = [f for f in FaqRelease._meta.sorted_fields if f is not FaqRelease.content]
    query = FaqRelease.select(*fields).order_by(FaqRelease.number.desc()).limit(limit)
    return list(query if before is None else query.where(FaqRelease.number < before))


def unconfirmed() -> list[FaqRelease]:
    """Return the unconfirmed roll-backs, newest first, without content."""
    fields = [f for f in FaqRelease._meta.sorted_fields if f is not FaqRelease.content]
    query = FaqRelease.select(*fields).where(
        FaqRelease.restores.is_null(False), FaqRelease.confirmed_by == ""
    )
    return list(query.order_by(FaqRelease.number.desc()))


def confirm(number: int, actor: str, at: datetime) -> bool:
    """Store who confirmed a roll-back; return whether it was still unconfirmed."""
    changed: int = (
        FaqRelease.update(confirmed_by=actor, confirmed_at=at)
        .where(
            FaqRelease.number == number,
            FaqRelease.restores.is_null(False),
            FaqRelease.confirmed_by == "",
        )
        .execute()
    )
    return changed == 1


def add_release(
    content: str, digest: str, created_at: datetime, *, after: int | None, **facts: Any
) -> int:
    """Insert a release and make it current; return its number.

    Run in a transaction. `after` is the number that the caller saw as current (None: no release
    yet); raises `IntegrityError` when another one was published since. `facts`: the other columns.
    """
    number = 1 if after is None else after + 1
    FaqRelease.create(number=number, content=content, digest=digest, created_at=created_at, **facts)
    if after is None:
        FaqPointer.create(id=POINTER_ID, release=number)
    else:
        FaqPointer.update(release=number).where(FaqPointer.id == POINTER_ID).execute()
    return number


def compiled(digest: str, form: str) -> bytes | None:
    """Return the trained model for this content and form, or None."""
    row = (
        FaqCompiled.select(FaqCompiled.data)
        .where(FaqCompiled.digest == digest, FaqCompiled.form == form)
        .tuples()
        .first()
    )
    return None if row is None else bytes(row[0])


def is_compiled(digest: str, form: str) -> bool:
    """Return whether a trained model is stored for these examples and this form."""
    return bool(
        FaqCompiled.select().where(FaqCompiled.digest == digest, FaqCompiled.form == form).exists()
    )


def store_compiled(
    digest: str, form: str, data: bytes, created_at: datetime, *, newest: int, in_force: str
) -> None:
    """Store a trained model; keep only the `newest` ones and that of the digest `in_force`."""
    values = {"digest": digest, "form": form, "data": data, "created_at": created_at}
    FaqCompiled.insert(**values).on_conflict_ignore().execute()
    oldest_kept = (
        FaqCompiled.select(FaqCompiled.created_at)
        .order_by(FaqCompiled.created_at.desc())
        .offset(newest - 1)
        .limit(1)
        .scalar()
    )
    if oldest_kept is not None:
        FaqCompiled.delete().where(
            FaqCompiled.created_at < oldest_kept, FaqCompiled.digest != in_force
        ).execute()
