"""Old rows are deleted in batches, oldest first, on both databases."""

import secrets
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any

import pytest

from config import Settings
from miniprogram_api import clock
from models.accounts.sessions import Session
from models.storage import removal
from models.storage.database import close_thread_connection, database


def add_sessions(count: int, first: datetime, step: timedelta) -> None:
    rows = [
        {
            "token_hash": secrets.token_bytes(32),
            "created_at": first + number * step,
            "last_seen_at": first + number * step,
        }
        for number in range(count)
    ]
    Session.insert_many(rows).execute()


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_backlog_goes_in_batches_and_the_rest_stays(
    tables: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "BATCH", 100)
    monkeypatch.setattr(removal, "LONGEST_PAUSE", 0.001)
    deletions: list[int] = []
    execute = database.obj.execute_sql

    def counted(sql: str, *arguments: Any, **more: Any) -> Any:
        cursor = execute(sql, *arguments, **more)
        if sql.startswith("DELETE"):
            deletions.append(cursor.rowcount)
        return cursor

    monkeypatch.setattr(database.obj, "execute_sql", counted)
    now = clock.now()
    add_sessions(1_050, now - timedelta(hours=2), timedelta(milliseconds=10))
    add_sessions(7, now + timedelta(seconds=1), timedelta(seconds=1))
    kept = Session.select().where(Session.openid == "o-kept")

    assert removal.remove_before(Session.last_seen_at, now, Session.openid.is_null()) == 1_050
    assert deletions == [100] * 10 + [50]
    assert Session.select().count() == 7
    assert kept.count() == 0
    assert removal.remove_before(Session.last_seen_at, now) == 0


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_rows_of_one_moment_go_together(tables: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "BATCH", 10)
    now = clock.now()
    add_sessions(35, now - timedelta(hours=2), timedelta())
    assert removal.remove_before(Session.last_seen_at, now) == 35


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
def test_others_write_between_two_batches(
    tables: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "BATCH", 20)
    now = clock.now()
    add_sessions(1_000, now - timedelta(hours=2), timedelta(milliseconds=1))
    is_over, has_begun = Event(), Event()
    written: list[int] = []

    def write() -> None:
        while not is_over.is_set():
            add_sessions(1, now + timedelta(hours=1), timedelta())
            written.append(Session.select().where(Session.last_seen_at < now).count())
            has_begun.set()
        close_thread_connection()

    thread = Thread(target=write)
    thread.start()
    try:
        assert has_begun.wait(60)
        assert removal.remove_before(Session.last_seen_at, now) == 1_000
    finally:
        is_over.set()
        thread.join()
    # It wrote while a part of the backlog was left.
    assert [left for left in written if 0 < left < 1_000]
