"""A database that version 0.4 made becomes today's, with everything readable.

``data/from_0_4.sql`` is the dump of an SQLite database that the code of 0.4.0 made and filled: two
people, a session, a ticket, a chat, three lines of the ledger. Its keys are those of `bound`.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config import Settings
from miniprogram_api.accounts import accounts
from miniprogram_api.ledger import integrity
from miniprogram_api.operations import maintenance
from models.accounts.accounts import Account
from models.accounts.sessions import Session
from models.chat import ChatMessage, ChatReply
from models.desks import ledger_keys
from models.desks.ledger import LedgerDetail
from models.desks.tickets import Ticket
from models.storage import database as models
from models.storage import fields
from models.storage.database import database
from models.storage.inventory import all_tables
from models.subscriptions import Subscription
from tests.models.test_migrations import form
from tests.support.people.persons import person
from tests.support.service.postgres import PostgresServer
from tests.support.service.tables import settings_for

DUMP = Path(__file__).parent / "data" / "from_0_4.sql"
LAST = "0009_catalogue_overrides"


def dumped() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.executescript(DUMP.read_text(encoding="utf-8"))
    return connection


def schema(connection: sqlite3.Connection) -> set[str]:
    rows = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {sql for (sql,) in rows}


@pytest.fixture(params=["sqlite", "postgresql"])
def of_0_4(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Bind the database of 0.4, not migrated yet."""
    if request.param == "sqlite":
        path = tmp_path / "old.sqlite3"
        with sqlite3.connect(path) as file, dumped() as source:
            source.backup(file)
        file.close()
        source.close()
        with bound(settings_for(tmp_path, database_url=f"sqlite:///{path}")) as settings:
            yield settings
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    address = server.new_database()
    with bound(settings_for(tmp_path, database_url=address)) as settings:
        models.migrations().up(LAST)
        insert_rows()
        yield settings
    server.drop(address)


@contextmanager
def bound(settings: Settings) -> Iterator[Settings]:
    """Bind the tables, with the keys of the dump."""
    maintenance.connect(settings)
    fields.use_keys(fields.KeyRing({"d1": bytes(range(32))}, {"i1": bytes(range(32, 64))}))
    ledger_keys.use({"l1": bytes(range(64, 96))})
    try:
        yield settings
    finally:
        maintenance.disconnect()


def insert_rows() -> None:
    """Insert the rows of the dump into the tables of PostgreSQL."""
    source = dumped()
    # What a migration inserts by itself.
    database.execute_sql("DELETE FROM number_range")
    for (table,) in source.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
        if table in ("schema_migration", "sqlite_sequence"):
            continue
        kinds = {column.name: column.data_type for column in database.get_columns(table)}
        cursor = source.execute(f"SELECT * FROM {table}")
        names = [column[0] for column in cursor.description]
        for row in cursor:
            values = [
                bool(value) if kinds[name] == "boolean" and value is not None else value
                for name, value in zip(names, row, strict=True)
            ]
            columns = ", ".join(f'"{name}"' for name in names)
            places = ", ".join(["%s"] * len(names))
            database.execute_sql(f'INSERT INTO "{table}" ({columns}) VALUES ({places})', values)
    source.close()


def test_database_of_0_4_becomes_todays(of_0_4: Settings) -> None:
    applied = models.migrate()
    assert applied[0] > LAST
    assert len(applied) > 15
    one, two = person(number=990), person(number=991)

    first, second = Account.select().order_by(Account.id)
    assert (first.username, first.name, first.id_number) == (
        "Wang_Xiaoming", one.name, one.id_number,
    )  # fmt: skip
    assert (second.username, second.id_number, second.phone) == (None, two.id_number, two.phone)
    assert [account.id for account in accounts.find_by_login("WANG_xiaoming")] == [first.id]
    assert accounts.bound_to("o-zhang") == first.id
    assert [row.openid for row in Session.select()] == ["o-zhang"]
    [ticket] = Ticket.select()
    assert (ticket.openid, ticket.conversation_id) == ("o-zhang", "o-zhang")
    assert (ticket.name, ticket.description) == (one.name, "验证码一直收不到")
    assert [row.openid for row in Subscription.select()] == ["o-zhang"]
    assert [(row.openid, row.content) for row in ChatMessage.select()] == [("o-zhang", "你好")]
    assert [row.content for row in ChatReply.select()] == ["您好"]
    details = [row.id_number for row in LedgerDetail.select().order_by(LedgerDetail.number)]
    assert details == [one.id_number, two.id_number, one.id_number]
    assert integrity.verify(of_0_4).faults == ()

    migrated = form()
    database.drop_tables(all_tables())
    database.execute_sql("DELETE FROM schema_migration")
    if not models.is_sqlite():
        database.execute_sql("DROP FUNCTION ledger_is_only_added_to")
    models.migrate()
    assert form() == migrated


def test_first_migrations_make_what_0_4_made(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite3"
    with bound(settings_for(tmp_path, database_url=f"sqlite:///{path}")):
        models.migrations().up(LAST)
    new, old = sqlite3.connect(path), dumped()
    assert len(schema(old)) > 100
    assert schema(new) == schema(old)
    new.close()
    old.close()
