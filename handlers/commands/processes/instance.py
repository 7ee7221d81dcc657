"""The lock of a VAR_DIR, and a temporary Valkey for commands."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import config
from config import Settings
from handlers.commands.processes import embedded_valkey
from handlers.commands.processes.processes import Part

START_SECONDS = 30.0


class CannotStart(Exception):
    """The service cannot start; the text is one sentence for the operator."""


@contextmanager
def only_one(var_dir: Path) -> Iterator[bool]:
    """Hold the lock of VAR_DIR; yield whether its last holder was killed.

    Raises CannotStart when another process holds it.
    """
    var_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(var_dir / "serve.lock", "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise CannotStart(
                f"The service runs already in {var_dir.absolute()} "
                f"(process {file.read() or 'unknown'}). "
                "Stop it first, or set VAR_DIR, PORT and SANDBOX_PORT for a second one."
            ) from None
        file.seek(0)
        was_killed = bool(file.read())
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield was_killed
        finally:
            file.truncate(0)


@contextmanager
def temporary_valkey(settings: Settings) -> Iterator[None]:
    """Run the embedded Valkey, unless REDIS_URL is set or the service runs. Raises CannotStart."""
    path = settings.valkey_socket
    if settings.redis_url or embedded_valkey.answers(path):
        yield
        return
    valkey = Part(
        "valkey",
        embedded_valkey.prepare(settings),
        environment=config.child_environment(),
        log=settings.var_dir.absolute() / "log" / "valkey.log",
    )
    with only_one(settings.var_dir):
        valkey.start()
        deadline = time.monotonic() + START_SECONDS
        try:
            while not embedded_valkey.answers(path):
                if not valkey.is_running() or time.monotonic() > deadline:
                    raise CannotStart(f"The embedded Valkey does not start: see {valkey.log}.")
                time.sleep(0.02)
            yield
        finally:
            valkey.kill()
