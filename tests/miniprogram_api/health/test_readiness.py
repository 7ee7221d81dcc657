"""Readiness on a full disk."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from miniprogram_api.health import readiness
from models.storage import database
from tests.support.service.rules import Rules


@contextmanager
def full_disk() -> Iterator[None]:
    """Let every write of this process to a file fail, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def failing(rules: Rules) -> dict[str, str]:
    return {p.name: p.state for p in readiness.parts(rules.services) if not p.works}


def test_full_disk_is_named(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    assert failing(rules) == {}
    with full_disk():
        found = failing(rules)
    assert found == {"database": "not writable", "disk": "not writable"}
    # A disk with less than the least free space is not made here.
    monkeypatch.setattr(readiness, "LEAST_FREE_BYTES", 1 << 60)
    assert failing(rules) == {"disk": "full"}
    assert list(rules.services.settings.var_dir.glob("tmp*")) == []


def test_database_that_takes_no_writes_is_named(rules: Rules) -> None:
    database.database.execute_sql("PRAGMA query_only = 1")
    try:
        assert failing(rules) == {"database": "not writable"}
    finally:
        database.database.execute_sql("PRAGMA query_only = 0")
    assert failing(rules) == {}
