"""The same work in several processes at the same moment."""

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from typing import Any

WAIT_SECONDS = 90

# Imported once, before the fork.
PRELOADED = ["pytest", "redis", "requests", "config", "miniprogram_api.clients"]


def in_processes(count: int, work: Callable[..., Any], *arguments: Any) -> list[Any]:
    """Call ``work(number, meet, *arguments)`` in ``count`` processes and return the results.

    ``work`` is a module-level function; ``meet()`` waits until all processes have called it. Raises
    RuntimeError when one fails (its traceback is on standard error).
    """
    context: ForkServerContext = get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    barrier, results = context.Barrier(count), context.Queue()
    processes = [
        context.Process(target=_run, args=(number, barrier, results, work, arguments))
        for number in range(count)
    ]
    for process in processes:
        process.start()
    failed = 0
    for process in processes:
        process.join(timeout=WAIT_SECONDS)
        failed += process.exitcode != 0
        process.kill()
        process.join()
        process.close()
    if failed:
        results.close()
        raise RuntimeError(f"{failed} of {count} processes failed")
    answers = dict(results.get(timeout=WAIT_SECONDS) for _ in processes)
    results.close()
    return [answers[number] for number in range(count)]


def _run(
    number: int,
    barrier: Barrier,
    results: "Queue[tuple[int, Any]]",
    work: Callable[..., Any],
    arguments: tuple[Any, ...],
) -> None:
    def meet() -> None:
        barrier.wait(timeout=WAIT_SECONDS)

    results.put((number, work(number, meet, *arguments)))
