"""Readiness on a full disk."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from miniprogram_api.operations import readiness
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
    return {p.name: p.state for p in readiness.parts(rules.services) if not p.is_ready}


def test_full_disk_is_named(rules: Rules, monkeypatch: pytest.MonkeyPatch) -> None:
    assert failing(rules) == {}
    with full_disk():
        found = failing(rules)
    assert found == {"disk": "not writable"}
    # A disk with less than the least free space is not made here.
    monkeypatch.setattr(readiness, "LEAST_FREE_BYTES", 1 << 60)
    assert failing(rules) == {"disk": "full"}
    assert list(rules.services.settings.var_dir.glob("tmp*")) == []
