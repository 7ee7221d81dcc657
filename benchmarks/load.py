"""Load on a server: by wrk where the machine has it, else by ``benchmarks.load_generator``."""

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
    """The figures of a run would mean nothing, for example because answers were refusals."""


@dataclass(frozen=True)
class Load:
    """What one run came to; times in milliseconds."""

    requests: int
    rate: float
    """Requests a second."""
    p50: float
    p99: float


def tool() -> str:
    """What makes the load on this machine."""
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
    """Send ``calls`` over and over for ``seconds``; ``once``: each of them at most once.

    Each call has a connection of its own, as gunicorn's sync workers will have it anyway, so that
    no server is spared what the others do; ``kept``: connections are used again as long as the
    server keeps them. ``may_refuse``: refusals are left out of the rate. Raises LoadFailed when,
    else, an answer was no success, when a connection broke, or when ``once`` was asked for and the
    calls did not last.
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
    # What was sent and not answered when the time was over has been used, too.
    if once and said["requests"] + CONNECTIONS + 1 > len(calls):
        raise LoadFailed(f"{len(calls)} calls did not last: {said}")
    answered = said["requests"] - said["refused"]
    return Load(answered, answered / said["seconds"], said["p50"], said["p99"])
