"""Load on a server: by wrk where it is installed, else by ``benchmarks.load_generator``."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.calls import Call

SCRIPT = Path(__file__).with_name("load.lua")
CONNECTIONS = 8


class LoadFailed(Exception):
    """The run is invalid, for example because answers were refusals."""


@dataclass(frozen=True)
class Load:
    """The result of a run; times in milliseconds."""

    requests: int
    rate: float
    """Requests per second."""
    p50: float
    p99: float


def tool() -> str:
    """Return the load generator of this machine."""
    return shutil.which("wrk") or "benchmarks.load_generator"


def run(
    base: str,
    calls: Sequence[Call],
    seconds: float,
    directory: Path,
    *,
    once: bool = False,
    may_refuse: bool = False,
    kept: bool = False,
) -> Load:
    """Send ``calls`` repeatedly for ``seconds``, with ``once`` each at most once.

    Each call has its own connection, because gunicorn's sync workers close them anyway; ``kept``
    reuses connections. ``may_refuse`` leaves refusals out of the rate. Raises LoadFailed for other
    refusals, broken connections, or too few calls with ``once``.
    """
    file = directory / "calls.tsv"
    file.write_text(
        "".join(f"{c.method}\t{c.path}\t{c.token}\t{c.body}\n" for c in calls), encoding="utf-8"
    )
    wrk, ending = shutil.which("wrk"), "keep-alive" if kept else "close"
    if wrk is not None:
        command = [wrk, "--threads", "1", "--connections", str(CONNECTIONS),
                   "--duration", f"{max(1, round(seconds))}s", "--timeout", "30s",
                   "--script", str(SCRIPT), base, "--", str(file), ending]  # fmt: skip
    else:
        command = [sys.executable, "-m", "benchmarks.load_generator", base, str(file),
                   str(seconds), str(CONNECTIONS), ending]  # fmt: skip
    ended = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)
    if ended.returncode != 0:
        raise LoadFailed(ended.stdout + ended.stderr)
    said = json.loads(ended.stdout.strip().splitlines()[-1])
    if (said["refused"] and not may_refuse) or said["broken"]:
        raise LoadFailed(f"{calls[0].method} {calls[0].path}: {said}")
    # Calls in progress at the end are used up, too.
    if once and said["requests"] + CONNECTIONS + 1 > len(calls):
        raise LoadFailed(f"{len(calls)} calls did not last: {said}")
    answered = said["requests"] - said["refused"]
    return Load(answered, answered / said["seconds"], said["p50"], said["p99"])
