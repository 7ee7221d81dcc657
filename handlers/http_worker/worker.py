"""The worker: its main thread collects requests and sends what clients do not take at once.

A thread gets a request when all of it is there, head and body, and is free again when the answer is
in memory. So clients that send or read slowly occupy sockets alone, a limited number for a limited
time. In gunicorn's own worker a thread waits for each client, and the main thread up to two seconds
for each to close its side.

TLS, HTTP/2 and the PROXY protocol are the business of a proxy.
"""

import errno
import json
import secrets
import selectors
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any

import structlog
from gunicorn import http
from gunicorn.http import wsgi
from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, ThreadWorker

from handlers import metrics
from handlers.http_worker import limits
from handlers.http_worker.connection import Connection, Phase
from miniprogram_api.reasons import Reason
from miniprogram_api.texts.sentences import sentence

log = structlog.get_logger("http")

_SWEEP_SECONDS = 0.5
_SWEEP_BYTES = 8 * 1024 * 1024
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class _Response(wsgi.Response):
    """gunicorn's response without the header that names the server."""

    def default_headers(self) -> list[str]:
        """Return status line and headers."""
        return [line for line in super().default_headers() if not line.startswith("Server:")]


wsgi.Response = _Response


class Worker(ThreadWorker):
    """gunicorn's thread worker, whose threads do not wait for clients."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        # Connections that wait in the poller, the longest waiting first.
        self._parked: dict[Connection, None] = {}
        # Requests that were handed over to threads and not finished: their number and bytes.
        self._handed_over = self._handed_bytes = 0
        self._space = bytearray(64 * 1024)
        self._next_sweep, self._unswept_bytes = 0.0, 0

    # Incoming ---------------------------------------------------------------------------------

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection; where there is no room, close one that is worth less."""
        try:
            accepted, client = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self._make_room()
            elif error.errno not in (errno.EAGAIN, errno.ECONNABORTED):
                raise
            return
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections:
            self._make_room()
        conn = Connection(self.cfg, accepted, client, listener.getsockname())
        self._begin(conn, Phase.HEAD, limits.HEAD_SECONDS)
        self._receive(conn)

    def _receive(self, conn: Connection, _socket: object = None) -> None:
        """Take what a client has sent."""
        try:
            count = conn.receive(self._space)
        except OSError:
            self._close(conn)
            return
        if count is None:
            self._park(conn, selectors.EVENT_READ, self._receive)
        elif count or conn.incoming:
            self._advance(conn, count)
        else:
            self._close(conn)

    def _advance(self, conn: Connection, count: int) -> None:
        """Hand a request over if it is whole or nothing more of it can come."""
        end = conn.framing.end(conn.incoming)
        if end is not None or not count:
            self._unpark(conn)
            conn.take_request(len(conn.incoming) if end is None else end)
            self.enqueue_req(conn)
            return
        if conn.phase is Phase.IDLE:
            self._begin(conn, Phase.HEAD, limits.HEAD_SECONDS)
        if conn.framing.head and conn.phase is Phase.HEAD:
            self._begin(conn, Phase.BODY, limits.SILENCE_SECONDS)
            if conn.framing.awaits_continue:
                with suppress(OSError):
                    conn.sock.sendall(_CONTINUE)
                    conn.sock.flush()
        if conn.phase is Phase.BODY:
            conn.note_progress(count)
            self._unswept_bytes += count
        self._park(conn, selectors.EVENT_READ, self._receive)

    # In a thread ------------------------------------------------------------------------------

    def enqueue_req(self, conn: Connection) -> None:
        """Hand a request over to the threads."""
        self._handed_over += 1
        self._handed_bytes += len(conn.request)
        super().enqueue_req(conn)

    def handle(self, conn: Connection) -> bool:
        """Handle one request in a thread; return whether the connection may be kept."""
        conn.parser = http.get_parser(self.cfg, conn.pieces(), conn.client)
        is_kept = bool(super().handle(conn)) and conn.is_used_up()
        with suppress(OSError):
            conn.sock.flush()
        return is_kept

    def _keepalive_after(self, conn: Connection, keepalive: bool) -> bool:
        """Discard what the application did not read; it is in memory, however long it is."""
        return bool(keepalive and conn.parser.finish_body())

    def handle_request(self, req: Any, conn: Connection) -> bool:
        """Pass the request to the application."""
        if not conn.framing.is_whole:
            req.force_close()
        if conn.framing.awaits_continue and conn.phase is Phase.BODY:
            # It was sent already.
            req._expected_100_continue = False
        return bool(super().handle_request(req, conn))

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:  # noqa: ARG002
        """Answer a request that never reached the application; log the error without its text."""
        if isinstance(exc, ParseException):
            reason = Reason.MALFORMED_JSON
            log.info(
                "invalid request", error=type(exc).__name__, request_id=_refuse(client, reason)
            )
        else:
            reason = Reason.INTERNAL_ERROR
            log.error("unexpected error", exc_info=exc, request_id=_refuse(client, reason))

    # After a thread ---------------------------------------------------------------------------

    def finish_request(self, conn: Connection, fs: Future[bool]) -> None:
        """Send the rest of the answer, and wait for the next request or close."""
        self._handed_over -= 1
        self._handed_bytes -= len(conn.request)
        conn.forget_request()
        conn.is_kept = not fs.cancelled() and fs.exception() is None and fs.result()
        if conn.sock.fileno() < 0:
            # gunicorn closed it after an error in the middle of an answer.
            self._close(conn)
        elif conn.sock.unsent:
            self._begin(conn, Phase.ANSWER, limits.SILENCE_SECONDS)
            self._unswept_bytes += len(conn.sock.unsent)
            self._park(conn, selectors.EVENT_WRITE, self._send)
        else:
            self._settle(conn)

    def _send(self, conn: Connection, _socket: object) -> None:
        """Send more of an answer."""
        try:
            conn.note_progress(conn.sock.flush())
        except OSError:
            self._close(conn)
            return
        if not conn.sock.unsent:
            self._unpark(conn)
            self._settle(conn)

    def _settle(self, conn: Connection) -> None:
        """Wait for the next request, or close."""
        if conn.is_kept:
            self._begin(conn, Phase.IDLE, self.cfg.keepalive)
            if conn.incoming:
                self._advance(conn, len(conn.incoming))
            else:
                self._park(conn, selectors.EVENT_READ, self._receive)
        elif conn.is_sending:
            # Closing with unread bytes would lose the answer.
            self._begin(conn, Phase.CLOSING, limits.CLOSING_SECONDS)
            with suppress(OSError):
                conn.sock.shutdown(socket.SHUT_WR)
            self._park(conn, selectors.EVENT_READ, self._drain)
        else:
            self._close(conn)

    def _drain(self, conn: Connection, _socket: object) -> None:
        """Discard what still comes until the client closes its side."""
        try:
            has_ended = conn.sock.recv_into(self._space) == 0
        except BlockingIOError:
            return
        except OSError:
            has_ended = True
        if has_ended:
            self._close(conn)
        else:
            latest = conn.began + limits.SILENCE_SECONDS
            conn.deadline = min(latest, time.monotonic() + limits.CLOSING_SECONDS)

    # Waiting ----------------------------------------------------------------------------------

    def _begin(self, conn: Connection, phase: Phase, seconds: float) -> None:
        """Begin a phase; a worker that stops waits less for what has not begun."""
        if not self.alive and phase <= Phase.IDLE:
            seconds = min(seconds, STOP_KEEPALIVE_LINGER)
        conn.begin(phase, seconds)

    def _park(self, conn: Connection, events: int, ready: Callable[..., None]) -> None:
        if conn not in self._parked:
            self._parked[conn] = None
            self.poller.register(conn.sock, events, partial(ready, conn))

    def _unpark(self, conn: Connection) -> None:
        if conn in self._parked:
            del self._parked[conn]
            self.poller.unregister(conn.sock)

    def _close(self, conn: Connection) -> None:
        # Another callback of the same turn may have closed it to make room.
        if conn.is_closed:
            return
        conn.is_closed = True
        self._unpark(conn)
        self.nr_conns -= 1
        conn.close()

    def murder_pending(self) -> None:
        """Give up slow clients; called at each turn of the main loop."""
        now = time.monotonic()
        if now < self._next_sweep and self._unswept_bytes < _SWEEP_BYTES:
            return
        self._next_sweep, self._unswept_bytes = now + _SWEEP_SECONDS, 0
        is_crowded = (
            self._handed_over * 2 >= self.cfg.threads
            or self.nr_conns * 2 >= self.worker_connections
        )
        for conn in list(self._parked):
            conn.measure(now)
            if now >= conn.deadline or (is_crowded and conn.is_slow):
                self._give_up(conn, Reason.REQUEST_TIMEOUT)
        self._free_memory(now)

    def _free_memory(self, now: float) -> None:
        held = self._handed_bytes + sum(conn.held for conn in self._parked)
        large = [conn for conn in self._parked if conn.held > limits.SMALL_BYTES]
        for conn in sorted(large, key=lambda conn: conn.rate(now)):
            if held <= limits.MOST_HELD_BYTES:
                return
            held -= conn.held
            self._give_up(conn, Reason.SERVICE_UNAVAILABLE)

    def _make_room(self) -> None:
        conn = min(self._parked, key=lambda conn: conn.phase, default=None)
        if conn is not None:
            self._give_up(conn, Reason.SERVICE_UNAVAILABLE)

    def _give_up(self, conn: Connection, reason: Reason) -> None:
        """Close a connection; answer and log what had begun."""
        if conn.phase is Phase.ANSWER or conn.incoming:
            identifier = None if conn.phase is Phase.ANSWER else _refuse(conn.sock, reason)
            metrics.count_incomplete(reason.status, reason.name)
            log.info(
                "slow client",
                code=reason.name,
                phase=conn.phase.name.lower(),
                seconds=round(time.monotonic() - conn.began, 1),
                request_id=identifier,
            )
        self._close(conn)

    # The end ----------------------------------------------------------------------------------

    def _cap_keepalive(self, deadline: float) -> None:
        """Shorten the wait for requests that have not begun; called when the worker stops."""
        for conn in self._parked:
            if conn.phase <= Phase.IDLE:
                conn.deadline = min(conn.deadline, deadline)

    def murder_keepalived(self, force: bool = False) -> None:
        """Close all connections at the end of the process."""
        if force:
            for conn in list(self._parked):
                self._close(conn)


def _refuse(client: Any, reason: Reason) -> str:
    """Answer a refusal as JSON and return its request id.

    Without help, which is read from the database: the main thread must not wait for that.
    """
    identifier = secrets.token_hex(12)
    content: dict[str, Any] = {"code": reason.name, "message": sentence(reason), "data": {}}
    content |= {"help": None, "request_id": identifier}
    body = json.dumps(content, ensure_ascii=False).encode()
    head = (
        f"HTTP/1.1 {reason.status} {reason.name}\r\nConnection: close\r\n"
        "Content-Type: application/json; charset=utf-8\r\nCache-Control: no-store\r\n"
        f"X-Request-ID: {identifier}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with suppress(OSError):
        client.sendall(head.encode() + body)
        client.flush()
    return identifier
