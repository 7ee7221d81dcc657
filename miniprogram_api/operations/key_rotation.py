"""Rotate keys while the service runs: rewrite every value under an old key.

A row is changed only while it holds the values read; missed rows are handled in the next pass. A
rotation can be interrupted and repeated. A blind index is recomputed from its encrypted column,
after checking that both belong together.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from miniprogram_api import audit, clock
from models.storage import stored_values
from models.storage.database import expect_long_statements, transaction
from models.storage.deterministic import DeterministicField
from models.storage.fields import (
    CIPHERS,
    BlindIndexField,
    DecryptionFailed,
    EncryptedField,
    data_head,
    index_head,
    keys,
)
from models.storage.stored_values import Change, Stored, Table

BATCH = 500
# Each pass handles only rows that were changed or locked during the previous one.
MOST_PASSES = 20
PAUSE = 0.2
SAMPLES = 3

UNREADABLE = "cannot be decrypted"
MISMATCH = "does not belong to the value that it indexes"
NO_SOURCE = "has no value that it could be made from"
NOT_UNIQUE = "would be there twice: another row has the same value"

Field = EncryptedField | BlindIndexField


class PresentKeyWrong(Exception):
    """Report that a list's first key did not write the values under its id."""


@dataclass(frozen=True)
class Usage:
    """Count the values of one column under one key."""

    table: str
    column: str
    setting: str
    """DATA_KEYS or INDEX_KEYS."""
    key: str
    """Key id and, for encrypted values, the cipher."""
    current: bool
    known: bool
    """Whether the key is among the settings."""
    rows: int


@dataclass
class Outcome:
    """Count the results of a rotation, or of a dry run."""

    rows: int = 0
    """Rows rewritten."""
    removed: int = 0
    """Expired leases deleted."""
    problems: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """(table, column, problem) → values."""


def survey() -> list[Usage]:
    """Count stored values by table, column and key."""
    expect_long_statements()
    now_ms = clock.milliseconds(clock.now())
    versions = []
    for table in stored_values.tables():
        for column in (*table.fields, *table.leases):
            counts = stored_values.count_by_head(table, column, now_ms)
            versions += [
                _usage(table, column, head, rows) for head, rows in sorted(counts.items()) if rows
            ]
    return versions


def outdated(usages: list[Usage]) -> list[Usage]:
    """Return the usages of old keys or ciphers."""
    return [usage for usage in usages if not usage.current]


def rotate(
    progress: Callable[[int], None], *, dry_run: bool = False, actor: str = "command"
) -> Outcome:
    """Rewrite every value under an old key; ``progress`` gets the number of rows checked.

    ``dry_run`` writes nothing. Raises PresentKeyWrong without changes; DatabaseUnavailable, after
    which it can be repeated.
    """
    expect_long_statements()
    all_tables = stored_values.tables()
    for table in all_tables:
        _require_present_keys(table)
    outcome = Outcome()
    seen = 0
    for _ in range(1 if dry_run else MOST_PASSES):
        missed = 0
        # Permanent problems recur in every pass.
        outcome.problems.clear()
        for table in all_tables:
            for rows in _stale(table):
                missed += _rotate_rows(table, rows, outcome, dry_run=dry_run)
                seen += len(rows)
                progress(seen)
            if not dry_run:
                now_ms = clock.milliseconds(clock.now())
                for lease in table.leases:
                    outcome.removed += stored_values.remove_expired_leases(table, lease, now_ms)
        if not missed:
            break
        time.sleep(PAUSE)
    if not dry_run:
        _audit(outcome, actor)
    return outcome


def _stale(table: Table) -> Iterator[list[Stored]]:
    after = None
    while rows := stored_values.under_old_keys(table, after, BATCH) if table.fields else []:
        yield rows
        after = rows[-1].key


def _rotate_rows(table: Table, rows: list[Stored], outcome: Outcome, *, dry_run: bool) -> int:
    """Rewrite rows; return how many were changed or locked by others."""
    changes = [
        change for row in rows if (change := _change(table, row, outcome.problems)) is not None
    ]
    if dry_run:
        outcome.rows += len(changes)
        return 0
    made, impossible = stored_values.replace(table, changes)
    outcome.rows += made
    for change in impossible:
        for name in change.new:
            if isinstance(table.model._meta.columns[name], BlindIndexField | DeterministicField):
                outcome.problems[table.name, name, NOT_UNIQUE] += 1
    return len(changes) - made - len(impossible)


