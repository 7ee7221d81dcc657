"""Transactions of several processes on one SQLite file."""

import sqlite3
import time
from pathlib import Path
from threading import Timer

import pytest

from config import Settings
from models.accounts.number_ranges import NumberRange
from models.storage.database import database, transaction


def other_process() -> sqlite3.Connection:
    path = Path(database.obj.database)
    return sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)


@pytest.mark.parametrize("in_transaction", [True, False])
def test_write_waits_for_the_transaction_of_another_process(
    tables: Settings, in_transaction: bool
) -> None:
    other = other_process()
    other.execute("BEGIN IMMEDIATE")
    committed: list[float] = []

    def commit() -> None:
        committed.append(time.monotonic())
        other.execute("COMMIT")

    timer = Timer(0.3, commit)
    timer.start()
    if in_transaction:
        with transaction():
            NumberRange.insert(prefix="1700", changed_at=0).execute()
    else:
        NumberRange.insert(prefix="1700", changed_at=0).execute()
    assert committed
    timer.join()
    other.close()


def test_read_then_write_in_a_transaction_never_conflicts(tables: Settings) -> None:
    other = other_process()
    with transaction():
        assert NumberRange.select().count() == 1
        with pytest.raises(sqlite3.OperationalError, match="database is locked"):
            other.execute("DELETE FROM number_range")
        NumberRange.insert(prefix="1700", changed_at=0).execute()
    other.close()
    assert NumberRange.select().count() == 2
