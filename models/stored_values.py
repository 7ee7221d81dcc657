"""Encrypted columns and blind indexes of all tables as the bytes that are stored.

Each value begins with a head that names its key (see ``models.fields``). Nothing here decrypts;
a rotation of keys reads what is under an old key and replaces it, unless somebody else did.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from models.database import (
    IntegrityError,
    Model,
    database,
    execute_many,
    is_sqlite,
    placeholder,
    transaction,
)
from models.fields import BlindIndexField, EncryptedField, keys
from models.inventory import all_tables

# More heads than this in one column are no heads but damaged values.
_MOST_HEADS = 50


@dataclass(frozen=True)
class Table:
    """A table with personal data."""

    model: type[Model]
    encrypted: tuple[EncryptedField, ...]
    indexes: tuple[BlindIndexField, ...]
    """Those that can be made anew from an encrypted column of the same row."""
    leases: tuple[BlindIndexField, ...]
    """Those whose rows are deleted when their time is over."""

    @property
    def name(self) -> str:
        return str(self.model._meta.table_name)

    @property
    def key(self) -> str:
        """The column of the primary key."""
        primary_key: Any = self.model._meta.primary_key
        return str(primary_key.column_name)

    @property
    def fields(self) -> tuple[EncryptedField | BlindIndexField, ...]:
        """The columns that a rotation rewrites."""
        return (*self.encrypted, *self.indexes)


class Stored(NamedTuple):
    """A row: the primary key, and the bytes of each of ``Table.fields`` by column name."""

    key: Any
    values: dict[str, bytes | None]


class Change(NamedTuple):
    """What is to replace what in one row, by column name."""

    key: Any
    new: Mapping[str, bytes]
    read: Mapping[str, bytes]
    """What was read to make it; the row is changed only while it still has all of this."""


def tables() -> list[Table]:
    """Every table that has a column for personal data."""
    found = []
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
            found.append(table)
    return found


def present_head(field: EncryptedField | BlindIndexField) -> bytes:
    """How a value of this column begins that is under the present key."""
    return keys().data_head if isinstance(field, EncryptedField) else keys().index_head


def head_of(field: EncryptedField | BlindIndexField, stored: bytes) -> bytes:
    """The head of a value: it says the cipher and the key."""
    before = 2 if isinstance(field, EncryptedField) else 1
    return stored[: before + stored[before - 1]] if len(stored) > before else stored


def count_by_head(
    table: Table, field: EncryptedField | BlindIndexField, now_ms: int
) -> dict[bytes, int]:
    """Head → how many values of the column begin with it; of leases only those that are over.

    Damaged values without a head are counted under an empty one.
    """
    column, place = _quoted(field.column_name), placeholder()
    condition = f"{column} IS NOT NULL"
    if isinstance(field, BlindIndexField) and field.void_after is not None:
        condition += f" AND {_quoted(field.void_after)} <= {int(now_ms)}"
    heads: list[bytes] = []
    while True:
        cases = " ".join(
            f"WHEN substr({column}, 1, {len(head)}) = {place} THEN {number}"
            for number, head in enumerate(heads)
        )
        which = f"CASE {cases} ELSE -1 END" if heads else "-1"
        counts = dict(
            database.execute_sql(
                f"SELECT {which} AS which, count(*) FROM {_quoted(table.name)} "  # noqa: S608
                f"WHERE {condition} GROUP BY 1",
                heads,
            ).fetchall()
        )
        others = counts.pop(-1, 0)
        found = {heads[number]: count for number, count in counts.items()}
        if not others:
            return found
        known = " AND ".join(f"substr({column}, 1, {len(head)}) <> {place}" for head in heads)
        row = database.execute_sql(
            f"SELECT {column} FROM {_quoted(table.name)} "  # noqa: S608
            f"WHERE {condition}{' AND ' + known if known else ''} LIMIT 1",
            heads,
        ).fetchone()
        head = b"" if row is None else head_of(field, bytes(row[0]))
        if not head or head in heads or len(heads) == _MOST_HEADS:
            return {**found, b"": others}
        heads.append(head)


def under_present_key(
    table: Table, field: EncryptedField | BlindIndexField, most: int
) -> list[Stored]:
    """Some rows whose value in this column is under the present key."""
    head = present_head(field)
    condition = f"substr({_quoted(field.column_name)}, 1, {len(head)}) = {placeholder()}"
    return _rows(table, f"{condition} LIMIT {int(most)}", [head])


def under_old_keys(table: Table, after: Any, most: int) -> list[Stored]:
    """Rows with a value under an old key, in the order of their keys from ``after`` on."""
    heads = [present_head(field) for field in table.fields]
    # A null compares to nothing, so it is not found.
    stale = " OR ".join(
        f"substr({_quoted(field.column_name)}, 1, {len(head)}) <> {placeholder()}"
        for field, head in zip(table.fields, heads, strict=True)
    )
    beyond = "" if after is None else f" AND {_quoted(table.key)} > {placeholder()}"
    return _rows(
        table,
        f"({stale}){beyond} ORDER BY {_quoted(table.key)} LIMIT {int(most)}",
        [*heads, *([] if after is None else [after])],
    )


def replace(table: Table, changes: Sequence[Change]) -> tuple[int, list[Change]]:
    """Make the changes in one transaction; returns how many were made, and those that cannot be.

    A row that somebody changed since it was read, or has locked, is left as it is. A change that
    cannot be is one that would give two rows the same unique value.
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


