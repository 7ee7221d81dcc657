"""New migrations are applied while people are served: no reader and no writer waits for long."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playhouse.migrations import Runner

from benchmarks import migration_waits
from benchmarks.migration_waits import Waits
from models.storage import database as store
from tests.support.service.postgres import PostgresServer

LAST_BEFORE = "0061_names"
"""The last migration that was made before this rule."""
ROWS = 5_000
LONGEST_WAIT = 2.0
NAMES = sorted(path.stem for path in store.MIGRATIONS.glob("[0-9]*.py"))
NEW = [name for name in NAMES if name > LAST_BEFORE]


def faults(waits: Waits) -> list[str]:
    """Return why people would wait for a migration of large tables."""
    found = [f"rewrites {table}" for table in waits.rewritten]
    found += [f"builds {index} in a transaction" for index in waits.built_at_once]
    if waits.longest_wait >= LONGEST_WAIT:
        found.append("waits")
    return found


@pytest.fixture(scope="module")
def before(postgres: PostgresServer) -> str:
    """Return a database as it was before the new migrations, with filled tables."""

    def make(address: str) -> None:
        store.connect(address)
        store.migrations().up(LAST_BEFORE)
        store.disconnect()
        filled = migration_waits.fill(address, ROWS)
        assert filled["account"] == filled["session"] == filled["matter_line"] == ROWS

    return postgres.template("before_online_migrations", make)


@pytest.fixture
def filled(before: str, postgres: PostgresServer) -> Iterator[str]:
    """Bind a copy of that database and return its address."""
    address = postgres.new_database(before)
    store.connect(address)
    yield address
    store.disconnect()
    postgres.drop(address)


def test_new_migrations_let_others_work(filled: str) -> None:
    assert NEW
    assert {name: faults(migration_waits.measure(filled, name)) for name in NEW} == {
        name: [] for name in NEW
    }
    assert store.pending_migrations() == []


PLANTED = {
    # Holds its lock while it works on.
    "ALTER TABLE account ADD COLUMN planted integer; SELECT pg_sleep(2.5)": ["waits"],
    "ALTER TABLE account ADD COLUMN planted text DEFAULT gen_random_uuid()::text": [
        "rewrites account"
    ],
    "CREATE INDEX planted ON session (created_at, openid)": ["builds planted in a transaction"],
}


@pytest.mark.parametrize("statements", PLANTED)
def test_planted_migration_that_locks_is_found(
    statements: str, filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = tmp_path / "9999_planted.py"
    calls = "".join(f"    db.execute_sql({one.strip()!r})\n" for one in statements.split(";"))
    planted.write_text(f"def up(migrator, db):\n{calls}")
    monkeypatch.setattr(store, "MIGRATIONS", tmp_path)
    assert faults(migration_waits.measure(filled, planted.stem)) == PLANTED[statements]


def test_migration_waits_its_turn_behind_a_long_transaction(
    filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(store.MIGRATIONS / "0064_request_ids.py", tmp_path)
    monkeypatch.setattr(store, "MIGRATIONS", tmp_path)
    runner = store.migrations
    asked: list[int] = []

    def counted() -> Runner:
        asked.append(1)
        if len(asked) == 4:
            # Before the third try; `measure` asks first.
            reader.rollback()
        return runner()

    monkeypatch.setattr(store, "migrations", counted)
    with psycopg.connect(filled) as reader:
        reader.execute("SELECT FROM outbox_job LIMIT 1")
        waits = migration_waits.measure(filled, "0064_request_ids")
    assert len(asked) == 4
    assert waits.seconds > 4 * store.LOCK_SECONDS
    # Others wait behind one try at most, not for the end of the transaction.
    assert 0 < waits.longest_wait < LONGEST_WAIT
