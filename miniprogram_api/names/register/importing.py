"""Import a file of the register of names, of millions of rows.

Names are stored in batches, each in its own transaction; their keys follow in the order of the
index, because keys in the order of the file would touch most of its pages with every batch. An
import that was interrupted is run again: what is stored already is read, not written.
"""

import tempfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import date
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from miniprogram_api import audit, clock
from miniprogram_api.names.lists import Lists
from miniprogram_api.names.register import changes, keys
from miniprogram_api.names.register.changes import Merged
from miniprogram_api.names.register.rows import RowProblem, RowReader
from models import names as stored_names
from models.names import Entry, Key
from models.storage.database import transaction

BATCH = 5_000
# Files that keys are sorted in; each takes a few megabytes for millions of names.
_BUCKETS = 64
_BUCKET_BITS = 6
# Names that are read at once for their keys, and keys that are written by one statement.
_NAMES_AT_ONCE, _KEYS_AT_ONCE = 20_000, 50_000
_KEY = np.dtype([("key", "<i8"), ("trade", "<i2"), ("name", "<i8")])


class Line(NamedTuple):
    """A row of the file: its number and its cells, those of COLUMNS."""

    number: int
    cells: tuple[str, ...]


class Refusal(NamedTuple):
    """A row that was not stored."""

    number: int
    problem: RowProblem


class NameImport:
    """Import one file; ``counts`` and ``refused`` are the results so far."""

    def __init__(self, lists: Lists, *, replace: bool = False) -> None:
        """Prepare; with ``replace`` names that the file lacks are deleted at its end."""
        self._read = RowReader(lists)
        self._replace = replace
        self._digests = array("q")
        self._known_before = 0
        self.counts = Merged()
        self.rows = 0
        self.refused = 0
        self.removed = 0

    def run(self, batches: Iterable[Sequence[Line]]) -> Iterator[list[Refusal]]:
        """Store each batch; yield its refused rows. Raises DatabaseUnavailable."""
        remaining = iter(batches)
        # Before the sample makes way: the file may be none.
        first = list(islice(remaining, 1))
        with transaction():
            changes.begin()
            self._known_before = stored_names.last_id()
        for batch in chain(first, remaining):
            entries: dict[int, Entry] = {}
            refusals = []
            for line in batch:
                read = self._read(line.cells)
                if isinstance(read, RowProblem):
                    refusals.append(Refusal(line.number, read))
                else:
                    changes.keep_latest(entries, read)
            if self._replace:
                self._digests.extend(entries)
            with transaction():
                counts, _ = changes.merge(entries)
            self.counts.add(counts)
            self.rows += len(batch)
            self.refused += len(refusals)
            yield refusals

    def finish(self, library_date: date, *, actor: str) -> None:
        """Make the keys, delete what the file lacks, and date the register."""
        last = make_keys()
        if self._replace:
            self.removed = self._remove_absent()
        with transaction():
            stored_names.change_library(
                library_date=library_date, keyed_through=last, changed_at=clock.now()
            )
            audit.write(
                "command:names:imported",
                actor=actor,
                library_date=library_date.isoformat(),
                rows=self.rows,
                refused=self.refused,
                removed=self.removed,
                **asdict(self.counts),
            )

    def _remove_absent(self) -> int:
        """Delete the names from before the import that the file lacks; return their number."""
        present = np.sort(np.array(self._digests, dtype=np.int64))
        removed = last = 0
        while rows := stored_names.after(last, _NAMES_AT_ONCE):
            last = rows[-1][0]
            digests = np.array([entry.digest for _, entry in rows], dtype=np.int64)
            places = np.searchsorted(present, digests)
            is_present = places < len(present)
            is_present[is_present] = present[places[is_present]] == digests[is_present]
            absent = [
                row
                for row, kept in zip(rows, is_present, strict=True)
                if not kept and row[0] <= self._known_before
            ]
            with transaction():
                changes.remove(absent)
            removed += len(absent)
            if last > self._known_before:
                break
        return removed


def make_keys() -> int:
    """Make the keys of the names that lack them; return the id of the last one."""
    state = stored_names.library()
    start = 0 if state is None else state.keyed_through
    if state is not None and state.keys_version != keys.VERSION:
        with transaction():
            stored_names.remove_all_keys()
            stored_names.change_library(keys_version=keys.VERSION, keyed_through=0)
        start = 0
    with tempfile.TemporaryDirectory(prefix="names-") as folder:
        files = [Path(folder, str(number)) for number in range(_BUCKETS)]
        last = _write_buckets(start, files)
        for file in files:
            if file.exists():
                _store(file)
    return last


def _write_buckets(start: int, files: Sequence[Path]) -> int:
    """Append the keys of all names after an id to the file of their range."""
    keys_of = lru_cache(200_000)(keys.of_stored)
    last = start
    while rows := stored_names.after(last, _NAMES_AT_ONCE):
        last = rows[-1][0]
        found = [
            (key, keys.trade_number(entry.industry_class), name_id)
            for name_id, entry in rows
            for key in keys_of(entry.city, entry.word)
        ]
        content = np.array(found, dtype=_KEY)
        buckets = (content["key"] >> (64 - _BUCKET_BITS)) + _BUCKETS // 2
        for number in np.unique(buckets):
            with files[number].open("ab") as file:
                content[buckets == number].tofile(file)
    return last


def _store(file: Path) -> None:
    content: NDArray[np.void] = np.fromfile(file, dtype=_KEY)
    content.sort(order=("key", "trade", "name"))
    with transaction():
        for start in range(0, len(content), _KEYS_AT_ONCE):
            stored_names.add_keys(
                [Key(*row) for row in content[start : start + _KEYS_AT_ONCE].tolist()]
            )
