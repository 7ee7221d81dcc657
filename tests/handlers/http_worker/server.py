"""A gunicorn with one process of the product's worker class and a small application."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Self

import psutil

from tests.support.service.sandbox import REPOSITORY
from tests.support.service.service import free_port
from tests.support.service.waiting import eventually

THREADS = 4
_CONFIGURATION = """
import structlog

workers, threads, keepalive = 1, {threads}, 60
worker_class = "handlers.http_worker.worker.Worker"
control_socket_disable = True
graceful_timeout = 120
structlog.configure(processors=[structlog.processors.JSONRenderer()])
"""


class Server:
    """``with Server(directory, HEAD_SECONDS=2)``: limits in capitals, options in small letters."""

    def __init__(self, directory: Path, **changes: object) -> None:
        """Prepare a server; ``bind`` may name a UNIX socket, ``files`` limits its open files."""
        self.port = free_port()
        self.release = directory / "release"
        self._log = directory / "gunicorn.log"
        self._files = changes.pop("files", None)
        options = {"bind": f"127.0.0.1:{self.port}"}
        lines = [_CONFIGURATION.format(threads=THREADS)]
        for name, value in {**options, **changes}.items():
            if name.isupper():
                lines.append(f"from handlers.http_worker import limits\nlimits.{name} = {value!r}")
            else:
                lines.append(f"{name} = {value!r}")
        self._configuration = directory / "conf.py"
        self._configuration.write_text("\n".join(lines))
        self.address = str(changes.get("bind", ""))

    @property
    def log(self) -> str:
        return self._log.read_text()

    @property
    def worker(self) -> psutil.Process:
        """Return the process that serves."""
        [worker] = psutil.Process(self.process.pid).children()
        return worker

    def held(self) -> int:
        """Return how many requests for /hold have begun."""
        return len(list(self.release.parent.glob("held-*")))

    def connect(self, seconds: float = 60) -> socket.socket:
        if self.address:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(seconds)
            try:
                connection.connect(self.address.removeprefix("unix:"))
            except OSError:
                connection.close()
                raise
            return connection
        return socket.create_connection(("127.0.0.1", self.port), timeout=seconds)

    def exchange(self, *parts: bytes) -> bytes:
        """Send the parts one after the other and return all that comes until the end."""
        with self.connect() as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            for part in parts:
                connection.sendall(part)
            return read_all(connection)

    def get(self, path: str = "/") -> bytes:
        """Return the answer to a request on a connection of its own."""
        return self.exchange(
            f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        )

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "gunicorn", "--config", str(self._configuration)]
        if self._files:
            command = ["prlimit", f"--nofile={self._files}", *command]
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [*command, "tests.handlers.http_worker.application:application"],
                cwd=REPOSITORY,
                env={**os.environ, "RELEASE": str(self.release), "PYTHONPATH": str(REPOSITORY)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        if not eventually(self._answers, 60):
            self.__exit__()
            raise AssertionError(self.log)
        return self

    def _answers(self) -> bool:
        try:
            return self.get().endswith(b"0")
        except OSError:
            return False

    def stop(self) -> int:
        """Ask it to end gracefully and return the status."""
        self.process.terminate()
        return self.process.wait(timeout=60)

    def __exit__(self, *exception: object) -> None:
        self.release.touch()
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def read_answer(connection: socket.socket) -> bytes:
    """Return an answer whose body is one byte; the connection may be kept."""
    received = b""
    while not received.partition(b"\r\n\r\n")[2]:
        received += connection.recv(1000)
    return received


def read_all(connection: socket.socket) -> bytes:
    received = b""
    while part := connection.recv(1 << 20):
        received += part
    return received
