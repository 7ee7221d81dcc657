"""Chains over rows of other tables: one numbered, append-only link for each row.

A link holds the hash of a row, and for rows with a personal part its salted hash, whose salt is in
a side table that lawful erasure empties. Triggers (``ledger_triggers``) reject other changes.
"""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from peewee import BigIntegerField, BlobField, CharField

from models.desks.ledger import AppendOnly
from models.storage.database import InstantField, Model, database

_BATCH = 2_000
ERASED = "erased"
"""The source of a link that says which link's row was erased: ``row_id`` is its number."""


class ChainLink(AppendOnly, Model):
    """One row of a source. ``hash`` covers all other columns and the name of the chain."""

    number = BigIntegerField(primary_key=True)
    at = InstantField(index=True)
    # The table of the row, or ERASED.
    source = CharField(max_length=24)
    row_id = BigIntegerField()
    # The key of ``hash``, which is not in the database.
    key_id = CharField(max_length=16)
    content_hash = BlobField()
    # Null for a row without a personal part.
    personal_hash = BlobField(null=True)
    previous_hash = BlobField()
    hash = BlobField()


class DecisionLink(ChainLink):
    """A decision on a matter or a step of a ticket."""

    class Meta:
        table_name = "decision_link"
        indexes = ((("source", "row_id"), True),)


class AuditLink(ChainLink):
    """A line of the audit log."""

    class Meta:
        table_name = "audit_link"
        indexes = ((("source", "row_id"), True),)


class DecisionSalt(Model):
    """The salt of a personal part in the chain of decisions; null after erasure."""

    number = BigIntegerField(primary_key=True)
    salt = BlobField(null=True)

    class Meta:
        table_name = "decision_salt"


class Link(NamedTuple):
    """The columns that a link's hash covers, in this order."""

    number: int
    at: int
    """Milliseconds since 1970."""
    source: str
    row_id: int
    key_id: str
    content_hash: bytes
    personal_hash: bytes | None
    previous_hash: bytes


class StoredLink(NamedTuple):
    """A link with its hash as stored."""

    link: Link
    hash: bytes


def last(table: type[ChainLink]) -> tuple[int, bytes] | None:
    """Return number and hash of a chain's last link."""
    row = table.select(table.number, table.hash).order_by(table.number.desc()).tuples().first()
    return None if row is None else (row[0], bytes(row[1]))


def walk(table: type[ChainLink]) -> Iterator[list[StoredLink]]:
    """Yield all links of a chain by number, in batches."""
    columns = [getattr(table, name) for name in (*Link._fields, "hash")]
    query = table.select(*columns).order_by(table.number).limit(_BATCH)
    rest = table.number.is_null(False)
    while rows := database.execute(query.where(rest)).fetchall():
        yield [
            StoredLink(
                Link._make((*row[:5], bytes(row[5]), row[6] and bytes(row[6]), bytes(row[7]))),
                bytes(row[8]),
            )
            for row in rows
        ]
        rest = table.number > rows[-1][0]


def salts(numbers: Collection[int]) -> dict[int, bytes | None]:
    """Return number → salt of these links, None where it was erased."""
    query = DecisionSalt.select(DecisionSalt.number, DecisionSalt.salt)
    rows: Any = query.where(DecisionSalt.number.in_(list(numbers))).tuples()
    return {number: None if salt is None else bytes(salt) for number, salt in rows}
