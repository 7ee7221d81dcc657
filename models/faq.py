"""The published releases of the FAQ's content, and the pointer that says which one is in force.

A release is written once and never changed; publishing inserts a new one and moves the pointer in
the same transaction. Readers compare the pointer's number with the release they hold.
"""

from datetime import datetime

from peewee import DoesNotExist, ForeignKeyField, IntegerField, TextField

from models.database import InstantField, Model, database

POINTER_ID = 1
"""The only row of the pointer table."""


class FaqRelease(Model):
    """One immutable state of the whole content (`content`: JSON text with ASCII keys)."""

    number = IntegerField(primary_key=True)
    content = TextField()
    created_at = InstantField()

    class Meta:
        table_name = "faq_release"


# What `content_of` raises for a number that no release has.
UnknownRelease = DoesNotExist


class FaqPointer(Model):
    """The single row that names the release in force."""

    id = IntegerField(primary_key=True)
    release = ForeignKeyField(FaqRelease, on_delete="RESTRICT")

    class Meta:
        table_name = "faq_pointer"


def current_number() -> int | None:
    """The number of the release in force, or None before the first publication.

    Asked before every answer, hence one narrow query without the cost of building a model.
    """
    row = database.execute_sql(
        "SELECT release_id FROM faq_pointer WHERE id = 1"  # POINTER_ID
    ).fetchone()
    return None if row is None else int(row[0])


def content_of(number: int) -> str:
    """The JSON text of release `number`; raises `UnknownRelease` when there is none."""
    release: FaqRelease = FaqRelease.get_by_id(number)
    return str(release.content)


def add_release(content: str, created_at: datetime, *, after: int | None) -> int:
    """Write a new release and put it in force; returns its number.

    To be called inside a transaction. `after` is the number that the caller saw in force (None: no
    release yet); when another one was published since then, an `IntegrityError` comes up.
    """
    number = 1 if after is None else after + 1
    FaqRelease.create(number=number, content=content, created_at=created_at)
    if after is None:
        FaqPointer.create(id=POINTER_ID, release=number)
    else:
        FaqPointer.update(release=number).where(FaqPointer.id == POINTER_ID).execute()
    return number
