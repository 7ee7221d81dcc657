"""Lines from before the keyed hashes."""

import hashlib

import pytest
from peewee import DatabaseError

from config import Settings
from miniprogram_api.ledger import integrity as ledger_check
from miniprogram_api.ledger import lines as ledger
from models.desks.ledger import LedgerLine
from models.storage import database as models
from models.storage.database import database, transaction
from tests.support.admin.staff import member_of
from tests.support.people.persons import person


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_old_lines_are_checked_and_keyed(tables: Settings) -> None:
    member, someone = member_of("centre"), person(number=990)
    for _ in range(3):
        with transaction():
            ledger.append(member, "card_seen", ledger.Person(someone.id_number, someone.name))
    keyed = [bytes(row.hash) for row in LedgerLine.select().order_by(LedgerLine.number)]
    models.migrations().down("0006_ledger_keys")
    rows = database.execute_sql(
        "SELECT number, at, actor, action, window_id, ticket_id, account_id, about_number, "
        "personal_hash, previous_hash, hash FROM ledger_line ORDER BY number"
    ).fetchall()
    parts = [bytes(part).hex() if place > 7 else part for place, part in enumerate(rows[0][:10])]
    assert bytes(rows[0][10]) == hashlib.sha256(ledger.canonical(parts).encode()).digest()
    with pytest.raises(DatabaseError), transaction():
        database.execute_sql("UPDATE ledger_line SET actor = 'staff:9'")

    models.migrate()
    assert [bytes(row.hash) for row in LedgerLine.select().order_by(LedgerLine.number)] == keyed
    assert ledger_check.verify(tables).faults == ()


def test_changed_old_line_stops_the_migration(tables: Settings) -> None:
    with transaction():
        ledger.append(member_of("centre"), "card_seen", ledger.Person())
    models.migrations().down("0006_ledger_keys")
    database.execute_sql("DROP TRIGGER ledger_line_no_update")
    database.execute_sql("UPDATE ledger_line SET actor = 'staff:9'")
    with pytest.raises(RuntimeError, match=r"Line 1 of the ledger was changed"):
        models.migrate()
