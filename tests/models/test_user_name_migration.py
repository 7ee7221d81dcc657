"""User names of existing accounts are encrypted, and readable again after a way back."""

from pathlib import Path

import pytest

from config import Settings
from miniprogram_api.accounts import accounts
from miniprogram_api.enrolment.registration import hold_username
from miniprogram_api.reasons import Reason, Refused
from models.accounts.accounts import Account
from models.storage import database as models
from models.storage.database import close_thread_connection, database, is_sqlite, transaction
from models.storage.fields import keys
from tests.support.people.accounts import account_of
from tests.support.people.persons import person
from tests.support.service import key_rings

NAME = "0007_calendar_and_user_names"


def clear_names() -> list[tuple[str | None, str | None]]:
    cursor = database.execute_sql("SELECT username, username_key FROM account ORDER BY id")
    return [tuple(row) for row in cursor.fetchall()]


def database_file() -> bytes:
    """Return the bytes of the SQLite file, free space included."""
    database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    close_thread_connection()
    return Path(database.obj.database).read_bytes()


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_existing_user_names_are_encrypted(tables: Settings) -> None:
    one = account_of(person(number=1), username="Wang_Xiaoming", username_index="Wang_Xiaoming")
    account_of(person(number=2))
    account_of(person(number=3), username="Cancelled_one")
    runner = models.migrations()
    runner.down(NAME)
    expected = [("Wang_Xiaoming", "wang_xiaoming"), (None, None), ("Cancelled_one", None)]
    assert clear_names() == expected
    if is_sqlite():
        assert b"Wang_Xiaoming" in database_file()

    assert models.migrate()[0] == NAME

    stored = database.execute_sql("SELECT username FROM account WHERE id = 1").fetchone()[0]
    assert b"Wang" not in bytes(stored)
    assert bytes(stored).startswith(keys().data_head)
    assert [row.username for row in Account.select().order_by(Account.id)] == [
        "Wang_Xiaoming", None, "Cancelled_one",
    ]  # fmt: skip
    assert [account.id for account in accounts.find_by_login("WANG_xiaoming")] == [one.id]
    assert accounts.find_by_login("cancelled_one") == []
    if is_sqlite():
        assert b"Wang_Xiaoming" not in database_file()


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_user_name_is_taken_under_every_key(tables: Settings) -> None:
    one = account_of(person(number=1), username="Wang", username_index="Wang")
    with key_rings.using(key_rings.with_new_first(keys())), transaction():
        hold_username("wang", but=one.id)
        with pytest.raises(Refused) as caught:
            hold_username("wang")
    assert caught.value.reason is Reason.USERNAME_TAKEN


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_user_name_is_unique_without_regard_to_case(tables: Settings) -> None:
    account_of(person(number=1), username="Wang", username_index="Wang")
    with pytest.raises(models.IntegrityError):
        account_of(person(number=2), username="wANG", username_index="wANG")
