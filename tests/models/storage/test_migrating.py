"""Migrations wait for locks only briefly, and contractions are left until asked for."""

import threading
import time
from pathlib import Path

import psycopg
import pytest

from config import Settings
from models.storage import database as models

EXPANSION = """
def up(migrator, db):
    db.execute_sql("CREATE TABLE widget (id BIGINT, old BIGINT)")
"""
CONTRACTION = """
def up(migrator, db):
    db.execute_sql("ALTER TABLE widget DROP COLUMN old")
"""
LATER = """
def up(migrator, db):
    db.execute_sql("ALTER TABLE account ADD COLUMN widget BIGINT")
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path in models.MIGRATIONS.glob("[0-9]*.py"):
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "9001_widget.py").write_text(EXPANSION)
    (tmp_path / "9002_widget_contract.py").write_text(CONTRACTION)
    (tmp_path / "9003_later.py").write_text(LATER)
    monkeypatch.setattr(models, "MIGRATIONS", tmp_path)
    return tmp_path


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_contractions_wait_until_they_are_asked_for(tables: Settings, folder: Path) -> None:
    assert models.pending_migrations() == ["9001_widget", "9003_later"]
    seen: dict[str, float] = {}
    assert models.migrate(expand_only=True, on_applied=seen.__setitem__) == [*seen]
    assert [*seen] == ["9001_widget", "9003_later"]
    assert models.pending_migrations() == []
    assert models.pending_migrations(expand_only=False) == ["9002_widget_contract"]
    assert models.migrate() == ["9002_widget_contract"]
    assert models.pending_migrations(expand_only=False) == []


@pytest.mark.parametrize("tables", ["postgresql"], indirect=True)
def test_readers_do_not_wait_behind_a_migration(
    tables: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "LOCK_SECONDS", 1)
    with psycopg.connect(tables.database_url) as dump:
        # Holds the lock of every reader, as pg_dump does for hours.
        dump.execute("SELECT FROM account LIMIT 1")
        applied: list[str] = []
        migrating = threading.Thread(target=lambda: applied.extend(models.migrate()))
        migrating.start()
        waits = []
        with psycopg.connect(tables.database_url, autocommit=True) as reader:
            for _ in range(15):
                begun = time.monotonic()
                reader.execute("SELECT FROM account LIMIT 1")
                waits.append(time.monotonic() - begun)
                time.sleep(0.2)
        assert migrating.is_alive()
        assert max(waits) < 2
    migrating.join(30)
    assert applied == ["9001_widget", "9002_widget_contract", "9003_later"]


@pytest.mark.parametrize("tables", ["postgresql"], indirect=True)
def test_lock_that_stays_ends_the_migration(
    tables: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "LOCK_SECONDS", 1)
    monkeypatch.setattr(models, "LOCK_TRIES", 2)
    with psycopg.connect(tables.database_url) as dump:
        dump.execute("SELECT FROM account LIMIT 1")
        with pytest.raises(models.DatabaseUnavailable[0]):
            models.migrate()
    # What was applied stays; the rest is tried again.
    assert models.migrate() == ["9003_later"]
