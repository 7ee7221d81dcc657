"""New migrations run on filled tables while others read them: no read waits for two seconds."""

import threading
import time
from pathlib import Path

import psycopg
import pytest

from config import Settings
from models.storage import database as models
from models.storage.database import database

# The last migration of the released versions; later ones must be online.
BEFORE = "0061_names"
ROWS = 200_000
LONGEST_WAIT = 2.0
PLANTED = """
def up(migrator, db):
    db.execute_sql("LOCK TABLE account IN ACCESS EXCLUSIVE MODE")
    db.execute_sql("SELECT pg_sleep(3)")
"""
# A value of each type for the row ``n``.
VALUES = {
    "bigint": "n",
    "integer": "n % 2000000000",
    "smallint": "n % 30000",
    "boolean": "false",
    "character varying": "right(n::text, {length})",
    "text": "n::text",
    "bytea": "decode(lpad(to_hex(n), 64, '0'), 'hex')",
    "date": "current_date",
    "double precision": "n",
    "real": "n",
    "numeric": "n",
    "timestamp without time zone": "now()",
    "jsonb": "'{}'",
}


def fill(connection: psycopg.Connection, table: str) -> None:
    """Insert ROWS rows without foreign keys and triggers."""
    columns = connection.execute(
        "SELECT column_name, data_type, COALESCE(character_maximum_length, 100)"
        " FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s",
        (table,),
    ).fetchall()
    names = ", ".join(f'"{name}"' for name, _, _ in columns)
    values = ", ".join(VALUES[kind].format(length=length) for _, kind, length in columns)
    # Above what is there.
    numbers = f"generate_series(1000000000, {1_000_000_000 + ROWS - 1}) AS n"
    connection.execute("SET session_replication_role = replica")
    connection.execute(f'INSERT INTO "{table}" ({names}) SELECT {values} FROM {numbers}')
    connection.execute("SET session_replication_role = origin")


def named(paths: list[Path], tables: list[str]) -> list[str]:
    """Return the tables whose names stand in the migrations."""
    text = "".join(path.read_text() for path in paths)
    return [name for name in tables if f'"{name}"' in text or f" {name} " in text]


def longest_wait(address: str, tables: list[str]) -> float:
    """Migrate while a reader asks every table again and again; return its longest wait (s)."""
    ended = threading.Event()
    waits = [0.0]

    def read() -> None:
        with psycopg.connect(address, autocommit=True) as reader:
            while not ended.is_set():
                for table in tables:
                    begun = time.monotonic()
                    reader.execute(f'SELECT FROM "{table}" LIMIT 1')
                    waits.append(time.monotonic() - begun)
                time.sleep(0.01)

    reading = threading.Thread(target=read)
    reading.start()
    try:
        models.migrate()
    finally:
        ended.set()
        reading.join()
    return max(waits)


@pytest.fixture
def before(tables: Settings) -> list[Path]:
    """Take the new migrations back; return their files."""
    runner = models.migrations()
    new = [m for m in runner.status() if m.name > BEFORE]
    if new:
        runner.down(new[0].name)
    return [Path(m.path) for m in new]


@pytest.mark.parametrize("tables", ["postgresql"], indirect=True)
def test_new_migrations_let_readers_through(tables: Settings, before: list[Path]) -> None:
    there = database.get_tables()
    touched = named(before, there)
    with psycopg.connect(tables.database_url, autocommit=True) as connection:
        for table in touched:
            fill(connection, table)
    assert longest_wait(tables.database_url, touched or ["account"]) < LONGEST_WAIT


@pytest.mark.parametrize("tables", ["postgresql"], indirect=True)
def test_planted_lock_is_found(
    tables: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in models.MIGRATIONS.glob("[0-9]*.py"):
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "9001_planted.py").write_text(PLANTED)
    monkeypatch.setattr(models, "MIGRATIONS", tmp_path)
    with psycopg.connect(tables.database_url, autocommit=True) as connection:
        fill(connection, "account")
        assert connection.execute("SELECT count(*) FROM account").fetchone() == (ROWS,)
    assert longest_wait(tables.database_url, ["account"]) > LONGEST_WAIT
