"""One service for each VAR_DIR: its lock, and its Valkey for a command that needs it."""

import fcntl
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from config import Settings
from handlers.commands import embedded_valkey
from handlers.commands.processes import die_with_parent

START_SECONDS = 30.0


class CannotStart(Exception):
    """One sentence that says why, for the person at the terminal."""


@contextmanager
def only_one(var_dir: Path) -> Iterator[None]:
    """Hold the lock of VAR_DIR; the kernel lets go of it however this process ends.

    Raises CannotStart when another process holds it.
    """
    var_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(var_dir / "serve.lock", "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(_already_running(file, var_dir)) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


@contextmanager
def valkey_for_a_moment(settings: Settings) -> Iterator[None]:
    """The Redis of the settings is there inside: an embedded one that nobody runs is started.

    Raises CannotStart when it does not start.
    """
    path = settings.valkey_socket
    if not settings.embedded_redis or embedded_valkey.answers(path):
        yield
        return
    parent = os.getpid()
    with (
        only_one(settings.var_dir),
        subprocess.Popen(  # noqa: S603 - our own program
            embedded_valkey.prepare(settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            preexec_fn=lambda: die_with_parent(parent),
        ) as process,
    ):
        deadline = time.monotonic() + START_SECONDS
        try:
            while not embedded_valkey.answers(path):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise CannotStart("The embedded Valkey does not start.")
                time.sleep(0.02)
            yield
        finally:
            process.terminate()


def _already_running(file: IO[str], var_dir: Path) -> str:
    file.seek(0)
    return (
        f"The service runs already in {var_dir.absolute()} (process {file.read() or 'unknown'}). "
        "Stop it first, or set VAR_DIR, PORT and SANDBOX_PORT for a second one."
    )
