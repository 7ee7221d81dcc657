"""Keep the register of names: changes of registration systems, erasure, the shipped sample."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from miniprogram_api import audit, clock
from miniprogram_api.identity.refused_fields import RefusedFields
from miniprogram_api.names.folding import fold
from miniprogram_api.names.lists import Lists
from miniprogram_api.names.register import keys
from miniprogram_api.names.register.rows import COLUMNS, RowProblem, RowReader, city_of
from miniprogram_api.reasons import invalid_field
from miniprogram_api.retention import Kept
from models import names as stored_names
from models.names import Entry
from models.storage.database import lock, transaction

SAMPLE = Path(__file__).with_name("sample.csv")
MOST_CHANGES = 1_000
"""Of one call of a registration system."""
# Names that are deleted in one transaction.
_AT_ONCE = 1_000


@dataclass
class Merged:
    """Count what became of rows; ``older``: the register has a later day for the name."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    older: int = 0

    def add(self, other: "Merged") -> None:
        """Add the counts of other rows."""
        for name, value in asdict(other).items():
            setattr(self, name, getattr(self, name) + value)


def merge(entries: Mapping[int, Entry]) -> tuple[Merged, list[Entry]]:
    """Store names by digest, inside a transaction; return the counts and the names that are new.

    New names lack their keys.
    """
    lock("names")
    counts, new = Merged(), []
    stored = stored_names.stored(list(entries))
    for digest, entry in entries.items():
        if digest not in stored:
            new.append(entry)
            continue
        name_id, before = stored[digest]
        if entry == before:
            counts.unchanged += 1
        elif entry.since and before.since and entry.since < before.since:
            counts.older += 1
        else:
            _change(name_id, before, entry)
            counts.changed += 1
    stored_names.add(new)
    counts.added = len(new)
    return counts, new


def _change(name_id: int, before: Entry, entry: Entry) -> None:
    stored_names.change(name_id, entry)
    old, new = set(keys.rows(name_id, before)), set(keys.rows(name_id, entry))
    if old != new:
        stored_names.remove_keys(old - new)
        stored_names.add_keys(sorted(new - old))


def apply(
    lists: Lists, library_date: date, changes: Sequence[tuple[str, ...]], *, actor: str
) -> Merged:
    """Store the changes of a registration system, all or none; each is a row of COLUMNS.

    The same call again changes nothing. Raises Refused INVALID_INPUT with every wrong field.
    """
    read, refused = RowReader(lists), RefusedFields()
    entries: dict[int, Entry] = {}
    for number, cells in enumerate(changes):
        row = read(cells)
        if isinstance(row, RowProblem):
            refused.refuse(invalid_field(f"changes.{number}.{row.field}", row.code, row.message))
        else:
            keep_latest(entries, row)
    refused.raise_if_any()
    with transaction():
        before = begin()
        counts, new = merge(entries)
        added = stored_names.stored([entry.digest for entry in new]).values()
        stored_names.add_keys(
            [row for name_id, entry in added for row in keys.rows(name_id, entry)]
        )
        latest = max(library_date, before or library_date)
        stored_names.change_library(library_date=latest, changed_at=clock.now())
        audit.write(
            "registrar:names:changed",
            actor=actor,
            library_date=latest.isoformat(),
            **asdict(counts),
        )
    return counts


def keep_latest(entries: dict[int, Entry], entry: Entry) -> None:
    """Add a name to those of one call or batch; of two days of one name the later one stays."""
    before = entries.get(entry.digest)
    if before is None or (entry.since or "") >= (before.since or ""):
        entries[entry.digest] = entry


def begin() -> date | None:
    """Return the register's day, inside a transaction; the sample makes way for real names."""
    lock("names")
    state = stored_names.library()
    if state is not None and state.is_sample:
        stored_names.remove_everything()
        state = None
    if state is None:
        stored_names.change_library(keys_version=keys.VERSION, changed_at=clock.now())
        return None
    # SQLite gives the id of a deleted last name again.
    keyed = min(state.keyed_through, stored_names.last_id())
    stored_names.change_library(keyed_through=keyed)
    return state.library_date


def remove_old() -> None:
    """Delete names that have been free for some time."""
    cutoff = Kept.FREE_NAMES.cutoff().date()
    while True:
        with transaction():
            rows = stored_names.free_before(cutoff, _AT_ONCE)
            remove(rows)
        if len(rows) < _AT_ONCE:
            return


def remove(rows: Iterable[tuple[int, Entry]]) -> None:
    """Delete names with their keys, inside a transaction."""
    rows = list(rows)
    stored_names.remove(
        [name_id for name_id, _ in rows],
        [key for name_id, entry in rows for key in keys.rows(name_id, entry)],
    )


def erase(*, actor: str) -> None:
    """Empty the register."""
    with transaction():
        lock("names")
        stored_names.remove_everything()
        audit.write("command:names:erased", actor=actor)


def erase_name(name: str, district: str, *, actor: str) -> bool:
    """Delete one name in the city of a district; return whether it was there."""
    city = city_of(district)
    with transaction():
        lock("names")
        rows = stored_names.stored([keys.digest(city, fold(name))]).values()
        remove(rows)
        if rows:
            audit.write("command:names:erased", actor=actor, district=district)
    return bool(rows)


def load_sample(lists: Lists) -> bool:
    """Store the shipped sample where there is no register; return whether it was stored."""
    read = RowReader(lists)
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        rows = [tuple(row.get(column) or "" for column in COLUMNS) for row in csv.DictReader(file)]
    valid = (entry for entry in map(read, rows) if isinstance(entry, Entry))
    entries = {entry.digest: entry for entry in valid}
    with transaction():
        lock("names")
        if stored_names.library() is not None:
            return False
        stored_names.add(list(entries.values()))
        stored = stored_names.stored(list(entries))
        stored_names.add_keys([row for found in stored.values() for row in keys.rows(*found)])
        stored_names.change_library(
            library_date=clock.today(),
            is_sample=True,
            keys_version=keys.VERSION,
            changed_at=clock.now(),
        )
    return True
