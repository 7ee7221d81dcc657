"""Large tables, made from a few rows by SQL; their hashes and signatures are not valid."""

from typing import Any

from models.accounts.accounts import Account
from models.desks.ledger import LedgerDetail, LedgerLine
from models.storage.database import database, is_sqlite


def multiply_ledger(doublings: int) -> None:
    """Double the lines of the ledger so many times."""
    for _ in range(doublings):
        for table in (LedgerLine, LedgerDetail):
            _double(table, "number")


def multiply_accounts(doublings: int) -> None:
    """Double the accounts so many times; the new ones are nobody's."""
    for _ in range(doublings):
        _double(Account, "id")


def _double(table: type[Any], key: str) -> None:
    """Copy all rows; unique values become random where they must be there, else null."""
    name = table._meta.table_name
    unique = {i.columns[0] for i in database.get_indexes(name) if i.unique and len(i.columns) == 1}
    columns = {c.name: c.name for c in database.get_columns(name)}
    for column in unique & set(columns):
        columns[column] = "NULL"
    if "identity_index" in unique:
        columns["identity_index"] = (
            "randomblob(36)" if is_sqlite() else "uuid_send(gen_random_uuid())"
        )
    columns[key] = f"{key} + (SELECT MAX({key}) FROM {name})"
    into = ", ".join(f'"{column}"' for column in columns)
    database.execute_sql(
        f"INSERT INTO {name} ({into}) SELECT {', '.join(columns.values())} FROM {name}"
    )
