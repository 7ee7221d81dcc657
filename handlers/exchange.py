"""Flask's application, request and response without the work that no answer of ours needs.

Measured by ``python -m benchmarks``: what is spared here is a third of what a cheap call costs.
"""

import re
import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import NullSession, SecureCookieSession, SessionInterface
from werkzeug.datastructures import Headers
from werkzeug.routing import MapAdapter
from werkzeug.utils import cached_property

from miniprogram_api.reasons import Refused

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class ServiceRequest(Request):
    """A request that knows its id, when it began, and which no it met."""

    refused: Refused | None = None

    def __init__(self, environ: dict[str, Any], **options: Any) -> None:
        super().__init__(environ, **options)
        self.began = time.perf_counter()

    @cached_property
    def identifier(self) -> str:
        """The caller's X-Request-ID when it is well-formed, else one of our own."""
        given = self.environ.get("HTTP_X_REQUEST_ID", "")
        return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(12)


class JsonResponse(Response):
    """A whole body with all its headers, made for one request: nothing is worked out again."""

    def __init__(self, body: bytes, status: int, headers: Headers) -> None:
        headers.add("Content-Length", str(len(body)))
        super().__init__([body], status, headers)

    def get_wsgi_headers(self, _environ: dict[str, Any]) -> Headers:
        """The headers themselves; the default copies them and looks for each that it may mend."""
        return self.headers

    def get_app_iter(self, environ: dict[str, Any]) -> Iterable[bytes]:
        """The body; the default wraps it to close what is open, and nothing is."""
        body: list[bytes] = self.response  # type: ignore[assignment]
        return () if environ["REQUEST_METHOD"] == "HEAD" else body


class _NoCookies(SessionInterface):
    """Flask's cookie session is not used: one empty session stands for all."""

    _session = NullSession()

    def open_session(self, _app: Flask, _request: Request) -> SecureCookieSession:
        return self._session

    def is_null_session(self, _session: object) -> bool:
        return True


class Service(Flask):
    """Flask, which may look for coroutines, hosts and cookies at every request, and need not."""

    request_class = ServiceRequest
    session_interface = _NoCookies()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself, because none here is asynchronous."""
        return func

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Match by the path alone: no rule here depends on the host."""
        if request is None:
            return None
        environ = request.environ
        return self.url_map.bind(
            "",
            environ.get("SCRIPT_NAME"),
            url_scheme=environ["wsgi.url_scheme"],
            default_method=environ["REQUEST_METHOD"],
            path_info=request.path,
        )
