"""Metrics on a full disk: they are missing, and the service goes on."""

import shutil
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers import metrics

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    metrics.write()
    monkeypatch.setattr(metrics, "_folder", None)
    metrics.keep_in(tmp_path)
    yield tmp_path
    metrics._waiting.clear()


def test_on_a_full_disk_nothing_is_written_and_what_was_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A page of a mapped file for which the disk has no room would end the process.
    metrics.observe("/before", "GET", 200, "OK", 0.01)
    metrics.write()
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _path: Usage(1 << 30, 1 << 30, 0))
        for _ in range(metrics._MOST_WAITING + 1):
            metrics.observe("/meanwhile", "GET", 200, "OK", 0.01)
        text = metrics.render()[0].decode()
        assert 'route="/before"' in text
        assert 'route="/meanwhile"' not in text
        metrics.observe("/meanwhile", "GET", 200, "OK", 0.01)
        with pytest.raises(OSError, match="No room"):
            metrics.write()

    metrics.observe("/after", "GET", 200, "OK", 0.01)
    text = metrics.render()[0].decode()
    assert 'route="/after"' in text
    assert 'route="/meanwhile"' not in text