def remove_void(table: Table, field: BlindIndexField, now_ms: int) -> int:
    """Delete the leases under old keys whose time is over; returns how many."""
    head = present_head(field)
    return int(
        database.execute_sql(
            f"DELETE FROM {_quoted(table.name)} "  # noqa: S608
            f"WHERE substr({_quoted(field.column_name)}, 1, {len(head)}) <> {placeholder()} "
            f"AND {_quoted(str(field.void_after))} <= {placeholder()}",
            (head, now_ms),
        ).rowcount
    )


def _replace(table: Table, changes: Sequence[Change]) -> int:
    free = {change.key for change in changes}
    if not is_sqlite():
        # Waiting for a row while holding others could end in a deadlock with the service.
        rows = database.execute_sql(
            f"SELECT {_quoted(table.key)} FROM {_quoted(table.name)} "  # noqa: S608
            f"WHERE {_quoted(table.key)} = ANY(%s) FOR UPDATE SKIP LOCKED",
            ([change.key for change in changes],),
        )
        free = {_hashable(key) for (key,) in rows.fetchall()}
    alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Change]] = defaultdict(list)
    for change in changes:
        if change.key in free:
            alike[tuple(change.new), tuple(change.read)].append(change)
    made = 0
    for (new, read), group in alike.items():
        setting = ", ".join(f"{_quoted(column)} = {placeholder()}" for column in new)
        unchanged = " AND ".join(
            f"{_quoted(column)} = {placeholder()}" for column in (table.key, *read)
        )
        made += execute_many(
            f"UPDATE {_quoted(table.name)} SET {setting} WHERE {unchanged}",  # noqa: S608
            [(*change.new.values(), change.key, *change.read.values()) for change in group],
        )
    return made


def _rows(table: Table, condition: str, parameters: Sequence[Any]) -> list[Stored]:
    names = [field.column_name for field in table.fields]
    columns = ", ".join(map(_quoted, (table.key, *names)))
    rows = database.execute_sql(
        f"SELECT {columns} FROM {_quoted(table.name)} WHERE {condition}",  # noqa: S608
        parameters,
    ).fetchall()
    return [
        Stored(
            _hashable(key),
            {
                name: None if value is None else bytes(value)
                for name, value in zip(names, values, strict=True)
            },
        )
        for key, *values in rows
    ]


def _hashable(key: Any) -> Any:
    return bytes(key) if isinstance(key, memoryview | bytearray) else key


def _quoted(name: str) -> str:
    return f'"{name}"'
