"""Prometheus metrics: requests by route, method, status and code; no personal data.

With ``PROMETHEUS_MULTIPROC_DIR`` set, as by ``gunicorn.conf.py``, workers share their numbers
through files; without it each process counts alone.
"""

from collections.abc import Iterator

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from miniprogram_api import metric_files
from miniprogram_api.health.gauges import Labelled, Values

REQUESTS = Counter(
    "http_requests", "Requests by route, method, status and code.",
    ["route", "method", "status", "code"],
)  # fmt: skip
SECONDS = Histogram(
    "http_request_seconds", "Seconds that a request took, by route.", ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip

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


def render(gauges: Values) -> tuple[bytes, str]:
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

    def __init__(self, gauges: Values) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, value in self._gauges.items():
            description = name.replace("_", " ").capitalize() + "."
            if not isinstance(value, Labelled):
                yield GaugeMetricFamily(name, description, value=value)
                continue
            family = GaugeMetricFamily(name, description, labels=value.names)
            for labels, number in value.values.items():
                family.add_metric(labels, number)
            yield family
