"""Tests of the support modules."""

import socket

import pytest

from config import Settings
from models.outbox import OutboxJob
from tests.support.service.rules import at_once
from tests.support.service.service import Service


@pytest.mark.parametrize("tables", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_an_empty_migrated_database(tables: Settings, turn: int) -> None:
    assert OutboxJob.select().count() == 0
    OutboxJob.create(name="x", created_at=0, due_at=0)


def test_concurrent_calls_give_results_and_exceptions(tables: Settings) -> None:
    def fail() -> int:
        raise ValueError("no")

    results = at_once([lambda: OutboxJob.select().count(), fail])

    assert results[0] == 0
    assert isinstance(results[1], ValueError)


def test_service_answers_and_can_be_cleared(service: Service) -> None:
    token = service.wechat_login("somebody")
    service.clear()

    assert service.get("/healthz", base="").status_code == 200
    assert service.get("/account", token=token).status_code == 401


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"])
def test_no_test_reaches_another_machine(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with (
        socket.socket(family, socket.SOCK_STREAM) as connection,
        pytest.raises(AssertionError, match="tried to reach"),
    ):
        connection.connect((address, 80))
