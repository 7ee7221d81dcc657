"""Callers of slow endpoints, in a process of their own so that they delay no measurement."""

import http.client
import itertools
import multiprocessing
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks.calls import Call

# Longer than any answer takes.
TIMEOUT_SECONDS = 120
END_SECONDS = 60


@dataclass
class Answers:
    """How many calls got which HTTP status, 0 for none."""

    counts: Counter[int] = field(default_factory=Counter)

    @property
    def refused(self) -> float:
        """Return the share of 503."""
        return self.counts[503] / max(1, self.counts.total())


def send(port: int, call: Call) -> tuple[int, float]:
    """Send one call on a connection of its own; return status and ``Retry-After`` in seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    headers = {"Content-Type": "application/json"}
    if call.token:
        headers["Authorization"] = f"Bearer {call.token}"
    try:
        connection.request(call.method, call.path, call.body.encode() or None, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, float(answer.headers.get("Retry-After") or 0)
    except OSError:
        return 0, 0.0
    finally:
        connection.close()


@contextmanager
def calling(port: int, calls: Sequence[Call], callers: int) -> Iterator[Answers]:
    """Keep ``callers`` calling as long as the context is open; the answers are those of then.

    A refused caller comes back after ``Retry-After``, or when it has none after a second.
    """
    context = multiprocessing.get_context("spawn")
    is_over, results = context.Event(), context.Queue()
    process = context.Process(target=_call, args=(port, calls, callers, is_over, results))
    process.start()
    # Until it has imported what it needs, which would delay the first answers.
    results.get(timeout=END_SECONDS)
    answers = Answers()
    try:
        yield answers
    finally:
        is_over.set()
        answers.counts.update(results.get(timeout=END_SECONDS))
        process.join(END_SECONDS)


def _call(port: int, calls: Sequence[Call], callers: int, is_over: Any, results: Any) -> None:
    following, lock, counts = itertools.cycle(calls), threading.Lock(), Counter[int]()

    def call() -> None:
        while not is_over.is_set():
            with lock:
                chosen = next(following)
            status, wait = send(port, chosen)
            if is_over.is_set():
                return
            with lock:
                counts[status] += 1
            if status == 503:
                is_over.wait(wait or 1)

    threads = [threading.Thread(target=call, daemon=True) for _ in range(callers)]
    results.put(counts)
    for thread in threads:
        thread.start()
    is_over.wait()
    # Calls under way end with the process.
    with lock:
        results.put(counts)
