"""CPU time of a call inside the process.

``python -m benchmarks.in_process ROUNDS ID…`` runs in the environment of a stage, with the ids of
its accounts, and prints JSON. It measures the thread's CPU time of ``app(environ,
start_response)``, in blocks that alternate with blocks of bare Flask.
"""

import gc
import io
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from benchmarks import arms, bare, calls
from benchmarks.calls import Call
from benchmarks.stage import Stage
from miniprogram_api.services import Services
from tests.support.service.sandbox import REPOSITORY
from wsgi import create_app

BLOCK = 200
SIGN_INS = 15


def measure(stage: Stage, rounds: int) -> dict[str, tuple[float, float]]:
    """Measure in a subprocess; return title → (µs of a call, µs of bare Flask)."""
    environment = stage.environment("in_process")
    metrics = Path(environment["VAR_DIR"]) / "metrics"
    metrics.mkdir(parents=True)
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.in_process", str(rounds), *map(str, stage.account_ids)],
        cwd=REPOSITORY,
        # As in gunicorn.conf.py.
        env={**environment, "PROMETHEUS_MULTIPROC_DIR": str(metrics)},
        stdout=subprocess.PIPE,
        stderr=stage.log("in_process"),
        text=True,
        check=True,
    )
    return {title: (own, plain) for title, (own, plain) in json.loads(ended.stdout).items()}


def report(stage: Stage, rounds: int, say: Callable[[str], None]) -> None:
    """Measure and print a table."""
    say("CPU inside the process")
    costs = measure(stage, rounds)
    say("")
    print(f"\n{'CPU inside the process':44}{'µs a call':>11}{'bare':>9}{'added':>9}")
    for title, (own, plain) in costs.items():
        print(f"{title:44}{own:11.0f}{plain:9.0f}{own - plain:9.0f}")


def main() -> int:
    """Measure in this process and print JSON."""
    rounds, account_ids = int(sys.argv[1]), [int(text) for text in sys.argv[2:]]
    plain, product = bare.create_app(), create_app()
    services: Services = product.extensions["services"]
    constant = replace(services, clients=replace(services.clients, sms=arms.ConstantGateway()))
    codes = calls.CodeCalls(100)
    # Title → services, calls per block, source of the calls.
    paths: dict[str, tuple[Services, int, Callable[[int], Iterable[Call]]]] = {
        "GET /account": (services, BLOCK, _again(calls.account_calls(account_ids))),
        "POST /faq/ask, no token": (services, BLOCK, _again(calls.question_calls([]))),
        "POST /faq/ask, signed in": (services, BLOCK, _again(calls.question_calls(account_ids))),
        "POST /sms-codes, gateway constant": (constant, BLOCK, codes.make),
        "POST /sms-codes": (services, BLOCK, codes.make),
        "POST /sessions": (services, SIGN_INS, _again(calls.sign_in_calls())),
    }
    costs: dict[str, list[tuple[float, float]]] = {title: [] for title in paths}
    # The first round only warms up.
    for number in range(rounds + 1):
        for title, (needed, count, make) in paths.items():
            product.extensions["services"] = needed
            sent = list(make(count))
            pair = _cost(product, sent), _cost(plain, sent)
            if number > 0:
                costs[title].append(pair)
    print(json.dumps({title: [*map(median, zip(*c, strict=True))] for title, c in costs.items()}))
    return 0


def _again(sent: list[Call]) -> Callable[[int], Iterable[Call]]:
    """Return a function that takes the next calls, from the beginning again after the last."""
    cycle = itertools.cycle(sent)
    return lambda count: itertools.islice(cycle, count)


def _cost(app: Flask, sent: list[Call]) -> float:
    """Return the mean CPU time of a call in µs."""
    environments = [*_environments(sent)]
    statuses: list[str] = []

    def start_response(status: str, _headers: Any, _exc_info: Any = None, /) -> Callable[..., None]:
        statuses.append(status)
        return lambda _: None

    gc.collect()
    used = 0
    for environ in environments:
        before = time.thread_time_ns()
        answer = app(environ, start_response)
        body = b"".join(answer)
        used += time.thread_time_ns() - before
        if not statuses.pop().startswith("2"):
            raise RuntimeError(body.decode())
    return used / len(environments) / 1000


def _environments(sent: list[Call]) -> Iterator[dict[str, Any]]:
    for call in sent:
        headers = Headers()
        if call.token:
            headers["Authorization"] = f"Bearer {call.token}"
        body = call.body.encode()
        environ = EnvironBuilder(
            call.path,
            method=call.method,
            headers=headers,
            content_type="application/json" if body else None,
            environ_overrides={"REMOTE_ADDR": "127.0.0.1"},
        ).get_environ()
        environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        yield environ


if __name__ == "__main__":
    sys.exit(main())
