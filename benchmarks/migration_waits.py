"""``python -m benchmarks migrations [--rows N]``: how long others wait for each migration.

On PostgreSQL, table by table filled before each migration; beside it a reader and a writer go
through all tables, and the longest wait for a lock is taken from the server.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg

from models.storage import database as store
from tests.support.service.postgres import PostgresServer
from tests.support.service.tables import settings_for

ROWS = 20_000
SAMPLE_SECONDS = 0.02
HISTORY = "schema_migration"

# Type → a value made from the row's number i.
_VALUES = {
    "bigint": "i",
    "integer": "i",
    "smallint": "(i % 32000)::smallint",
    "boolean": "i % 2 = 0",
    "double precision": "i / 1e6",
    "real": "i / 1e6",
    "numeric": "i",
    "bytea": "decode(md5(i::text), 'hex')",
    # Most are JSON.
    "text": "'{}'",
    "timestamp without time zone": "now()::timestamp",
}
_COLUMNS = """
    SELECT table_name, column_name, data_type, character_maximum_length
    FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1, ordinal_position
"""
_WAITING = """
    SELECT query, extract(epoch FROM clock_timestamp() - query_start) FROM pg_stat_activity
    WHERE pid = ANY(%s) AND wait_event_type = 'Lock'
"""
_FILES = "SELECT relname, relfilenode FROM pg_class WHERE relkind = 'r' AND relname = ANY(%s)"
_INDEXES = "SELECT tablename, indexname FROM pg_indexes WHERE schemaname = 'public'"


@dataclass(frozen=True)
class Waits:
    """What a migration did to others; times in seconds."""

    migration: str
    seconds: float
    longest_wait: float
    waiting: str
    """The statement that waited longest."""
    rewritten: tuple[str, ...]
    """Existing tables that were rewritten, for which all wait as long as they are large."""
    built_at_once: tuple[str, ...]
    """Indexes of existing tables for which writers wait as long as the tables are large."""


def fill(address: str, rows: int) -> dict[str, int]:
    """Fill the empty tables with so many rows; return table → its rows.

    Foreign keys and triggers are not checked; a table whose constraints refuse them stays empty.
    """
    filled: dict[str, int] = {}
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for table, columns in _columns(connection).items():
            if not connection.execute(f'SELECT FROM "{table}" LIMIT 1').fetchone():
                names = ", ".join(f'"{name}"' for name in columns)
                values = ", ".join(columns.values())
                with suppress(psycopg.errors.IntegrityError, psycopg.errors.DataError):
                    connection.execute(
                        f'INSERT INTO "{table}" ({names}) '
                        f"SELECT {values} FROM generate_series(1, {rows}) AS i"
                    )
            [count] = connection.execute(f'SELECT count(*) FROM "{table}"').fetchone() or (0,)
            filled[table] = count
    return filled


def measure(address: str, name: str) -> Waits:
    """Apply one migration on the bound database beside a reader and a writer; return the waits."""
    with psycopg.connect(address, autocommit=True) as connection:
        tables = [*_columns(connection)]
        files: dict[str, int] = dict(connection.execute(_FILES, (tables,)).fetchall())
        indexes = {index for _, index in connection.execute(_INDEXES).fetchall()}
        [migration] = [each for each in store.migrations().migrations() if each.name == name]
        is_atomic = getattr(migration.load(), "atomic", True)
        with _others(address, tables) as longest:
            began = time.monotonic()
            store.apply(name)
            seconds = time.monotonic() - began
        after: dict[str, int] = dict(connection.execute(_FILES, (tables,)).fetchall())
        built = [
            index
            for table, index in connection.execute(_INDEXES).fetchall()
            if is_atomic and table in files and index not in indexes
        ]
    rewritten = [table for table, file in after.items() if file != files[table]]
    wait, query = max(longest, default=(0.0, ""))
    return Waits(name, seconds, wait, query, tuple(sorted(rewritten)), tuple(sorted(built)))


def _columns(connection: psycopg.Connection[Any]) -> dict[str, dict[str, str]]:
    """Return table → column → an expression of the row's number ``i``."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind, length in connection.execute(_COLUMNS).fetchall():
        value = _VALUES.get(kind) or f"left(md5('{column}' || i::text), {length or 32})"
        if table != HISTORY:
            found.setdefault(table, {})[column] = value
    return found


@contextmanager
def _others(address: str, tables: list[str]) -> Iterator[list[tuple[float, str]]]:
    """Read and write all tables in turn; yields the waits for locks as the server saw them."""
    is_over, waits, pids = Event(), list[tuple[float, str]](), list[int]()

    def go_through(statement: str) -> None:
        with psycopg.connect(address, autocommit=True) as connection:
            pids.append(connection.info.backend_pid)
            while not is_over.is_set():
                for table in tables:
                    with suppress(psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
                        connection.execute(statement.format(table))
                time.sleep(0.005)

    def watch() -> None:
        with psycopg.connect(address, autocommit=True) as connection:
            while not is_over.is_set():
                for query, seconds in connection.execute(_WAITING, (pids,)).fetchall():
                    waits.append((float(seconds), str(query)))
                time.sleep(SAMPLE_SECONDS)

    # Both take the lock of the table, and touch no row.
    statements = ('SELECT FROM "{}" LIMIT 1', 'DELETE FROM "{}" WHERE false')
    threads = [Thread(target=go_through, args=(statement,)) for statement in statements]
    threads.append(Thread(target=watch))
    for thread in threads:
        thread.start()
    while len(pids) < len(statements):
        time.sleep(SAMPLE_SECONDS)
    try:
        yield waits
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def main() -> None:
    """Apply all migrations one by one and print a table of their waits."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks migrations", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of each table")
    rows: int = parser.parse_args().rows
    print(f"{rows:,} rows a table, PostgreSQL\n")
    print("| migration | seconds | longest wait, s | rewritten | indexes built at once |")
    print("| --- | --- | --- | --- | --- |")
    with PostgresServer() as server, tempfile.TemporaryDirectory() as folder:
        address = server.new_database()
        settings_for(Path(folder), database_url=address)
        store.connect(address)
        for migration in store.migrations().migrations():
            note = ""
            fill(address, rows)
            try:
                waits = measure(address, migration.name)
            except Exception:
                # It reads what made-up rows do not hold.
                _empty(address)
                waits, note = measure(address, migration.name), " (tables empty)"
            print(
                f"| {waits.migration}{note} | {waits.seconds:.2f} | {waits.longest_wait:.2f} | "
                f"{', '.join(waits.rewritten)} | {', '.join(waits.built_at_once)} |",
                flush=True,
            )
        store.disconnect()


def _empty(address: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for table in _columns(connection):
            connection.execute(f'TRUNCATE "{table}" CASCADE')


if __name__ == "__main__":
    main()
