"""User names of existing accounts are encrypted, and readable again after a way back."""

from pathlib import Path

import pytest

from config import Settings
from miniprogram_api.accounts import accounts
from models.accounts.accounts import Account
from models.storage import database as models
from models.storage.database import close_thread_connection, database, is_sqlite
from models.storage.fields import keys
from tests.support.people.accounts import account_of
from tests.support.people.persons import person

NAME = "0008_calendar_and_user_names"


def clear_names() -> list[tuple[str | None, str | None]]:
    cursor = database.execute_sql("SELECT username, username_key FROM account ORDER BY id")
    return [tuple(row) for row in cursor.fetchall()]


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_existing_user_names_are_encrypted(tables: Settings) -> None:
    one = account_of(person(number=1), username="Wang_Xiaoming", username_index="Wang_Xiaoming")
    account_of(person(number=2))
    account_of(person(number=3), username="Cancelled_one")
    runner = models.migrations()
    runner.down(NAME)
    expected = [("Wang_Xiaoming", "wang_xiaoming"), (None, None), ("Cancelled_one", None)]
    assert clear_names() == expected

    assert models.migrate() == [NAME]

    stored = database.execute_sql("SELECT username FROM account WHERE id = 1").fetchone()[0]
    assert b"Wang" not in bytes(stored)
    assert bytes(stored).startswith(keys().data_head)
    assert [row.username for row in Account.select().order_by(Account.id)] == [
        "Wang_Xiaoming", None, "Cancelled_one",
    ]  # fmt: skip
    assert [account.id for account in accounts.find_by_login("WANG_xiaoming")] == [one.id]
    assert accounts.find_by_login("cancelled_one") == []
    if is_sqlite():
        path = Path(database.obj.database)
        database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        close_thread_connection()
        assert b"Wang_Xiaoming" not in path.read_bytes()


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_user_name_is_unique_without_regard_to_case(tables: Settings) -> None:
    account_of(person(number=1), username="Wang", username_index="Wang")
    with pytest.raises(models.IntegrityError):
        account_of(person(number=2), username="wANG", username_index="wANG")
