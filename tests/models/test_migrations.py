"""Migrations agree with the models and are reversible."""

import re
from typing import Any

import pytest

from config import Settings
from models.accounts.sessions import Session
from models.desks.tickets import Ticket
from models.names import NameKey
from models.storage import database as models
from models.storage.database import database
from models.storage.inventory import all_tables

NAMES = [table._meta.table_name for table in all_tables()]


def form() -> dict[str, Any]:
    """Return columns, indexes and foreign keys of all tables."""
    return {
        name: (
            {(c.name, c.data_type, c.null, c.primary_key) for c in database.get_columns(name)},
            {(i.name, *i.columns, i.unique) for i in database.get_indexes(name)},
            {(k.column, k.dest_table, k.on_delete) for k in database.get_foreign_keys(name)},
        )
        for name in NAMES
        if database.table_exists(name)
    }


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_models_and_migrations_agree(tables: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    migrated = form()
    assert list(migrated) == NAMES
    assert {name for name in database.get_tables() if name not in NAMES} == {"schema_migration"}

    database.drop_tables(all_tables())
    # PostgreSQL does not know it.
    for table in (Session, NameKey):
        monkeypatch.setattr(table._meta, "without_rowid", models.is_sqlite())
    database.create_tables(all_tables())
    assert form() == migrated


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_every_migration_is_reversible(tables: Settings) -> None:
    before = form()
    runner = models.migrations()
    applied = [migration.name for migration in runner.status()]
    reverted = [name for _ in applied for name in runner.down()]
    assert reverted == applied[::-1]
    assert form() == {}

    assert models.migrate() == applied
    assert form() == before


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_tickets_of_before_get_different_numbers(tables: Settings) -> None:
    for number in range(3):
        Ticket.insert(
            number=f"before{number}",
            kind="other",
            source="user",
            matter="",
            description="",
            facts="{}",
            created_at=0,
            due_at=0,
        ).execute()
    runner = models.migrations()
    while "0003_tickets" in {m.name for m in runner.status() if m.applied}:
        runner.down()
    assert models.migrate()
    numbers = [row.number for row in Ticket.select()]
    assert len(set(numbers)) == 3
    assert all(re.fullmatch("[2-9A-HJKMNP-Z]{10}", number) for number in numbers)
