"""Openids of existing rows are encrypted, and readable again after a way back."""

import pytest

from config import Settings
from miniprogram_api.accounts import accounts
from models.accounts import sessions
from models.storage import database as models
from models.storage.database import database
from models.storage.deterministic import DeterministicField
from models.storage.fields import keys
from models.storage.inventory import all_tables
from tests.support.people.accounts import account_of, account_session
from tests.support.people.persons import person

NAME = "0039_encrypted_openids"


def stored(table: str, column: str) -> list[object]:
    return [row[0] for row in database.execute_sql(f"SELECT {column} FROM {table}").fetchall()]


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_existing_openids_are_encrypted(tables: Settings) -> None:
    account = account_of(person(number=1), wechat_openid="o-wang")
    session = account_session(account, "wang")
    runner = models.migrations()
    runner.down(NAME)
    assert stored("account", "wechat_openid") == stored("session", "openid") == ["o-wang"]

    assert models.migrate()[0] == NAME

    [value] = stored("account", "wechat_openid")
    assert bytes(value).startswith(keys().data_head)  # type: ignore[call-overload]
    assert stored("session", "openid") == [value]
    found = sessions.find(session.token_hash)
    assert found is not None
    assert found.openid == "o-wang"
    assert accounts.bound_to("o-wang") == account.id


def test_every_column_with_an_openid_is_encrypted() -> None:
    columns = [field for model in all_tables() for field in model._meta.sorted_fields]
    openids = [field for field in columns if field.name.endswith("openid")]
    assert len(openids) > 12
    assert [str(field) for field in openids if not isinstance(field, DeterministicField)] == []
