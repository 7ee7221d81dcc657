"""Prometheus metrics: requests, jobs, messages and connections; no personal data.

With ``PROMETHEUS_MULTIPROC_DIR`` set, as by ``gunicorn.conf.py``, workers share their numbers
through files; without it each process counts alone.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Thread

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from miniprogram_api import metric_files
from miniprogram_api.health.gauges import Labelled
from miniprogram_api.operations import maintenance

REQUESTS = Counter(
    "http_requests", "Requests by route, method, status and code.",
    ["route", "method", "status", "code"],
)  # fmt: skip
SECONDS = Histogram(
    "http_request_seconds", "Seconds that a request took, by route.", ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip

JOBS = Counter("jobs", "Background jobs by name and outcome.", ["name", "outcome"])
JOB_SECONDS = Histogram(
    "job_seconds", "Seconds that a background job took, by name.", ["name"],
    buckets=(0.05, 0.25, 1, 5, 15, 60, 300, 900),
)  # fmt: skip
MESSAGES = Counter("messages", "Attempts to send by channel and outcome.", ["channel", "outcome"])
POOL = Gauge(
    "database_pool", "Connections of the processes' pools, and threads that wait for one.",
    ["state"], multiprocess_mode="livesum",
)  # fmt: skip

POOL_EVERY_SECONDS = 5

_METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"})


def observe(route: str, method: str, status: int, code: str, seconds: float) -> None:
    """Count and time one request; ``route`` is the URL rule: the path may hold a token."""
    if metric_files.may_write():
        REQUESTS.labels(route, method if method in _METHODS else "other", str(status), code).inc()
        SECONDS.labels(route).observe(seconds)


def count_incomplete(status: int, code: str) -> None:
    """Count a client that was given up before its request or answer was complete."""
    if metric_files.may_write():
        REQUESTS.labels("none", "other", str(status), code).inc()


@contextmanager
def job(name: str) -> Iterator[None]:
    """Count and time the job of the block."""
    began, outcome = time.perf_counter(), "failed"
    try:
        yield
        outcome = "done"
    finally:
        JOBS.labels(name, outcome).inc()
        JOB_SECONDS.labels(name).observe(time.perf_counter() - began)


def watch_pool() -> None:
    """Start the thread that notes this process's database connections every few seconds."""
    Thread(target=_note_pool_periodically, daemon=True).start()


def note_pool() -> None:
    """Note this process's database connections."""
    if metric_files.may_write():
        for state, count in maintenance.pool_figures().items():
            POOL.labels(state).set(count)


def _note_pool_periodically() -> None:
    while True:
        note_pool()
        time.sleep(POOL_EVERY_SECONDS)


def render(gauges: Mapping[str, float | Labelled]) -> tuple[bytes, str]:
    """Return the metrics of all workers in Prometheus's text format, and its content type.

    ``gauges`` are values of the whole service at this moment, by name.
    """
    registry = REGISTRY
    if metric_files.FOLDER:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    now = CollectorRegistry()
    now.register(_Present(gauges))
    return generate_latest(registry) + generate_latest(now), CONTENT_TYPE_LATEST


class _Present(Collector):
    """Values of this moment; ``Gauge`` would store one for each worker in the shared files."""

    def __init__(self, gauges: Mapping[str, float | Labelled]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, value in self._gauges.items():
            text = name.replace("_", " ").capitalize() + "."
            if not isinstance(value, Labelled):
                yield GaugeMetricFamily(name, text, value=value)
                continue
            family = GaugeMetricFamily(name, text, labels=value.labels)
            for label_values, amount in value.values.items():
                family.add_metric(label_values, amount)
            yield family
