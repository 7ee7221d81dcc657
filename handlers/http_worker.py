"""The gunicorn worker: what happens below the application, before a request is one or after it.

gunicorn's own thread worker answers a request that is not HTTP in HTML and writes it into the log,
with whatever personal data or token stands in it; cuts off a client that is still sending a body
which nobody read; and waits for ever for a phone that went out of reach in the middle of a request.
"""

import json
import secrets
import socket
import struct
import time
import traceback
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from gunicorn import util
from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import ThreadWorker

log = structlog.get_logger("http")

# More than the largest body that is taken (an image of 10 MiB with what surrounds it), so a client
# that sends a little too much gets its answer on a connection that it can use again.
MOST_DISCARDED = 12 * 1024 * 1024
DISCARD_SECONDS = 10.0
# Between two packets of one request or answer; a thread must not wait for ever for a lost phone.
SILENCE_SECONDS = 20
_CHUNK = 64 * 1024

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Worker(ThreadWorker):
    """Threads that answer in our envelope, log no request, and read a body to its end."""

    def load_wsgi(self) -> None:
        super().load_wsgi()
        self.wsgi: Application = read_to_the_end(self.wsgi)

    def handle(self, conn: Any) -> Any:
        if not conn.initialized:
            patience = struct.pack("ll", SILENCE_SECONDS, 0)
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, patience)
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)
        return super().handle(conn)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:  # noqa: ARG002
        """Answer what never reached the application; log its kind, never its content."""
        from handlers.errors import error_content
        from miniprogram_api.reasons import Reason, Refused

        identifier = secrets.token_hex(12)
        kind = type(exc).__name__
        if isinstance(exc, ParseException):
            reason = Reason.MALFORMED_JSON
            log.info("not a request", kind=kind, request_id=identifier)
        else:
            reason = Reason.INTERNAL_ERROR
            frames = traceback.extract_tb(exc.__traceback__)
            log.error(
                "unexpected error",
                error=kind,
                frames=[f"{f.filename}:{f.lineno} {f.name}" for f in frames],
                request_id=identifier,
            )
        content = {**error_content(Refused(reason)), "request_id": identifier}
        body = json.dumps(content, ensure_ascii=False).encode()
        head = (
            f"HTTP/1.1 {reason.status} {reason.name}\r\nConnection: close\r\n"
            "Content-Type: application/json; charset=utf-8\r\nCache-Control: no-store\r\n"
            f"X-Request-ID: {identifier}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        try:
            util.write_nonblock(client, head.encode() + body)
        except OSError:
            log.info("answer not taken", request_id=identifier)


def read_to_the_end(application: Application) -> Application:
    """Wrap a WSGI application so that no body is left unread when the answer goes out.

    gunicorn discards 64 KiB and then closes the connection, which it had announced to keep: the
    client's next request is reset, and often the very answer is lost. A body larger than
    MOST_DISCARDED, or one that does not come in time, is announced to end the connection.
    """

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        answer = application(environ, start_response)
        if not _discarded(environ["wsgi.input"]):
            # The bound method's response is the only way to it from here.
            start_response.__self__.force_close()
        return answer

    return wrapped


def _discarded(body: Any) -> bool:
    """Whether the rest of the body was read, so that the next request begins where it ends."""
    deadline = time.monotonic() + DISCARD_SECONDS
    left = MOST_DISCARDED
    try:
        # What could not be read once will not come now.
        while not body.failed and left > 0 and time.monotonic() < deadline:
            chunk = body.read(_CHUNK)
            if not chunk:
                # After a chunk that was none nothing more comes, and nobody knows what is next.
                return not body.failed
            left -= len(chunk)
    except (OSError, ParseException):
        return False
    return False
