"""An embedded Valkey with the binary and options of ``make run``."""

import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from config import Settings
from handlers.commands.processes import embedded_valkey


class ValkeyServer:
    """Run one server process on the socket of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._socket = settings.valkey_socket
        self.url = f"unix://{self._socket}"
        self._command = embedded_valkey.prepare(settings)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it and wait until it answers. Raises RuntimeError when it does not."""
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 20
        while not embedded_valkey.answers(self._socket):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError("The embedded Valkey did not start.")
            time.sleep(0.02)
        return self

    def stop(self) -> None:
        """End it, if it runs."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    @property
    def process_id(self) -> int:
        """Return the process id of the running server."""
        assert self._process is not None
        return self._process.pid

    def clear(self) -> None:
        """Delete all data, as if the server had been in use for long."""
        clear_valkey(self._socket)

    def lose_data(self) -> None:
        """Delete all data of a server in use, which the service has to notice."""
        send_to_valkey(self._socket, b"FLUSHALL")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def clear_valkey(path: Path) -> None:
    """Delete all data of the server on this socket, as if it had been in use for long."""
    send_to_valkey(path, b"FLUSHALL")
    send_to_valkey(path, b"MSET epoch:sms 1 epoch:registrar 1")


def send_to_valkey(path: Path, command: bytes) -> None:
    """Send an inline command that answers OK."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(10)
        connection.connect(str(path))
        connection.sendall(command + b"\r\n")
        assert connection.recv(16).startswith(b"+OK")
