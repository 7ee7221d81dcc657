"""gunicorn's thread worker, with a socket time-out and JSON answers to invalid requests.

gunicorn's own worker waits for ever when a client disappears in the middle of a request, answers
invalid requests in HTML and logs their text, which may hold personal data.
"""

import json
import secrets
import socket
import struct
from contextlib import suppress
from typing import Any

import structlog
from gunicorn import util
from gunicorn.http import wsgi
from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import ThreadWorker

from handlers.errors import error_content
from miniprogram_api.reasons import Reason, Refused

log = structlog.get_logger("http")

# The longest pause between two packets of one request or answer.
SILENCE_SECONDS = 20


class _Response(wsgi.Response):
    """gunicorn's response without the header that names the server."""

    def default_headers(self) -> list[str]:
        """Return status line and headers."""
        return [line for line in super().default_headers() if not line.startswith("Server:")]


wsgi.Response = _Response


class Worker(ThreadWorker):
    """gunicorn's thread worker with a socket time-out and JSON errors."""

    def handle(self, conn: Any) -> Any:
        """Handle one request; set the socket time-out first."""
        if not conn.initialized:
            limit = struct.pack("ll", SILENCE_SECONDS, 0)
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        return super().handle(conn)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:  # noqa: ARG002
        """Answer a request that never reached the application; log the error without its text."""
        identifier = secrets.token_hex(12)
        if isinstance(exc, ParseException):
            reason = Reason.MALFORMED_JSON
            log.info("invalid request", error=type(exc).__name__, request_id=identifier)
        else:
            reason = Reason.INTERNAL_ERROR
            log.error("unexpected error", exc_info=exc, request_id=identifier)
        content = {**error_content(Refused(reason)), "request_id": identifier}
        body = json.dumps(content, ensure_ascii=False).encode()
        head = (
            f"HTTP/1.1 {reason.status} {reason.name}\r\nConnection: close\r\n"
            "Content-Type: application/json; charset=utf-8\r\nCache-Control: no-store\r\n"
            f"X-Request-ID: {identifier}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with suppress(OSError):
            util.write_nonblock(client, head.encode() + body)
