"""The register of names at full size: ``python -m benchmarks.names [--names N]``.

Names are drawn like real ones: the thousand commonest words (字号) make up a fifth of them, 39 %
are in one city, trades are as unequal as in a big city. Import and checks run on SQLite and
PostgreSQL; everything is deleted afterwards.
"""

import argparse
import csv
import random
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path

from faq.content import seed
from faq.release import published_names
from miniprogram_api import characters
from miniprogram_api.names import divisions, library
from miniprogram_api.names.lists import Lists
from miniprogram_api.names.parts import Parts, cut
from miniprogram_api.names.register.importing import BATCH, Line, NameImport
from miniprogram_api.names.register.rows import COLUMNS
from models.desks import ledger_keys
from models.storage import database
from tests.support.service.postgres import PostgresServer

NAMES = 5_000_000
CHECKS = 2_000
TODAY = date(2026, 12, 1)
BIG_CITY, OF_BIG_CITY, OF_COMMON_WORDS, COMMON_WORDS = "330100", 0.39, 0.2, 1_000
LENGTHS, OF_LENGTHS = (2, 3, 4, 5), (0.56, 0.22, 0.2, 0.02)
FORMS, OF_FORMS = (
    ("有限公司", "有限责任公司", "店", "部", "股份有限公司"),
    (0.6, 0.05, 0.2, 0.14, 0.01),
)
STATUSES = ("registered", "deregistered", "reserved", "suspended")
OF_STATUSES = (0.9, 0.06, 0.01, 0.03)


