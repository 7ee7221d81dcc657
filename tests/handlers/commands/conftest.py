"""Fixtures: an operator's terminal on a configured machine."""

import pytest

from config import Settings
from tests.support.service.valkey import ValkeyServer


@pytest.fixture
def operator(tables: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """His name is wang, and commands of this process work on the tables of the test."""
    monkeypatch.setenv("VAR_DIR", str(tables.var_dir))
    monkeypatch.setenv("DATABASE_URL", tables.database_address)
    monkeypatch.setenv("LOGNAME", "wang")


@pytest.fixture
def operator_with_redis(
    operator: None, valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same, and on the Valkey of the test."""
    monkeypatch.setenv("REDIS_URL", valkey.url)
