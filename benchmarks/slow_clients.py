"""The HTTP worker beside gunicorn's own: requests a second, and latency among slow clients.

A slow client sends one byte of a head a second and connects again when it is closed. Both servers
have one process with the product's number of threads, on the same application.
"""

import http.client
import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from statistics import quantiles

from benchmarks import calls, load
from benchmarks.figures import against_ceiling, against_floor
from benchmarks.over_http import PRODUCT_APPLICATION, Arm, run_in_turn
from benchmarks.stage import PRODUCT, Server, Stage
from tests.support.service.slow_clients import SlowClients

COUNTS = (0, 24, 200)
PATIENCE_SECONDS = 5
PROBES = 100
LEAST_RATIO = 0.95
MOST_MILLISECONDS = 300
_HEALTH = calls.Call("GET", "/healthz")


def report(stage: Stage, rounds: int, seconds: float, say: Callable[[str], None]) -> None:
    """Measure and print both."""
    own = _serve(stage, "own worker")
    plain = _serve(stage, "gunicorn's worker", "--worker-class", "gthread")
    questions = calls.question_calls([])
    arms = list[Arm]()
    for title, sent in (("GET /healthz", [_HEALTH]), ("POST /faq/ask", questions)):
        for kept in (False, True):
            name = f"{title}, {'kept' if kept else 'closed'}"
            loaded = partial(_loaded, stage, sent, seconds, kept)
            beside = Arm(f"gunicorn's, {name}", partial(loaded, plain))
            arms += [beside, Arm(f"own, {name}", partial(loaded, own), beside)]
    run_in_turn(arms, rounds, say)
    say("")
    print(f"\n{'Among no slow clients':44}{'requests/s':>11}{'p50 ms':>9}{'p99 ms':>9}")
    for arm in arms:
        print(f"{arm.title:44}{arm.rate:11.0f}{arm.p50:9.1f}{arm.p99:9.1f}")
        if arm.beside is not None:
            print(against_floor(f"  of {arm.beside.title}", arm.ratio(), LEAST_RATIO))
    print(f"\n{'Among slow clients':44}{'clients':>11}{'p50 ms':>9}{'p95 ms':>9}")
    for name, server in (("gunicorn's", plain), ("own", own)):
        for count in COUNTS:
            for call in (_HEALTH, questions[0]):
                say(f"{name}, {count} slow clients, {call.path}")
                p50, p95 = _latency(server, count, call)
                say("")
                print(f"{f'{name}, {call.method} {call.path}':44}{count:11}{p50:9.1f}{p95:9.1f}")
                if server is own:
                    print(against_ceiling("  p95", p95, MOST_MILLISECONDS, "ms"))


def _serve(stage: Stage, name: str, *options: str) -> Server:
    environment = stage.environment(name.replace(" ", "-"))
    return stage.serve_in(
        environment, name, PRODUCT_APPLICATION, *PRODUCT, "--workers", "1", *options
    )


def _loaded(
    stage: Stage, sent: list[calls.Call], seconds: float, kept: bool, server: Server
) -> load.Load:
    return load.run(server.url, sent, seconds, stage.directory, kept=kept)


def _latency(server: Server, count: int, call: calls.Call) -> tuple[float, float]:
    """Return p50 and p95 in milliseconds; an answer that does not come counts as the patience."""
    slow = SlowClients(server.port, count, b"GET / HTTP/1.1\r\n", drip=b"A: b\r\n", pause=1)
    with slow if count else nullcontext():
        took = list[float]()
        until = time.monotonic() + 4 * PATIENCE_SECONDS
        while len(took) < PROBES and (len(took) < 2 or time.monotonic() < until):
            took.append(_seconds(server, call) * 1000)
    cuts = quantiles(took, n=20)
    return cuts[9], cuts[18]


def _seconds(server: Server, call: calls.Call) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_SECONDS)
    began = time.perf_counter()
    try:
        headers = {"Content-Type": "application/json"} if call.body else {}
        connection.request(call.method, call.path, call.body.encode() or None, headers)
        connection.getresponse().read()
    except TimeoutError:
        return PATIENCE_SECONDS
    finally:
        connection.close()
    return time.perf_counter() - began
