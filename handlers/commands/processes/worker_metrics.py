"""The worker's metrics on a port of its own: jobs, messages, connections and its process."""

import hmac
import socketserver
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import structlog

from config import Settings
from handlers import metrics

log = structlog.get_logger("worker")

_PLAIN = [("Content-Type", "text/plain; charset=utf-8")]


@contextmanager
def serving(settings: Settings) -> Iterator[None]:
    """Answer ``/metrics`` at WORKER_METRICS_PORT during the block; 0: nowhere.

    A port that another worker has is logged: the work goes on without it.
    """
    if not settings.worker_metrics_port:
        yield
        return
    try:
        server = make_server(
            settings.host, settings.worker_metrics_port, _application(settings), _Server, _Silent
        )
    except OSError as error:
        log.error("no metrics", port=settings.worker_metrics_port, error=error.strerror)
        yield
        return
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    timeout = 10

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: Prometheus asks every few seconds."""


def _application(settings: Settings) -> Any:
    token = settings.metrics_token.get_secret_value()

    def answer(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        given = str(environ.get("HTTP_AUTHORIZATION", "")).removeprefix("Bearer ")
        is_local = settings.profile == "sandbox" and environ["REMOTE_ADDR"] == "127.0.0.1"
        has_token = bool(token) and hmac.compare_digest(given.encode(), token.encode())
        if environ["PATH_INFO"] != "/metrics":
            start("404 Not Found", _PLAIN)
            return [b""]
        if not (is_local or has_token):
            start("401 Unauthorized", _PLAIN)
            return [b""]
        metrics.note_pool()
        body, content_type = metrics.render({})
        start("200 OK", [("Content-Type", content_type)])
        return [body]

    return answer
