"""What PostgreSQL says when it is the database that is not as it should be, not the statement."""

from collections.abc import Callable

import pytest

from config import Settings
from models import database
from models.accounts import Account
from models.database import DatabaseUnavailable

TROUBLES = {
    "it lacks migrations": "ALTER TABLE account RENAME TO missing",
    "it lacks a migration": "ALTER TABLE account RENAME COLUMN level TO missing",
    "it is a standby": "SET TRANSACTION READ ONLY",
    "its user may not write": (
        "DROP ROLE IF EXISTS reader; CREATE ROLE reader; GRANT SELECT ON account TO reader;"
        "SET ROLE reader"
    ),
}


@pytest.mark.parametrize("tables", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    "write",
    [
        lambda: Account.update(level=3).execute(),
        lambda: database.write("UPDATE account SET level = 3"),
    ],
    ids=["by peewee", "plain"],
)
@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_trouble_with_the_database_is_told_from_a_defect(
    tables: Settings, trouble: str, write: Callable[[], object]
) -> None:
    database.database.execute_sql("BEGIN; " + trouble)
    try:
        with pytest.raises(DatabaseUnavailable):
            write()
    finally:
        database.database.execute_sql("ROLLBACK")


@pytest.mark.parametrize("tables", ["postgresql"], indirect=True)
def test_a_server_that_is_gone_without_a_word_is_given_up(tables: Settings) -> None:
    # What the network does then cannot be played on one machine: what the driver was told must do.
    told = database.database.connection().info.get_parameters()
    assert told["tcp_user_timeout"] == "10000"
    assert told["keepalives_idle"] == "30"
