"""Prometheus metrics: requests by route, status and code; never anything about a person.

Several gunicorn workers share their numbers through files under ``PROMETHEUS_MULTIPROC_DIR``, which
``serve`` sets for its children; under a plain gunicorn without it each worker counts for itself.
A request only leaves its figures in memory, which costs a tenth of writing them; ``write`` puts
them into the series. A web process does so every few seconds and before it tells them itself, so
what it tells of the others may be some seconds old, and a killed one loses as much.
"""

import shutil
from collections import deque
from contextlib import suppress
from errno import ENOSPC
from functools import cache
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.values import MutexValue, ValueClass

REQUESTS = Counter(
    "http_requests", "Requests by route, method, status and code.",
    ["route", "method", "status", "code"],
)  # fmt: skip
SECONDS = Histogram(
    "http_request_seconds", "Seconds that a request took, by route.", ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip


def observe(route: str, method: str, status: int, code: str, seconds: float) -> None:
    """Count one request; the route is the URL rule, so no token or number becomes a label."""
    _waiting.append((route, method, status, code, seconds))
    if len(_waiting) >= _MOST_WAITING:
        # Under a server that nobody told to write.
        with suppress(OSError):
            write()


def keep_in(folder: Path) -> None:
    """Say where this process's series are files (``PROMETHEUS_MULTIPROC_DIR``)."""
    global _folder
    _folder = folder


def write() -> None:
    """Put what waits into the series; may be called by several threads at once.

    Raises OSError when the disk is full, and what waits is forgotten. The files are mapped into
    memory: to write where the disk has no room for them ends the process (SIGBUS).
    """
    if _folder is not None and shutil.disk_usage(_folder).free < _LEAST_FREE_BYTES:
        _waiting.clear()
        raise OSError(ENOSPC, "No room for metrics")
    while True:
        try:
            route, method, status, code, seconds = _waiting.popleft()
        except IndexError:
            return
        requests, took = _children(route, method if method in _METHODS else "other", status, code)
        requests.inc()
        took.observe(seconds)


@cache
def _children(route: str, method: str, status: int, code: str) -> tuple[Counter, Histogram]:
    """The two series of a kind of request; there are only as many as routes and their answers."""
    return REQUESTS.labels(route, method, str(status), code), SECONDS.labels(route)


# Both ends of a deque are safe for threads: nothing is lost or counted twice.
_waiting: deque[tuple[str, str, int, str, float]] = deque()
_MOST_WAITING = 5_000
_folder: Path | None = None
# Much more than all processes together write before one of them looks again.
_LEAST_FREE_BYTES = 16 << 20
_METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"})


def render() -> tuple[bytes, str]:
    """The text that Prometheus reads, and its content type."""
    with suppress(OSError):
        # What was counted before is still worth telling.
        write()
    if ValueClass is MutexValue:
        return generate_latest(), CONTENT_TYPE_LATEST
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return generate_latest(registry), CONTENT_TYPE_LATEST