class Names:
    """Draw names; the same seed gives the same ones."""

    def __init__(self, lists: Lists, seed_number: int) -> None:
        """Take the lists whose trade words are used."""
        self._random = random.Random(seed_number)
        fixed = random.Random(7)
        letters = sorted(characters.standard())[:6_000]
        fixed.shuffle(letters)
        self._letters = letters
        self._letter_weights = _falling(len(letters))
        self._common = ["".join(fixed.choices(letters[:600], k=2)) for _ in range(COMMON_WORDS)]
        self._common_weights = _falling(COMMON_WORDS)
        trades = sorted({word for row in lists.trades if row.code for word in row.words})
        fixed.shuffle(trades)
        self._trades, self._trade_weights = trades, _falling(len(trades))
        cities = [d for d in divisions.by_code().values() if d.level == 3 and d.code[:2] == "33"]
        self._big = [d for d in cities if d.city.code == BIG_CITY]
        self._others = [d for d in cities if d.city.code != BIG_CITY]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Yield name and district without end."""
        draw = self._random
        while True:
            seats = self._big if draw.random() < OF_BIG_CITY else self._others
            seat = seats[int(draw.random() * len(seats))]
            trade = draw.choices(self._trades, cum_weights=self._trade_weights)[0]
            form = draw.choices(FORMS, OF_FORMS)[0]
            yield f"{seat.city.short}{self._word()}{trade}{form}", seat.code

    def _word(self) -> str:
        draw = self._random
        if draw.random() < OF_COMMON_WORDS:
            return str(draw.choices(self._common, cum_weights=self._common_weights)[0])
        length = draw.choices(LENGTHS, OF_LENGTHS)[0]
        return "".join(draw.choices(self._letters, cum_weights=self._letter_weights, k=length))


def _falling(count: int) -> list[float]:
    """Return cumulative weights of which each is smaller than the one before, as words have."""
    total, weights = 0.0, []
    for rank in range(1, count + 1):
        total += 1 / (rank + 20)
        weights.append(total)
    return weights


def write(file: Path, lists: Lists, names: int) -> None:
    """Write a register of this many rows as CSV."""
    draw = random.Random(3)
    with file.open("w", encoding="utf-8", newline="") as text:
        rows = csv.writer(text)
        rows.writerow(COLUMNS)
        for name, district in islice(Names(lists, 1), names):
            status = draw.choices(STATUSES, OF_STATUSES)[0]
            since = date(2026, draw.randrange(1, 12), draw.randrange(1, 28))
            rows.writerow((name, district, status, since.isoformat(), "", ""))


def read(file: Path) -> Iterator[list[Line]]:
    """Yield the batches of a file."""
    with file.open(encoding="utf-8", newline="") as text:
        rows = csv.reader(text)
        next(rows)
        lines = (Line(number, tuple(cells)) for number, cells in enumerate(rows, start=2))
        while batch := list(islice(lines, BATCH)):
            yield batch


def measure(title: str, file: Path, lists: Lists, size: Callable[[], int]) -> None:
    """Import the file and run checks on the present database; print the figures."""
    began, cpu = time.perf_counter(), time.process_time()
    importing = NameImport(lists)
    for _refused in importing.run(read(file)):
        pass
    stored, stored_cpu = time.perf_counter(), time.process_time()
    importing.finish(TODAY, actor="benchmark")
    ended, ended_cpu = time.perf_counter(), time.process_time()
    rows = importing.rows
    print(
        f"{title}: {rows:,} rows in {ended - began:,.0f} s, {rows / (ended - began):,.0f} rows/s "
        f"(names {stored - began:,.0f} s, keys {ended - stored:,.0f} s; CPU of this process "
        f"{stored_cpu - cpu:,.0f} + {ended_cpu - stored_cpu:,.0f} s); "
        f"{importing.counts.added:,} names, {size() / 1e9:.2f} GB; memory "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB at most",
        flush=True,
    )
    scope = library.scope_of(divisions.by_code()["330106"])
    candidates = [cut(name, lists, "330106").parts for name, _ in islice(Names(lists, 2), CHECKS)]
    times, cpu_times, found = [], [], 0
    for parts in candidates:
        times_before = time.perf_counter(), time.thread_time()
        found += bool(_compare(parts, lists, scope))
        times.append(time.perf_counter() - times_before[0])
        cpu_times.append(time.thread_time() - times_before[1])
    print(
        f"  checks, ms: {_percentiles(times)}; CPU of this thread {_percentiles(cpu_times)}; "
        f"{found / CHECKS:.0%} with findings",
        flush=True,
    )


def _compare(parts: Parts, lists: Lists, scope: library.Scope) -> object:
    return library.compare(parts, lists=lists, scope=scope, investors=(), today=TODAY)


def _percentiles(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    return (
        ", ".join(
            f"p{share} {ordered[int(len(ordered) * share / 100)] * 1000:.1f}"
            for share in (50, 95, 99)
        )
        + f", most {ordered[-1] * 1000:.1f}"
    )


def main() -> None:
    """Measure on both databases."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.names", description=__doc__)
    parser.add_argument("--names", type=int, default=NAMES)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    arguments = parser.parse_args()
    lists = published_names.lists_of(seed.load(), "benchmark")
    # The end of an import is a line of the audit log, which is chained.
    ledger_keys.use({"benchmark": bytes(32)})
    folder = Path(tempfile.mkdtemp(prefix="names-"))
    try:
        file = folder / "names.csv"
        write(file, lists, arguments.names)
        if arguments.only != "postgresql":
            path = folder / "names.sqlite3"
            database.connect(f"sqlite:///{path}")
            database.migrate()
            measure("SQLite", file, lists, lambda: path.stat().st_size)
            database.disconnect()
            path.unlink()
        if arguments.only != "sqlite":
            _on_postgresql(file, lists)
    finally:
        shutil.rmtree(folder)


def _on_postgresql(file: Path, lists: Lists) -> None:
    server = PostgresServer()
    try:
        database.connect(server.new_database())
        database.migrate()
        measure("PostgreSQL", file, lists, _size_on_postgresql)
        database.disconnect()
    finally:
        server.stop()


def _size_on_postgresql() -> int:
    query = "SELECT pg_database_size(current_database())"
    return int(database.database.execute_sql(query).fetchone()[0])


if __name__ == "__main__":
    main()
