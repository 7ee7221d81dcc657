"""Waiting for SQLite's write lock."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import pytest

from models.sqlite import connection_class

PATIENCE = 0.5


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = str(tmp_path / "test.sqlite3")
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = wal")
    connection.execute("CREATE TABLE word (text TEXT UNIQUE)")
    connection.close()
    return path


@pytest.fixture
def patient(path: str) -> Iterator[sqlite3.Connection]:
    factory = connection_class(PATIENCE)
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, factory=factory)
    yield connection
    connection.close()


@pytest.fixture
def writer(path: str) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    yield connection
    connection.close()


@pytest.mark.parametrize("statement", ["BEGIN IMMEDIATE", "INSERT INTO word VALUES ('b')"])
def test_a_statement_waits_until_the_other_transaction_ends(
    patient: sqlite3.Connection, writer: sqlite3.Connection, statement: str
) -> None:
    held_seconds = PATIENCE / 5
    timer = Timer(held_seconds, lambda: writer.execute("COMMIT"))
    began = time.monotonic()
    timer.start()

    patient.cursor().execute(statement)

    assert held_seconds <= time.monotonic() - began < PATIENCE
    timer.join()


def test_patience_ends(patient: sqlite3.Connection, writer: sqlite3.Connection) -> None:
    began = time.monotonic()

    with pytest.raises(sqlite3.OperationalError, match="database is locked"):
        patient.cursor().execute("INSERT INTO word VALUES ('b')")

    assert time.monotonic() - began >= PATIENCE


def test_a_view_that_is_out_of_date_is_not_waited_for(
    patient: sqlite3.Connection, writer: sqlite3.Connection
) -> None:
    patient.execute("BEGIN")
    patient.execute("SELECT * FROM word").fetchall()
    writer.execute("INSERT INTO word VALUES ('a')")
    writer.execute("COMMIT")
    began = time.monotonic()

    with pytest.raises(sqlite3.OperationalError) as raised:
        patient.execute("INSERT INTO word VALUES ('b')")

    assert raised.value.sqlite_errorcode == sqlite3.SQLITE_BUSY_SNAPSHOT
    assert time.monotonic() - began < PATIENCE


def test_other_errors_pass(patient: sqlite3.Connection) -> None:
    patient.execute("INSERT INTO word VALUES (?)", ("a",))

    with pytest.raises(sqlite3.IntegrityError):
        patient.execute("INSERT INTO word VALUES (?)", ("a",))
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        patient.execute("SELECT * FROM sentence")
