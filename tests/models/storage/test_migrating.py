"""Contractions are left until they are asked for."""

from pathlib import Path

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
    db.execute_sql("ALTER TABLE widget ADD COLUMN later BIGINT")
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for path in models.MIGRATIONS.glob("[0-9]*.py"):
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "9001_widget.py").write_text(EXPANSION)
    (tmp_path / "9002_widget_contract.py").write_text(CONTRACTION)
    monkeypatch.setattr(models, "MIGRATIONS", tmp_path)
    return tmp_path


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_contractions_wait_until_they_are_asked_for(tables: Settings, folder: Path) -> None:
    assert models.pending_migrations() == ["9001_widget"]
    seen: dict[str, float] = {}
    assert models.migrate(expand_only=True, on_applied=seen.__setitem__) == ["9001_widget"]
    assert seen["9001_widget"] >= 0
    assert models.pending_migrations() == []
    assert models.pending_migrations(contracts=True) == ["9002_widget_contract"]
    # The next release expands only what was contracted.
    (folder / "9003_later.py").write_text(LATER)
    with pytest.raises(models.CannotMigrate, match="9002_widget_contract comes first"):
        models.migrate(expand_only=True)
    assert models.pending_migrations() == ["9003_later"]
    assert models.migrate() == ["9002_widget_contract", "9003_later"]
    assert models.pending_migrations(contracts=True) == []
