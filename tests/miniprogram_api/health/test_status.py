"""State and figures of the parts, on SQLite and PostgreSQL."""

from datetime import timedelta

import pytest

from config import Settings
from miniprogram_api import clock, outbox
from miniprogram_api.health import gauges, heartbeats, status
from miniprogram_api.health.heartbeats import Role
from tests.support.service.rules import Rules


def test_ages_of_workers(tables: Settings) -> None:
    assert heartbeats.worker_age() is None
    now = clock.now()
    heartbeats.beat(Role.WEB)
    heartbeats.beat(Role.WORKER, "first")
    with clock.replaced(lambda: now + timedelta(seconds=30)):
        heartbeats.beat(Role.WORKER, "second")
    with clock.replaced(lambda: now + timedelta(seconds=50)):
        assert heartbeats.worker_age() in range(19, 21)
        ages = heartbeats.workers()
    assert [name.rpartition(":")[2] for name in ages] == ["first", "second"]
    with clock.replaced(lambda: now + timedelta(days=1, seconds=20)):
        assert heartbeats.remove_old() == 2
        assert len(heartbeats.workers()) == 1


def test_figures_of_every_part(rules: Rules) -> None:
    heartbeats.beat(Role.WORKER, "w")
    outbox.plan("housekeeping", timedelta(hours=1), clock.now() - timedelta(hours=1))

    found = status.read(rules.services)

    assert found["parts"] == dict.fromkeys(("database", "migrations", "redis", "disk"), "ok")
    assert found["database"]["size_bytes"] > 100_000
    assert found["redis"]["evicts"] is False
    assert set(found["breakers"].values()) == {0}
    assert "identity" in found["breakers"]
    assert list(found["workers"].values()) == [0]
    assert found["delivery"]["job"]["due"] == 1
    assert found["delivery"]["job"]["due_seconds"] >= 0
    assert found["keys"]["data"] == list(rules.services.settings.data_key_ring)

    values = gauges.read(rules.services)

    assert values["worker_heartbeat_age_seconds"] == 0
    assert values["breaker_identity_open"] == 0
    assert values["delivery_job_due"] == 1


@pytest.mark.usefixtures("tables")
def test_oldest_waiting_job_tells_its_age(rules: Rules) -> None:
    now = clock.now()
    outbox.plan("housekeeping", timedelta(hours=1), now)
    with clock.replaced(lambda: now + timedelta(hours=2)):
        assert gauges.read(rules.services)["delivery_job_due_seconds"] in range(7195, 7201)
