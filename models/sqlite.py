"""SQLite connections that wait for the one writer in steps as short as the transactions here.

SQLite's own waiting (``busy_timeout``) begins with a whole millisecond and goes on to 100, while a
transaction here holds the lock for about a tenth of a millisecond: two processes that write all the
time would spend a tenth of it asleep.
"""

import sqlite3
import time
from collections.abc import Callable
from typing import Any

import peewee

# Turns the errors of a driver into peewee's, as peewee itself does for its own statements.
peewee_errors = peewee.__exception_wrapper__  # type: ignore[attr-defined]

FIRST_PAUSE, LONGEST_PAUSE = 0.0001, 0.002
# The other ways to be busy do not pass by waiting (SQLITE_BUSY_SNAPSHOT).
_PASSING = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY})


class LeanConnection(sqlite3.Connection):
    """A connection with a short way for statements that many requests run."""

    _kept: sqlite3.Cursor | None = None

    def run(self, sql: str, parameters: Any = ()) -> list[Any]:
        """All rows of a statement, by one cursor that is kept.

        They are read to the end, so that nothing stays open behind it.
        """
        raise NotImplementedError


def connection_class(patience: float) -> type[LeanConnection]:
    """Connections of which every statement waits ``patience`` seconds for a lock, then raises.

    Open them with a time-out of 0. A statement is tried again as a whole, which is safe: busy is
    what SQLite says before it has done anything.
    """

    class PatientCursor(sqlite3.Cursor):
        def execute(self, sql: str, parameters: Any = (), /) -> "PatientCursor":
            execute = super().execute
            try:
                execute(sql, parameters)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode not in _PASSING:
                    raise
                _again(lambda: execute(sql, parameters), patience)
            return self

    class PatientConnection(LeanConnection):
        def cursor(self, factory: Any = PatientCursor) -> Any:
            return super().cursor(factory)

        def run(self, sql: str, parameters: Any = ()) -> list[Any]:
            kept = self._kept
            if kept is None:
                kept = self._kept = super().cursor(sqlite3.Cursor)
            try:
                kept.execute(sql, parameters)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode not in _PASSING:
                    raise
                _again(lambda: kept.execute(sql, parameters), patience)
            return kept.fetchall()

    return PatientConnection


class SqliteDatabase(peewee.SqliteDatabase):
    """peewee's database on such connections; a transaction begins and ends by the short way.

    It begins with the lock for writing: else a read followed by a write fails "database is locked"
    as soon as another process wrote in between, whatever the patience is.
    """

    def begin(self, lock_type: str = "IMMEDIATE") -> None:
        self._run(f"BEGIN {lock_type}")

    def commit(self) -> None:
        self._run("COMMIT")

    def rollback(self) -> None:
        self._run("ROLLBACK")

    def _run(self, statement: str) -> None:
        connection: LeanConnection = self.connection()
        with peewee_errors:
            connection.run(statement)


def _again(execute: Callable[[], object], patience: float) -> None:
    deadline = time.monotonic() + patience
    pause = FIRST_PAUSE
    while True:
        time.sleep(pause)
        try:
            execute()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode not in _PASSING or time.monotonic() > deadline:
                raise
            pause = min(2 * pause, LONGEST_PAUSE)
        else:
            return
