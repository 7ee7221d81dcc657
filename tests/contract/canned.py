"""An HTTP vendor that sends prepared answers or closes the connection."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, NamedTuple, Self


class Request(NamedTuple):
    """Hold one received request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class CannedServer:
    """Serve ``answers``: path (without query) → (status, content type, body).

    Other bodies than text are sent as JSON. ``requests`` are those received, ``connections`` the
    number of connections; each is closed after its answer unless ``keep_alive`` is set.
    """

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, str, Any]] = {}
        self.requests: list[Request] = []
        self.connections = 0
        self.keep_alive = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def endpoint(self) -> str:
        """Return ``host:port``."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.endpoint}"

    def answer(
        self, path: str, body: Any, status: int = 200, content_type: str = "application/json"
    ) -> None:
        """Set the answer for this path."""
        self.answers[path] = (status, content_type, body)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        canned = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                canned.connections += 1

            def do_GET(self) -> None:
                self._answer()

            def do_POST(self) -> None:
                self._answer()

            def log_message(self, format: str, *args: Any) -> None:
                pass

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                canned.requests.append(
                    Request(self.command, self.path, dict(self.headers.items()), body)
                )
                status, content_type, answer = canned.answers[self.path.partition("?")[0]]
                text = answer if isinstance(answer, str) else json.dumps(answer)
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(text.encode())))
                if 300 <= status < 400:
                    self.send_header("Location", "/elsewhere")
                if not canned.keep_alive:
                    self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(text.encode())

        return Handler
