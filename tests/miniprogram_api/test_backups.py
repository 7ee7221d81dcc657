"""Backups on disks that are full or have no links, and restores that break half-way."""

import errno
import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import peewee
import pytest
import redis

from config import Settings
from miniprogram_api import backups, maintenance
from miniprogram_api.clients import redis_copy
from models import snapshot
from models.accounts import Account
from models.database import database
from tests.support.accounts import account_of
from tests.support.people import person
from tests.support.postgres import PostgresServer
from tests.support.rules import Rules
from tests.support.valkey import ValkeyServer


def fail(number: int) -> Any:
    """A function that ends as a call of the system does with this error number."""

    def call(*_arguments: Any, **_options: Any) -> None:
        raise OSError(number, os.strerror(number))

    return call


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK])
def test_a_share_without_links_gets_a_copy(
    rules: Rules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(os, "link", fail(number))
    target = tmp_path / "backup"

    facts = backups.create(rules.services.settings, target)

    assert facts["bytes"] == target.stat().st_size
    assert target.stat().st_mode & 0o777 == 0o600
    assert backups.check(rules.services.settings, target)["format"] == backups.FORMAT
    assert [path.name for path in tmp_path.iterdir()] == ["backup"]


def test_a_copy_overwrites_nothing_either(
    rules: Rules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "backup"

    def link(*_arguments: Any) -> None:
        target.write_text("mine")
        fail(errno.EPERM)()

    monkeypatch.setattr(os, "link", link)

    with pytest.raises(backups.BackupError, match="exists already"):
        backups.create(rules.services.settings, target)

    assert target.read_text() == "mine"


@pytest.mark.parametrize("place", ["_pack", "copyfileobj"])
def test_a_full_disk_leaves_nothing_behind(
    rules: Rules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(os, "link", fail(errno.EPERM))
    where = backups if place == "_pack" else shutil
    monkeypatch.setattr(where, place, fail(errno.ENOSPC))

    with pytest.raises(backups.BackupError, match="cannot be written: No space left on device"):
        backups.create(rules.services.settings, tmp_path / "backup")

    assert list(tmp_path.iterdir()) == []


# Putting it back ---------------------------------------------------------------------------------


SOMEONE = person("张三", number=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_place(
    request: pytest.FixtureRequest, rules: Rules, valkey: ValkeyServer, tmp_path: Path
) -> Iterator[tuple[Settings, Path]]:
    """Settings of an empty database and Redis, and a backup of one person and ten Redis keys."""
    settings = rules.services.settings
    server: PostgresServer | None = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        source, address = server.new_database(), server.new_database()
        maintenance.connect(settings.model_copy(update={"database_url": source}))
        maintenance.migrate()
    else:
        address = f"sqlite:///{tmp_path}/service.sqlite3"
    account_of(SOMEONE)
    redis_of(valkey).mset({f"counter:{number}": number for number in range(10)})
    backups.create(settings, tmp_path / "backup")
    valkey.clear()
    settings = settings.model_copy(update={"database_url": address})
    maintenance.connect(settings)
    yield settings, tmp_path / "backup"
    maintenance.disconnect()
    if server is not None:
        server.drop(source)
        server.drop(address)


def redis_of(valkey: ValkeyServer) -> Any:
    return redis.Redis.from_url(valkey.url)


def interrupt() -> None:
    raise KeyboardInterrupt


def refuse_in_database() -> None:
    if snapshot.kind() == "sqlite":
        raise peewee.OperationalError("no such column: no_such_column")
    database.execute_sql("SELECT no_such_column")


def break_the_database(patch: pytest.MonkeyPatch, error: Callable[[], object]) -> None:
    """Let the database's part of a restore do all its work and fail at the end of it."""
    place, name = (shutil, "copyfile") if snapshot.kind() == "sqlite" else (snapshot, "_copy_in")
    work = getattr(place, name)

    def write(*arguments: Any) -> None:
        work(*arguments)
        error()

    patch.setattr(place, name, write)


def break_redis(patch: pytest.MonkeyPatch) -> None:
    """Let Redis take three keys and refuse the fourth."""
    put, taken = redis_copy._put, itertools.count(1)

    def put_three(name: bytes, value: bytes, expires: int, client: Any) -> Any:
        if next(taken) > 3:
            return client.execute_command("NOCOMMAND")
        return put(name, value, expires, client)

    patch.setattr(redis_copy, "_put", put_three)


BREAKS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], str | None]] = {
    "disk": (lambda patch: break_the_database(patch, fail(errno.ENOSPC)), "No space left"),
    "database": (lambda patch: break_the_database(patch, refuse_in_database), "no_such_column"),
    "interrupt": (lambda patch: break_the_database(patch, interrupt), None),
    "redis": (break_redis, "Redis did not take the backup"),
}


@pytest.mark.parametrize("fault", BREAKS)
def test_a_restore_that_breaks_off_leaves_nothing_and_can_be_run_again(
    empty_place: tuple[Settings, Path],
    valkey: ValkeyServer,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:
    settings, backup = empty_place
    break_it, told = BREAKS[fault]
    with monkeypatch.context() as patch:
        break_it(patch)
        with pytest.raises(
            backups.BackupError if told else KeyboardInterrupt, match=told
        ) as caught:
            backups.restore(settings, backup)

    assert not told or str(caught.value).endswith(backups.NOTHING_LEFT)
    assert redis_of(valkey).dbsize() == 0
    assert snapshot.is_empty()
    assert not list(backup.parent.glob("*.arriving"))
    assert backups.restore(settings, backup) == 10
    assert redis_of(valkey).get("counter:7") == b"7"
    assert Account.select().count() == 1


def test_a_database_whose_end_is_not_known_is_to_be_looked_at(
    empty_place: tuple[Settings, Path], valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, backup = empty_place
    read = snapshot.read

    def lose_the_answer(*arguments: Any) -> None:
        read(*arguments)
        raise peewee.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(snapshot, "read", lose_the_answer)
    with pytest.raises(backups.BackupError, match="make it anew"):
        backups.restore(settings, backup)
    assert redis_of(valkey).dbsize() == 0


def test_where_redis_cannot_be_emptied_it_is_said_what_to_do(
    empty_place: tuple[Settings, Path], valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, backup = empty_place
    with monkeypatch.context() as patch:
        patch.setattr(snapshot, "read", fail(errno.ENOSPC))
        patch.setattr(redis_copy, "_unlink", lambda _names, client: client.execute_command("NO"))
        with pytest.raises(backups.BackupError, match=r"REDIS_URL \(FLUSHDB\), then run it again"):
            backups.restore(settings, backup)
    assert redis_of(valkey).dbsize() == 10
    # The next run says the same, as it does after one that was killed.
    with pytest.raises(backups.BackupError, match=r"Redis is not empty.*killed.*FLUSHDB"):
        backups.restore(settings, backup)
    embedded = settings.model_copy(update={"redis_url": ""})
    assert str(settings.var_dir.absolute() / "valkey") in backups._how_to_empty_redis(embedded)
