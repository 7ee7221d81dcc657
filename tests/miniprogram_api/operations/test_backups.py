"""Backups on full disks and interrupted restores."""

import errno
import itertools
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import peewee
import pytest
import redis

from config import Settings
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.operations import backups, maintenance, redis_copy
from models.accounts.accounts import Account
from models.storage import snapshot
from tests.support.people.accounts import account_of
from tests.support.people.persons import person
from tests.support.service.rules import Rules
from tests.support.service.valkey import ValkeyServer


def fail(number: int) -> Any:
    """Return a function that raises an OSError with this error number."""

    def call(*_arguments: Any, **_options: Any) -> None:
        raise OSError(number, os.strerror(number))

    return call


def test_backup_is_private_and_self_contained(rules: Rules, tmp_path: Path) -> None:
    target = tmp_path / "backup"

    facts = backups.create(rules.services.settings, target)

    assert facts["bytes"] == target.stat().st_size
    assert target.stat().st_mode & 0o777 == 0o600
    assert backups.check(rules.services.settings, target)["format"] == 2
    # Not even names of columns can be read in it.
    assert not tarfile.is_tarfile(target)
    assert b"sqlite" not in target.read_bytes().lower()
    assert [path.name for path in tmp_path.iterdir()] == ["backup"]


def test_unencrypted_files_lie_in_var_dir_alone_and_not_for_long(
    rules: Rules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = rules.services.settings
    left = settings.var_dir / f".backup-{2**22 + 1}-killed"
    left.mkdir(parents=True)
    places: list[Path] = []
    write = snapshot.write
    monkeypatch.setattr(snapshot, "write", lambda folder: (places.append(folder), write(folder))[1])

    backups.create(settings, tmp_path / "backup")

    [place] = places
    assert place.parent == settings.var_dir.absolute()
    assert not place.exists()
    assert not left.exists()


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left"), peewee.OperationalError("disk is full")]
)
def test_full_disk_leaves_no_partial_backup(
    rules: Rules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(*_arguments: Any) -> None:
        raise error

    place, name = (backups, "_pack") if isinstance(error, OSError) else (snapshot, "write")
    monkeypatch.setattr(place, name, refuse)

    with pytest.raises(backups.BackupError, match=r"cannot be written: (No space left|disk is)"):
        backups.create(rules.services.settings, tmp_path / "backup")

    assert list(tmp_path.iterdir()) == []


def test_epochs_are_no_part_of_a_backup(rules: Rules, tmp_path: Path, valkey: ValkeyServer) -> None:
    redis_of(valkey).mset({"epoch:sms": 1, "epoch:registrar": 1, "counter": 7})
    facts = backups.create(rules.services.settings, tmp_path / "backup")
    # What was counted after it is missing where it is restored.
    assert facts["redis_keys"] == 1


@pytest.mark.parametrize("tables", ["postgresql"], indirect=True)
def test_postgresql_is_refused(rules: Rules, tmp_path: Path) -> None:
    settings = rules.services.settings
    for refused in (
        lambda: backups.create(settings, tmp_path / "backup"),
        lambda: backups.restore(settings, tmp_path / "backup"),
    ):
        with pytest.raises(backups.BackupError, match=r"pg_dump.*docs/runbook\.md"):
            refused()
    assert list(tmp_path.iterdir()) == []


# Putting it back ---------------------------------------------------------------------------------


SOMEONE = person("张三", number=1)


@pytest.fixture
def empty_place(
    rules: Rules, valkey: ValkeyServer, tmp_path: Path
) -> Iterator[tuple[Settings, Path]]:
    """Return settings of an empty database and Redis, and a backup of one person and ten keys."""
    settings = rules.services.settings
    account_of(SOMEONE)
    redis_of(valkey).mset({f"counter:{number}": number for number in range(10)})
    backups.create(settings, tmp_path / "backup")
    valkey.lose_data()
    address = f"sqlite:///{tmp_path}/service.sqlite3"
    settings = settings.model_copy(update={"database_url": address})
    maintenance.connect(settings)
    yield settings, tmp_path / "backup"
    maintenance.disconnect()


def redis_of(valkey: ValkeyServer) -> Any:
    return redis.Redis.from_url(valkey.url)


def interrupt() -> None:
    raise KeyboardInterrupt


def break_the_copy(patch: pytest.MonkeyPatch, error: Callable[[], object]) -> None:
    """Make the restore of the database fail at its end."""
    work = shutil.copyfile

    def write(*arguments: Any) -> None:
        work(*arguments)
        error()

    patch.setattr(shutil, "copyfile", write)


def break_redis(patch: pytest.MonkeyPatch) -> None:
    """Make Redis accept three keys and refuse the fourth."""
    put, taken = redis_copy._put, itertools.count(1)

    def put_three(name: bytes, value: bytes, expires: int, client: Any) -> Any:
        if next(taken) > 3:
            return client.execute_command("NOCOMMAND")
        return put(name, value, expires, client)

    patch.setattr(redis_copy, "_put", put_three)


def refuse_to_clear(_copy: redis_copy.RedisCopy) -> None:
    raise StoreUnavailable("ConnectionError")


BREAKS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], str | None]] = {
    "disk": (lambda patch: break_the_copy(patch, fail(errno.ENOSPC)), "No space left"),
    "interrupt": (lambda patch: break_the_copy(patch, interrupt), None),
    "redis": (break_redis, "Redis did not take the backup"),
}


@pytest.mark.parametrize("fault", BREAKS)
def test_interrupted_restore_leaves_nothing_and_can_be_repeated(
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


def test_failure_to_clear_redis_is_reported_with_instructions(
    empty_place: tuple[Settings, Path], valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, backup = empty_place
    with monkeypatch.context() as patch:
        patch.setattr(snapshot, "read", fail(errno.ENOSPC))
        patch.setattr(redis_copy.RedisCopy, "clear", refuse_to_clear)
        with pytest.raises(backups.BackupError, match=r"REDIS_URL \(FLUSHDB\), then run it again"):
            backups.restore(settings, backup)
    assert redis_of(valkey).dbsize() == 10
    # The next run says the same, as it does after one that was killed.
    with pytest.raises(backups.BackupError, match=r"Redis is not empty.*killed.*FLUSHDB"):
        backups.restore(settings, backup)
    embedded = settings.model_copy(update={"redis_url": ""})
    assert str(settings.var_dir.absolute() / "valkey") in backups._how_to_empty_redis(embedded)
