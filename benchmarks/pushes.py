"""WeChat's pushes: how many are accepted a second beside two libraries' echoes, and how fast.

``python -m benchmarks.pushes [--rounds N] [--seconds S]``; ``python -m benchmarks`` has it, too.
"""

import argparse
import http.client
import itertools
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from statistics import median

from benchmarks import load
from benchmarks.calls import Call
from benchmarks.over_http import Arm
from benchmarks.push_arms import PushCalls
from benchmarks.stage import EVEN, PLAIN, PRODUCT, Server, Stage
from tests.support.sandbox import REPOSITORY

LEAST_OF_WECHATPY, LEAST_TIMES_WEROBOT = 0.55, 2.5
MOST_MS = 50
PUSHES_A_SECOND, LATENCY_SECONDS, SENDERS = 100, 10, 16
# More than the fastest arm can take in a second.
MOST_PUSHES = 4_000


def over_http(
    stage: Stage, rounds: int, seconds: float, say: Callable[[str], None]
) -> tuple[Arm, Arm, Arm]:
    """The two peers and the product under the same gunicorn, one after the other in each round."""
    calls = PushCalls(stage.settings)

    def fresh(server: Server, *, may_refuse: bool = False) -> Callable[[], load.Load]:
        return lambda: load.run(
            server.url,
            calls.make(int(MOST_PUSHES * seconds)),
            seconds,
            stage.directory,
            once=True,
            may_refuse=may_refuse,
        )

    wechatpy = stage.serve("benchmarks.push_arms:wechatpy_echo()", *PLAIN, *EVEN)
    # What it answers with "database is locked" does not count for it.
    werobot = stage.serve("benchmarks.push_arms:werobot_echo()", *PLAIN, *EVEN)
    product = stage.serve("wsgi:create_app()", *PRODUCT, *EVEN)
    arms = (
        Arm("wechatpy, parse and echo", fresh(wechatpy)),
        Arm("WeRoBot as shipped", fresh(werobot, may_refuse=True)),
        Arm("POST /wechat/push", fresh(product)),
    )
    for number in range(rounds + 1):
        for arm in arms:
            say(f"round {number} of {rounds}: {arm.title}")
            run = arm.load()
            # The first round only warms up.
            if number > 0:
                arm.loads.append(run)
    return arms


def answer_times(stage: Stage) -> list[float]:
    """Milliseconds until ``success`` of pushes that come 100 a second, while the worker answers."""
    server = stage.serve("wsgi:create_app()", *PRODUCT)
    worker = subprocess.Popen(
        [sys.executable, "manage.py", "worker"],
        cwd=REPOSITORY,
        env=stage.environment("wsgi.create_app"),
        stdout=stage.log("worker"),
        stderr=stage.log("worker"),
    )
    try:
        calls = PushCalls(stage.settings)
        _send(server, calls.make(PUSHES_A_SECOND))
        return _send(server, calls.make(PUSHES_A_SECOND * LATENCY_SECONDS))
    finally:
        worker.kill()
        worker.wait()


def _send(server: Server, calls: list[Call]) -> list[float]:
    """Send each call at its own instant, whether the ones before were answered or not."""
    began, taken, guard = time.perf_counter() + 0.1, itertools.count(), threading.Lock()
    took: list[float] = []

    def sender() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        while (number := next(taken)) < len(calls):
            due = began + number / PUSHES_A_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
            connection.request("POST", calls[number].path, calls[number].body.encode())
            response = connection.getresponse()
            body = response.read()
            elapsed = (time.perf_counter() - due) * 1000
            if (response.status, body) != (200, b"success"):
                raise load.LoadFailed(f"{response.status} {body.decode()}")
            with guard:
                took.append(elapsed)
        connection.close()

    threads = [threading.Thread(target=sender) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(took) != len(calls):
        raise load.LoadFailed(f"{len(calls) - len(took)} pushes were not answered")
    return took


def report(stage: Stage, rounds: int, seconds: float, say: Callable[[str], None]) -> None:
    """Measure everything about pushes and print it."""
    wechatpy, werobot, product = over_http(stage, rounds, seconds, say)
    say("100 pushes a second")
    cuts = statistics.quantiles(answer_times(stage), n=100)
    say("")
    print(f"\n{'WeChat pushes':34}{'accepted/s':>11}{'p50 ms':>9}{'p99 ms':>9}")
    for arm in (wechatpy, werobot, product):
        print(f"{arm.title:34}{arm.rate:11.0f}{arm.p50:9.1f}{arm.p99:9.1f}")
    for peer, least in ((wechatpy, LEAST_OF_WECHATPY), (werobot, LEAST_TIMES_WEROBOT)):
        times = median(a.rate / b.rate for a, b in zip(product.loads, peer.loads, strict=True))
        print(f"  {times:.2f} times {peer.title} (at least {least}: {_verdict(times >= least)})")
    print(f"{PUSHES_A_SECOND} pushes a second beside the worker: p50 {cuts[49]:.1f} ms", end="")
    print(f", p99 {cuts[98]:.1f} ms (at most {MOST_MS}: {_verdict(cuts[98] <= MOST_MS)})")


def _verdict(reached: bool) -> str:
    return "reached" if reached else "MISSED"


def main() -> int:
    """Read the command line and measure pushes alone."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pushes", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="medians are of so many rounds")
    parser.add_argument("--seconds", type=float, default=3, help="length of one load")
    arguments = parser.parse_args()
    with Stage() as stage:
        report(stage, arguments.rounds, arguments.seconds, lambda _progress: None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
