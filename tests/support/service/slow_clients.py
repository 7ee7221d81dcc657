"""Clients that send or read slowly, all in one thread.

``with SlowClients(port, 200, b"GET / HTTP/1.1\\r\\n", drip=b"A: b\\r\\n")`` connects so many
clients. Each sends the opening at once, then the drip again and again, a byte a pause, and opens a
new connection when the server closes its own.
"""

import selectors
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

from tests.support.service.waiting import eventually

_TICK_SECONDS = 0.02


@dataclass(eq=False)
class _Client:
    connection: socket.socket
    next_at: float
    sent: int = 0
    answer: bytearray = field(default_factory=bytearray)


class SlowClients:
    """Count what becomes of slow clients: ``closed`` connections and their ``answers``."""

    def __init__(
        self,
        port: int,
        count: int,
        opening: bytes = b"",
        *,
        drip: bytes = b"",
        pause: float = 0.2,
        reads: bool = True,
        reopens: bool = True,
    ) -> None:
        """Prepare ``count`` clients; without ``reads`` they take nothing of an answer."""
        self.count = count
        self.opened = 0
        self.closed = 0
        self.answers: list[bytes] = []
        self._address = ("127.0.0.1", port)
        self._opening, self._drip, self._pause = opening, drip, pause
        self._reads, self._reopens = reads, reopens
        self._selector = selectors.DefaultSelector()
        self._clients: set[_Client] = set()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def open(self) -> int:
        """Return how many connections the server has not closed."""
        return len(self._clients)

    def __enter__(self) -> Self:
        self._thread.start()
        assert eventually(lambda: self.opened >= self.count, 60)
        return self

    def __exit__(self, *exception: object) -> None:
        self._ends.set()
        self._thread.join()
        self._selector.close()

    def _run(self) -> None:
        for number in range(self.count):
            # Not all in the same moment.
            self._open(time.monotonic() + self._pause * number / self.count)
        while not self._ends.is_set():
            self._look()
            self._send_drips()
        for client in self._clients:
            client.connection.close()

    def _open(self, next_at: float) -> None:
        connection = socket.socket()
        if not self._reads:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(self._address)
        connection.sendall(self._opening)
        connection.setblocking(False)
        client = _Client(connection, next_at)
        if self._reads:
            self._selector.register(connection, selectors.EVENT_READ, client)
        self._clients.add(client)
        self.opened += 1

    def _look(self) -> None:
        """Read what came, and count closed connections."""
        for key, _ in self._selector.select(_TICK_SECONDS):
            try:
                received = key.data.connection.recv(65_536)
            except ConnectionError:
                received = b""
            key.data.answer += received
            if not received:
                self._selector.unregister(key.data.connection)
                self._end(key.data)

    def _send_drips(self) -> None:
        now = time.monotonic()
        for client in [client for client in self._clients if client.next_at <= now]:
            client.next_at = now + self._pause
            place = client.sent % max(1, len(self._drip))
            try:
                client.sent += client.connection.send(self._drip[place : place + 1])
            except BlockingIOError:
                continue
            except ConnectionError:
                # Where the client reads, the end is read after the answer.
                if not self._reads:
                    self._end(client)

    def _end(self, client: _Client) -> None:
        client.connection.close()
        self._clients.discard(client)
        self.answers.append(bytes(client.answer))
        self.closed += 1
        if self._reopens:
            with suppress(ConnectionError):
                self._open(time.monotonic() + self._pause)
