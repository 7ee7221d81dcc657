"""A small load generator for machines without wrk: ``python -m benchmarks.load_generator``.

Arguments: address, file of calls, seconds, connections, "keep-alive" or "close" (see load.lua for
both). Prints the same line of JSON as load.lua. It uses more CPU than wrk, which brings ratios
between arms nearer to 1.
"""

import http.client
import itertools
import json
import statistics
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 30


@dataclass
class Tally:
    """The counters of all threads."""

    milliseconds: list[float] = field(default_factory=list)
    refused: int = 0
    broken: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def main() -> int:
    """Generate the load and print the figures."""
    address = urlsplit(sys.argv[1])
    lines = Path(sys.argv[2]).read_text(encoding="utf-8").splitlines()
    seconds, connections, ending = float(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
    tally = Tally()
    calls = itertools.cycle(line.split("\t", 3) for line in lines)
    began = time.monotonic()
    threads = [
        threading.Thread(
            target=_send,
            args=(address.hostname, address.port, calls, ending, began + seconds, tally),
        )
        for _ in range(connections)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.monotonic() - began
    # Quantiles need at least two values.
    cuts = statistics.quantiles(tally.milliseconds or [0.0, 0.0], n=100)
    print(
        json.dumps(
            {
                "requests": len(tally.milliseconds),
                "seconds": elapsed,
                "p50": cuts[49],
                "p99": cuts[98],
                "refused": tally.refused,
                "broken": tally.broken,
            }
        )
    )
    return 0


def _send(
    host: str,
    port: int,
    calls: "itertools.cycle[list[str]]",
    ending: str,
    until: float,
    tally: Tally,
) -> None:
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    while time.monotonic() < until:
        with tally.lock:
            method, path, token, body = next(calls)
        headers = {"Connection": ending}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body:
            headers["Content-Type"] = "application/json"
        began = time.perf_counter()
        try:
            connection.request(method, path, body.encode() or None, headers)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            with tally.lock:
                tally.broken += 1
            continue
        elapsed = (time.perf_counter() - began) * 1000
        with tally.lock:
            tally.milliseconds.append(elapsed)
            tally.refused += response.status >= 400
    connection.close()


if __name__ == "__main__":
    sys.exit(main())
