"""Encrypted columns and blind indexes of all tables as stored bytes.

Each value begins with a head that names its key (see ``models.storage.fields``). Nothing here
decrypts. Key rotation reads the values under an old key and replaces the unchanged ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from peewee import SQL, Case, Expression, Value, fn

from models.storage.database import IntegrityError, Model, database, is_sqlite, transaction
from models.storage.fields import BlindIndexField, EncryptedField, keys
from models.storage.inventory import all_tables

# More heads than this in one column are damaged values.
_MOST_HEADS = 50


@dataclass(frozen=True)
class Table:
    """A table with personal data."""

    model: type[Model]
    encrypted: tuple[EncryptedField, ...]
    indexes: tuple[BlindIndexField, ...]
    """Those that can be recomputed from an encrypted column of the same row."""
    leases: tuple[BlindIndexField, ...]
    """Those whose rows are deleted on expiry."""

    @property
    def name(self) -> str:
        """Return the table's name in the database."""
        return str(self.model._meta.table_name)

    @property
    def key(self) -> str:
        """Return the primary key's column."""
        primary_key: Any = self.model._meta.primary_key
        return str(primary_key.column_name)

    @property
    def fields(self) -> tuple[EncryptedField | BlindIndexField, ...]:
        """Return the columns that a rotation rewrites."""
        return (*self.encrypted, *self.indexes)


class Stored(NamedTuple):
    """A row: the primary key, and the bytes of each of ``Table.fields`` by column name."""

    key: Any
    values: dict[str, bytes | None]


class Change(NamedTuple):
    """New values of one row by column name."""

    key: Any
    new: Mapping[str, bytes]
    read: Mapping[str, bytes]
    """The values that it was made from; the row is changed only if it still has them."""


def tables() -> list[Table]:
    """Return every table that has a column for personal data."""
    values = []
    for model in all_tables():
        fields = model._meta.sorted_fields
        indexes = [field for field in fields if isinstance(field, BlindIndexField)]
        table = Table(
            model,
            tuple(field for field in fields if isinstance(field, EncryptedField)),
            tuple(field for field in indexes if field.source is not None),
            tuple(field for field in indexes if field.void_after is not None),
        )
        if table.fields or table.leases:
            values.append(table)
    return values


def present_head(field: EncryptedField | BlindIndexField) -> bytes:
    """Return the head of values of this column under the present key."""
    return keys().data_head if isinstance(field, EncryptedField) else keys().index_head


def head_of(field: EncryptedField | BlindIndexField, stored: bytes) -> bytes:
    """Return the head of a value, which names the cipher and the key."""
    before = 2 if isinstance(field, EncryptedField) else 1
    return stored[: before + stored[before - 1]] if len(stored) > before else stored


def count_by_head(
    table: Table, field: EncryptedField | BlindIndexField, now_ms: int
) -> dict[bytes, int]:
    """Count the values of a column by head (empty: damaged); of leases only the expired ones."""
    condition = field.is_null(False)
    if isinstance(field, BlindIndexField) and field.void_after is not None:
        condition &= getattr(table.model, field.void_after) <= now_ms
    heads: list[bytes] = []
    while True:
        cases = [(_begins_with(field, head), number) for number, head in enumerate(heads)]
        which = Case(None, cases, -1) if cases else Value(-1)
        query = table.model.select(which, fn.COUNT(SQL("*"))).where(condition).group_by(SQL("1"))
        counts = dict(database.execute(query).fetchall())
        others = counts.pop(-1, 0)
        by_head = {heads[number]: count for number, count in counts.items()}
        known = [_begins_with(field, head) for head in heads]
        unknown = table.model.select(field).where(condition, *(~one for one in known)).limit(1)
        rows = database.execute(unknown).fetchall()
        head = head_of(field, bytes(rows[0][0])) if rows else b""
        if not head or head in heads or len(heads) == _MOST_HEADS:
            return {**by_head, b"": others}
        heads.append(head)


def _begins_with(field: EncryptedField | BlindIndexField, head: bytes) -> Expression:
    # Without the field's converter, which would encrypt.
    return fn.SUBSTR(field, 1, len(head)) == Value(head, converter=False)


def under_present_key(
    table: Table, field: EncryptedField | BlindIndexField, most: int
) -> list[Stored]:
    """Return some rows whose value in this column is under the present key."""
    query = table.model.select(table.model._meta.primary_key, *table.fields)
    return _rows(table, query.where(_begins_with(field, present_head(field))).limit(most))


def under_old_keys(table: Table, after: Any, most: int) -> list[Stored]:
    """Return rows with a value under an old key, by primary key, those behind ``after``."""
    key = table.model._meta.primary_key
    # A null compares to nothing, so it is not found.
    stale = reduce(or_, [~_begins_with(field, present_head(field)) for field in table.fields])
    query = table.model.select(key, *table.fields).where(stale).order_by(key).limit(most)
    return _rows(table, query if after is None else query.where(key > after))


def replace(table: Table, changes: Sequence[Change]) -> tuple[int, list[Change]]:
    """Apply the changes in one transaction; return how many, and the impossible ones.

    Rows that were changed since they were read, or are locked, are skipped. A change is impossible
    when it would violate a unique index.
    """
    try:
        with transaction():
            return _replace(table, changes), []
    except IntegrityError:
        if len(changes) == 1:
            return 0, list(changes)
    made, impossible = 0, []
    for change in changes:
        one_made, one_impossible = replace(table, [change])
        made += one_made
        impossible += one_impossible
    return made, impossible


def remove_expired_leases(table: Table, field: BlindIndexField, now_ms: int) -> int:
    """Delete the expired leases under old keys; return how many."""
    is_stale = ~_begins_with(field, present_head(field))
    is_over = getattr(table.model, str(field.void_after)) <= now_ms
    return int(table.model.delete().where(is_stale, is_over).execute())


def _replace(table: Table, changes: Sequence[Change]) -> int:
    model: Any = table.model
    key = model._meta.primary_key
    free = {change.key for change in changes}
    if not is_sqlite():
        # Waiting for a row while holding others could deadlock with the service.
        query = model.select(key).where(key.in_([change.key for change in changes]))
        rows = database.execute(query.for_update(skip_locked=True))
        free = {_hashable(key) for (key,) in rows}
    return sum(_update(model, change) for change in changes if change.key in free)


def _update(model: type[Model], change: Change) -> int:
    """Update the ``new`` columns of one row while its ``read`` columns are unchanged."""
    meta: Any = model._meta
    unchanged = [meta.columns[column] == value for column, value in change.read.items()]
    values = {meta.columns[column]: value for column, value in change.new.items()}
    update = model.update(values).where(meta.primary_key == change.key, *unchanged)
    return int(update.execute())


def _rows(table: Table, query: Any) -> list[Stored]:
    names = [field.column_name for field in table.fields]
    return [
        Stored(
            _hashable(key),
            {
                name: None if value is None else bytes(value)
                for name, value in zip(names, values, strict=True)
            },
        )
        for key, *values in database.execute(query)
    ]


def _hashable(key: Any) -> Any:
    return bytes(key) if isinstance(key, memoryview | bytearray) else key