def _change(table: Table, row: Stored, problems: Counter[tuple[str, str, str]]) -> Change | None:
    """Return the new values of a row, or None without any."""
    ring = keys()
    new: dict[str, bytes] = {}
    read: dict[str, bytes] = {}
    for column in table.encrypted:
        stored = row.values[column.column_name]
        if stored is None or ring.is_current(stored):
            continue
        text = _decrypted(stored, column)
        if text is None:
            problems[table.name, column.column_name, UNREADABLE] += 1
            continue
        new[column.column_name] = column.sealed(text)
        read[column.column_name] = stored
    for index in table.indexes:
        stored = row.values[index.column_name]
        if stored is None or ring.is_current_digest(stored):
            continue
        made = _index(table, row, index, stored)
        if isinstance(made, str):
            problems[table.name, index.column_name, made] += 1
            continue
        source = _source(table, index).column_name
        new[index.column_name] = made
        read[index.column_name] = stored
        # Ties the new index to the value from which it was computed.
        read[source] = row.values[source] or b""
    return Change(row.key, new, read) if new else None


def _index(table: Table, row: Stored, index: BlindIndexField, stored: bytes) -> bytes | str:
    """Return the index under the present key, or the problem."""
    ring = keys()
    source = _source(table, index)
    sealed = row.values[source.column_name]
    if sealed is None:
        return NO_SOURCE
    text = _decrypted(sealed, source)
    if text is None:
        return UNREADABLE
    text = index.canonical(text)
    head = stored_values.head_of(index, stored)
    for key_id in ring.index:
        if head == index_head(key_id) and ring.digest_under(key_id, text, index.context) != stored:
            return MISMATCH
    # Without its old key, trust the value: the index could not be used any more.
    return ring.digest(text, index.context)


def _require_present_keys(table: Table) -> None:
    """Check samples under the present keys, to prevent writing with wrong ones."""
    for column in table.fields:
        matches = [
            _matches_key(table, row, column)
            for row in stored_values.under_present_key(table, column, SAMPLES)
        ]
        if False in matches and True not in matches:
            raise PresentKeyWrong(
                f"The first key of {_setting(column)} is not the one under whose id "
                f"{table.name}.{column.column_name} was written. Nothing was changed."
            )


def _matches_key(table: Table, row: Stored, column: Field) -> bool | None:
    """Return whether a value matches the key in its head; None if unknown."""
    stored = row.values[column.column_name] or b""
    if isinstance(column, EncryptedField):
        return _decrypted(stored, column) is not None
    source = _source(table, column)
    sealed = row.values[source.column_name]
    text = None if sealed is None else _decrypted(sealed, source)
    if text is None:
        return None
    return keys().digest(column.canonical(text), column.context) == stored


def _source(table: Table, index: BlindIndexField) -> EncryptedField:
    source = getattr(table.model, str(index.source))
    assert isinstance(source, EncryptedField)  # noqa: S101 - a test walks all models.
    return source


def _decrypted(stored: bytes, column: EncryptedField) -> str | None:
    try:
        return keys().decrypt(stored, column.context)
    except DecryptionFailed:
        return None


def _usage(table: Table, column: Field, head: bytes, rows: int) -> Usage:
    ring = keys()
    if isinstance(column, EncryptedField):
        names = {
            data_head(cipher, key_id): f"{key_id} ({cipher})"
            for cipher in CIPHERS
            for key_id in ring.data
        }
        key_id = head[2:]
    else:
        names = {index_head(key_id): key_id for key_id in ring.index}
        key_id = head[1:]
    return Usage(
        table.name,
        column.column_name,
        _setting(column),
        names.get(head) or ascii(key_id[:16].decode("ascii", "replace"))[1:-1],
        head == stored_values.present_head(column),
        head in names,
        rows,
    )


def _setting(column: Field) -> str:
    return "DATA_KEYS" if isinstance(column, EncryptedField) else "INDEX_KEYS"


def _audit(outcome: Outcome, actor: str) -> None:
    ring = keys()
    with transaction():
        audit.write(
            "command:keys:rotated",
            actor=actor,
            data_key=ring.data_key_id,
            index_key=ring.index_key_id,
            cipher=ring.cipher,
            rows=outcome.rows,
            removed=outcome.removed,
            problems=sum(outcome.problems.values()),
        )
