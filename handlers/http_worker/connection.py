"""A client's connection: what has come of its request, what has not gone of its answer."""

import errno
import os
import select
import socket
import time
from collections.abc import Iterator
from enum import IntEnum
from typing import Any

from gunicorn.http.errors import LimitRequestHeaders
from gunicorn.workers.gthread import TConn

from handlers.http_worker import limits
from handlers.http_worker.framing import Framing

# The parser copies what it did not use of a piece; shorter answers are sent in one.
_PIECE_BYTES = 64 * 1024


class Phase(IntEnum):
    """What a connection without a thread waits for; the lowest is the first to make room."""

    CLOSING = 1
    HEAD = 2
    IDLE = 3
    BODY = 4
    ANSWER = 5


class ClientSocket(socket.socket):
    """A socket that never blocks; what the client does not take at once is kept in ``unsent``."""

    def __init__(self, accepted: socket.socket) -> None:
        kind = accepted.family, accepted.type, accepted.proto
        super().__init__(*kind, fileno=accepted.detach())
        super().setblocking(False)
        self.unsent = bytearray()

    def setblocking(self, flag: bool) -> None:
        """Do nothing; gunicorn calls it before it reads from the socket."""

    def settimeout(self, value: float | None) -> None:
        """Do nothing; gunicorn calls it before it closes after an error within an answer."""

    def shutdown(self, how: int) -> None:
        """Send the begun answer first, for the same case. Raises OSError."""
        self.flush()
        super().shutdown(how)

    def sendall(self, data: Any, flags: int = 0) -> None:  # noqa: ARG002
        """Keep the data for ``flush``; of a long answer send what the client takes at once.

        A thread that streams an answer waits where too much is unsent. Raises BrokenPipeError.
        """
        while len(self.unsent) > limits.MOST_UNSENT_BYTES:
            poll = select.poll()
            poll.register(self, select.POLLOUT)
            if not poll.poll(limits.SILENCE_SECONDS * 1000):
                raise BrokenPipeError(errno.EPIPE, "The client reads nothing.")
            self.flush()
        self.unsent += data
        if len(self.unsent) > _PIECE_BYTES:
            self.flush()

    def send(self, data: Any, flags: int = 0) -> int:
        """Send like ``sendall``."""
        self.sendall(data, flags)
        return len(data)

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """Send like ``sendall``; the files of the mini program fit into memory."""
        return self.send(os.pread(file.fileno(), count or os.fstat(file.fileno()).st_size, offset))

    def flush(self) -> int:
        """Send what the client takes at once and return how much. Raises BrokenPipeError."""
        before = len(self.unsent)
        try:
            while self.unsent:
                del self.unsent[: super().send(self.unsent)]
        except BlockingIOError:
            pass
        except OSError as error:
            # gunicorn would log others than this with their traceback.
            raise BrokenPipeError(errno.EPIPE, str(error)) from error
        return before - len(self.unsent)


class Connection(TConn):
    """A connection whose requests are collected before a thread gets them."""

    def __init__(self, cfg: Any, accepted: socket.socket, client: Any, server: Any) -> None:
        super().__init__(cfg, ClientSocket(accepted), client, server)
        # Nothing is left to wait for when a thread handles it.
        self.initialized = True
        self.data_ready = True
        self.parser: Any = None
        self.is_closed = self.is_kept = False
        self.is_sending = False
        """Whether more than the last request came or may come."""
        self.incoming = bytearray()
        self.framing = Framing()
        self.request = bytearray()
        """What a thread handles now."""

    def begin(self, phase: Phase, seconds: float) -> None:
        """Begin a phase that ends after so many seconds without progress."""
        self.phase = phase
        self.began = self._window_began = time.monotonic()
        self.deadline = self.began + seconds
        self.is_slow = False
        self._moved = self._window_moved = 0

    def note_progress(self, count: int) -> None:
        """Note that bytes of a body or an answer moved."""
        self._moved += count
        self._window_moved += count
        self.deadline = time.monotonic() + limits.SILENCE_SECONDS

    def measure(self, now: float) -> None:
        """Set ``is_slow`` once in so many seconds, by what moved in them."""
        seconds = now - self._window_began
        if self.phase in (Phase.BODY, Phase.ANSWER) and seconds >= limits.SILENCE_SECONDS:
            self.is_slow = self._window_moved < seconds * limits.LEAST_BYTES_PER_SECOND
            self._window_began, self._window_moved = now, 0

    def rate(self, now: float) -> float:
        """Return the average of this phase in bytes per second."""
        return self._moved / max(now - self.began, 0.001)

    @property
    def held(self) -> int:
        """Return how many bytes are in memory for this client, apart from a handled request."""
        return len(self.incoming) + len(self.sock.unsent)

    def receive(self, space: bytearray) -> int | None:
        """Take what has come and return its length: None for nothing, 0 at the client's end.

        Raises OSError.
        """
        try:
            count: int = self.sock.recv_into(space)
        except BlockingIOError:
            return None
        self.incoming += memoryview(space)[:count]
        return count

    def take_request(self, end: int) -> None:
        """Make what has come until ``end`` the request that a thread handles."""
        if end == len(self.incoming):
            self.request, self.incoming = self.incoming, bytearray()
        else:
            self.request = self.incoming[:end]
            del self.incoming[:end]

    def pieces(self) -> Iterator[bytes]:
        """Yield the request for gunicorn's parser, its head first."""
        request, head = self.request, self.framing.head or len(self.request)
        yield bytes(request[:head])
        if not self.framing.head and head > limits.MOST_HEAD_BYTES:
            raise LimitRequestHeaders("head")
        for start in range(head, len(request), _PIECE_BYTES):
            yield bytes(request[start : start + _PIECE_BYTES])

    def is_used_up(self) -> bool:
        """Return whether the parser read the request to its end and no further."""
        source = self.parser.unreader
        return bool(
            source.iter is not None and not source.buf.getvalue() and not next(source.iter, b"")
        )

    def forget_request(self) -> None:
        """Free the memory of a handled request and prepare for the next one."""
        is_refused = self.parser is None or self.parser.mesg is None
        self.is_sending = is_refused or not self.framing.is_whole or bool(self.incoming)
        self.parser = None
        self.request = bytearray()
        self.framing = Framing()
