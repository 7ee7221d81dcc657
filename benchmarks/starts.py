"""The time from ``make run`` to the first answered question, at the first and second start.

The clone uses this repository's virtual environment.
"""

import os
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import requests

from benchmarks.bare import API
from benchmarks.figures import against_ceiling
from benchmarks.stage import free_port
from tests.support.service.sandbox import REPOSITORY

MOST_SECONDS = {"first": 20.0, "second": 8.0}
PATIENCE_SECONDS = 180
END_SECONDS = 30


def report() -> None:
    """Measure both starts and print them."""
    print("\nmake run until a question is answered")
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        clone = Path(directory) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(clone)], check=True)
        (clone / ".venv").symlink_to((REPOSITORY / ".venv").resolve())
        for requirements in clone.glob("requirements*.txt"):
            # Older than the environment, so that make installs nothing.
            os.utime(requirements, (0, 0))
        for name, most in MOST_SECONDS.items():
            print(against_ceiling(f"  the {name} start", _start(clone), most, "s"))


def _start(clone: Path) -> float:
    """Start and end the service; return the seconds to its first answer."""
    port, sandbox_port = free_port(), free_port()
    with (clone.parent / "make.log").open("ab") as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            ["make", "run", f"PORT={port}", f"SANDBOX_PORT={sandbox_port}"],
            cwd=clone,
            env={k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            process_group=0,
        )
        try:
            _wait_for_an_answer(f"http://127.0.0.1:{port}{API}/faq/ask")
            return time.perf_counter() - began
        finally:
            _end(process)


def _wait_for_an_answer(address: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with suppress(requests.RequestException):
            if requests.post(address, json={"question": "收不到验证码"}, timeout=30).ok:
                return
        time.sleep(0.05)
    raise RuntimeError(f"No answer within {PATIENCE_SECONDS} s.")


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


if __name__ == "__main__":
    report()
