"""Migrations lead back as well as forth, on both databases."""

import pytest
from playhouse.migrations import Runner

from config import Settings
from models import database as models
from models.database import MIGRATIONS, database

INDEXES = {
    True: "SELECT name FROM sqlite_master WHERE type = 'index' AND name NOT LIKE 'sqlite_%'",
    False: "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'",
}


def form() -> tuple[set[str], set[str]]:
    """The tables and the indexes of the database."""
    rows = database.execute_sql(INDEXES[models.is_sqlite()]).fetchall()
    return set(database.get_tables()), {name for (name,) in rows}


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_every_migration_goes_down_and_up_again(tables: Settings) -> None:
    before = form()
    runner = Runner(database.obj, str(MIGRATIONS))
    applied = [migration.name for migration in runner.status()]
    reverted = [name for _ in applied for name in runner.down()]
    assert reverted == applied[::-1]
    assert len(form()[0]) < len(before[0]) / 4

    assert models.migrate() == applied
    assert form() == before
