"""The worker's own metrics, and the request's id in its log."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import structlog

from config import Settings
from handlers import metrics
from handlers.commands.processes import worker_metrics
from miniprogram_api import outbox
from miniprogram_api.messaging import notices
from models.outbox import Notice, OutboxJob
from models.storage.database import transaction
from tests.support.people.persons import person
from tests.support.service.rules import Rules
from tests.support.service.sandbox import REPOSITORY
from tests.support.service.service import free_port
from tests.support.service.waiting import eventually

PHONE = person(number=74).phone


class Worker:
    """A started worker with its log and its port."""

    def __init__(self, rules: Rules, folder: Path) -> None:
        self.port = free_port()
        self._log = folder / "worker.log"
        settings = {name.upper(): str(value) for name, value in rules.overrides.items()}
        settings["DATABASE_URL"] = rules.services.settings.database_address
        settings["WORKER_METRICS_PORT"] = str(self.port)
        with open(self._log, "w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "worker"],
                cwd=REPOSITORY,
                env={**os.environ, **settings},
                stdout=log,
                stderr=log,
            )

    def metrics(self) -> str:
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/metrics", timeout=5).text
        except requests.ConnectionError:
            return ""

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self._log.read_text().splitlines()]


@pytest.fixture
def running(rules: Rules, tmp_path: Path) -> Iterator[Worker]:
    worker = Worker(rules, tmp_path)
    yield worker
    worker.process.kill()
    worker.process.wait()


def test_message_is_counted_and_logged_with_the_request_that_caused_it(running: Worker) -> None:
    with structlog.contextvars.bound_contextvars(request_id="asked-by-test"), transaction():
        notices.add(None, notices.STATUS_CHANGED, PHONE)
    assert eventually(lambda: Notice.get().done_at is not None, seconds=60)
    assert Notice.get().request_id == "asked-by-test"
    counted = 'messages_total{channel="notice",outcome="done"} 1.0'
    assert eventually(lambda: counted in running.metrics())
    [line] = [line for line in running.lines() if line.get("request_id") == "asked-by-test"]
    assert (line["event"], line["channel"], line["outcome"]) == ("attempt", "notice", "done")
    done = 'jobs_total{name="matter.look",outcome="done"}'
    assert eventually(lambda: done in running.metrics())
    assert "process_resident_memory_bytes" in running.metrics()


def test_planned_job_has_no_request(rules: Rules) -> None:
    # Of another test of this process.
    structlog.contextvars.clear_contextvars()
    with transaction():
        outbox.add("figures.read", {})
    assert OutboxJob.get().request_id is None


def settings_with(rules: Rules, **changes: object) -> Settings:
    return rules.services.settings.model_copy(update=changes)


def test_failed_job_is_counted() -> None:
    def count() -> float:
        return metrics.JOBS.labels("planted", "failed")._value.get()

    before = count()
    with pytest.raises(ZeroDivisionError), metrics.job("planted"):
        1 / 0  # noqa: B018
    assert count() == before + 1


def test_only_the_token_reads_in_production(rules: Rules) -> None:
    settings = rules.services.settings
    token = settings.metrics_token.get_secret_value()
    assert token
    port = free_port()
    produced = settings_with(rules, profile="production", worker_metrics_port=port)
    url = f"http://127.0.0.1:{port}"
    with worker_metrics.serving(produced):
        assert requests.get(f"{url}/metrics", timeout=5).status_code == 401
        wrong = {"Authorization": "Bearer 没有"}
        headers = {name: value.encode() for name, value in wrong.items()}
        assert requests.get(f"{url}/metrics", headers=headers, timeout=5).status_code == 401
        right = {"Authorization": f"Bearer {token}"}
        assert requests.get(f"{url}/metrics", headers=right, timeout=5).status_code == 200
        assert requests.get(f"{url}/status", headers=right, timeout=5).status_code == 404
        # A second worker of this machine goes on without.
        with worker_metrics.serving(produced):
            assert requests.get(f"{url}/metrics", headers=right, timeout=5).status_code == 200
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)


def test_without_a_port_nothing_listens(rules: Rules) -> None:
    assert rules.services.settings.worker_metrics_port == 0
    with worker_metrics.serving(rules.services.settings):
        pass
