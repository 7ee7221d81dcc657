"""Backups on disks that are full or have no links."""

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from miniprogram_api import backups
from tests.support.rules import Rules


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
