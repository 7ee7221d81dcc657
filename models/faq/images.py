"""Immutable pictures of answers, named by their content."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from peewee import BlobField, CharField

from models.storage.database import InstantField, Model

# SQLite takes 32,766 values in one statement.
_BATCH = 500


class FaqImage(Model):
    """One picture. `name`: 32 hexadecimal digits of its SHA-256, and `.png` or `.jpg`."""

    name = CharField(max_length=40, primary_key=True)
    content = BlobField()
    created_at = InstantField()

    class Meta:
        table_name = "faq_image"


def add(name: str, content: bytes, created_at: datetime) -> bool:
    """Insert a picture; return False when it exists."""
    values = {"name": name, "content": content, "created_at": created_at}
    if existing([name]):
        return False
    FaqImage.insert(**values).on_conflict_ignore().execute()
    return True


def content_of(name: str) -> bytes | None:
    """Return the bytes of a picture, or None."""
    row = FaqImage.select(FaqImage.content).where(FaqImage.name == name).tuples().first()
    return None if row is None else bytes(row[0])


def existing(names: Collection[str]) -> set[str]:
    """Return which of the names exist."""
    listed, present = list(names), set()
    for start in range(0, len(listed), _BATCH):
        query: Any = FaqImage.select(FaqImage.name).where(
            FaqImage.name.in_(listed[start : start + _BATCH])
        )
        present |= {name for (name,) in query.tuples()}
    return present
