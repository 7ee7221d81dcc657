"""Fixtures: an operator's terminal on a configured machine."""

import pytest

from config import Settings
from tests.support.service.valkey import ValkeyServer


@pytest.fixture
def operator(tables: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the terminal's user wang, and run commands on the tables of the test."""
    monkeypatch.setenv("VAR_DIR", str(tables.var_dir))
    monkeypatch.setenv("DATABASE_URL", tables.database_address)
    monkeypatch.setenv("LOGNAME", "wang")
    # Loading it takes a second.
    monkeypatch.setenv("FAQ_ENCODER", "off")


@pytest.fixture
def operator_with_redis(
    operator: None, valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run commands also on the Valkey of the test."""
    monkeypatch.setenv("REDIS_URL", valkey.url)
