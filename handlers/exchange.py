"""Flask's application, request and response without the work that no answer of ours needs.

Calls of the JSON API whose path has no variable part take a short way past Flask's contexts and
signals, which none of them uses; everything else goes Flask's way (docs/adr/0017-a-short-way.md).
Measured by ``python -m benchmarks``.
"""

import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from http import HTTPStatus
from threading import Lock
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

from flask import Flask, Request, Response, redirect
from flask.sessions import NullSession, SecureCookieSession, SessionInterface
from werkzeug.datastructures import EnvironHeaders, Headers
from werkzeug.exceptions import ClientDisconnected, HTTPException, RequestEntityTooLarge
from werkzeug.routing import MapAdapter, RequestRedirect, Rule
from werkzeug.utils import cached_property

from miniprogram_api.reasons import Refused

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_STATUS = {status.value: f"{status.value} {status.phrase.upper()}" for status in HTTPStatus}


class ServiceRequest(Request):
    """A request that knows its id, when it began, and which no it met."""

    refused: Refused | None = None

    def __init__(self, environ: dict[str, Any], **options: Any) -> None:
        super().__init__(environ, **options)
        self.began = time.perf_counter()
        _present.set(self)

    @classmethod
    def of_route(cls, environ: dict[str, Any], rule: Rule) -> "ServiceRequest":
        """The request of a call whose path is exactly that of a rule without variable parts.

        Nothing of the environment is decoded: such a path is ASCII, as is all else that is read.
        """
        request = cls.__new__(cls)
        request.environ = environ
        request.method = environ["REQUEST_METHOD"]
        request.path = rule.rule
        request.root_path = ""
        request.scheme = environ["wsgi.url_scheme"]
        # Nothing of the API asks under which name it was called, and the port may be no number.
        request.server = None
        request.query_string = environ.get("QUERY_STRING", "").encode("latin1")
        request.remote_addr = environ.get("REMOTE_ADDR")
        request.shallow = False
        request.url_rule = rule
        request.view_args = {}
        request.began = time.perf_counter()
        return request

    @cached_property
    def headers(self) -> EnvironHeaders:  # type: ignore[override]
        """Made when somebody looks for one, which few endpoints need."""
        return EnvironHeaders(self.environ)

    @cached_property
    def identifier(self) -> str:
        """The caller's X-Request-ID when it is well-formed, else one of our own."""
        given = self.environ.get("HTTP_X_REQUEST_ID")
        if given is not None and _REQUEST_ID.fullmatch(given):
            return given
        return os.urandom(12).hex()

    def read_body(self, limit: int) -> bytes:
        """The whole body; at most ``limit`` bytes of it count.

        Raises RequestEntityTooLarge beyond that, ClientDisconnected when less comes than was
        announced.
        """
        length = self.environ.get("CONTENT_LENGTH", "")
        if "HTTP_TRANSFER_ENCODING" in self.environ or not length.isdecimal():
            # A body that names no length is cut at the limit without a word, so one byte more is
            # let in.
            self.max_content_length = limit + 1
            body = self.get_data(cache=False)
            if len(body) > limit:
                raise RequestEntityTooLarge
            return body
        announced = int(length)
        if announced > limit:
            raise RequestEntityTooLarge
        try:
            body = self.environ["wsgi.input"].read(announced)
        except OSError:
            # A phone that is out of reach sends nothing for too long.
            body = b""
        if len(body) < announced:
            raise ClientDisconnected
        return body


_present: ContextVar[ServiceRequest | None] = ContextVar("present_request", default=None)


def present_request() -> ServiceRequest:
    """The request that this thread is answering. Raises RuntimeError outside of one."""
    request = _present.get()
    if request is None:
        raise RuntimeError("No request is being answered.")
    return request


class JsonResponse(Response):
    """A whole body with all its headers, made for one request: nothing is worked out again."""

    def __init__(self, body: bytes, status: int, headers: list[tuple[str, str]]) -> None:
        """``headers``: names and values of our own making, all but Content-Length."""
        headers.append(("Content-Length", str(len(body))))
        self._status, self._status_code = _STATUS[status], status
        self._fixed = headers
        self.response = [body]
        self.direct_passthrough = False
        self._on_close = []

    @cached_property
    def headers(self) -> Headers:
        """Made when somebody looks for one or adds one, which few answers need."""
        return Headers(self._fixed)

    def get_app_iter(self, environ: dict[str, Any]) -> Iterable[bytes]:
        """The body; the default wraps it to close what is open, and nothing is."""
        body: list[bytes] = self.response  # type: ignore[assignment]
        return () if environ["REQUEST_METHOD"] == "HEAD" else body

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        added = self.__dict__.get("headers")
        start_response(self._status, self._fixed if added is None else added.to_wsgi_list())
        return self.get_app_iter(environ)


class _NoCookies(SessionInterface):
    """Flask's cookie session is not used: one empty session stands for all."""

    _session = NullSession()

    def open_session(self, _app: Flask, _request: Request) -> SecureCookieSession:
        return self._session

    def is_null_session(self, _session: object) -> bool:
        return True


class _Straight(NamedTuple):
    """A rule without variable parts, and the view that answers it from nothing but the request."""

    rule: Rule
    view: Callable[[ServiceRequest], Response]


class _Mounted:
    """An application below a prefix, built once."""

    def __init__(self, prefix: str, build: Callable[[], Flask]) -> None:
        self.prefix, self._build = prefix, build
        self._lock = Lock()
        self._application: Flask | None = None

    def has(self, path: str) -> bool:
        """Whether a path is the prefix or lies below it."""
        return path == self.prefix or path.startswith(f"{self.prefix}/")

    def application(self) -> Flask:
        """The application, built by whoever comes first."""
        with self._lock:
            if self._application is None:
                self._application = self._build()
            return self._application


class Service(Flask):
    """Flask, which may look for coroutines, hosts and cookies at every request, and need not."""

    request_class = ServiceRequest
    session_interface = _NoCookies()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._straight: dict[tuple[str, str], _Straight] = {}
        self._mounted: _Mounted | None = None

    def mount(self, prefix: str, build: Callable[[], Flask]) -> None:
        """Let another application answer every path that is ``prefix`` or lies below it.

        It is built for the first such call, or by ``load_mounted``: its code costs no start.
        """
        self._mounted = _Mounted(prefix, build)

    def load_mounted(self) -> None:
        """Build what is mounted and was not called yet."""
        if self._mounted is not None:
            self._mounted.application()

    def let_pass(self, views: Mapping[str, Callable[[ServiceRequest], Response]]) -> None:
        """Answer these endpoints by the short way, as far as their paths have no variable part.

        Called when all rules and functions are registered. What is to run around the requests of
        one blueprint, or in the place of its errors, would be passed by: TypeError.
        """
        everywhere = (
            self.before_request_funcs.get(None),
            self.url_value_preprocessors.get(None),
            self.teardown_appcontext_funcs,
        )
        around = (
            self.before_request_funcs,
            self.after_request_funcs,
            self.teardown_request_funcs,
            self.url_value_preprocessors,
        )
        for rule in self.url_map.iter_rules():
            view = views.get(rule.endpoint)
            if view is None or rule.arguments:
                continue
            blueprint = rule.endpoint.rpartition(".")[0]
            own_errors = any(self.error_handler_spec.get(blueprint, {}).values())
            if any(everywhere) or own_errors or any(f.get(blueprint) for f in around):
                raise TypeError(f"Something is to run around the requests of {blueprint}.")
            # HEAD and OPTIONS are Flask's.
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                self._straight[method, rule.rule] = _Straight(rule, view)

    def wsgi_app(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer by the short way where there is one, else by Flask's."""
        path = environ.get("PATH_INFO", "")
        straight = self._straight.get((environ["REQUEST_METHOD"], path))
        if straight is None or environ.get("SCRIPT_NAME"):
            if self._mounted is not None and self._mounted.has(path):
                return self._by_mounted(self._mounted, environ, start_response)
            try:
                return super().wsgi_app(environ, start_response)
            finally:
                _present.set(None)
        request = ServiceRequest.of_route(environ, straight.rule)
        _present.set(request)
        try:
            try:
                response = self._finished(self._answered(straight, request))
            except Exception as error:
                # The answer to an error, or what finishes an answer, failed itself.
                response = self._answer_to(error)
                with suppress(Exception):
                    response = self._finished(response)
            return response(environ, start_response)
        finally:
            for release in reversed(self.teardown_request_funcs.get(None, ())):
                release(None)
            _present.set(None)

    def _by_mounted(
        self, mounted: _Mounted, environ: dict[str, Any], start_response: Any
    ) -> Iterable[bytes]:
        try:
            inner = mounted.application()
        except Exception as error:
            # Nothing of it is there to answer.
            try:
                ServiceRequest(environ)
                return self._finished(self._answer_to(error))(environ, start_response)
            finally:
                _present.set(None)
        return inner.wsgi_app(environ, start_response)

    def _answered(self, straight: _Straight, request: ServiceRequest) -> Response:
        try:
            return straight.view(request)
        except Exception as error:
            return self._answer_to(error)

    def _answer_to(self, error: Exception) -> Response:
        """What the application's handler of such errors answers; raises it where there is none."""
        handler = self._find_error_handler(error, [])
        if handler is None:
            raise error
        return cast(Response, handler(error))

    def _finished(self, response: Response) -> Response:
        for finish in reversed(self.after_request_funcs.get(None, ())):
            response = finish(response)
        return response

    def handle_http_exception(self, e: HTTPException) -> Any:
        """As Flask, but a redirect names no host: rules are matched without, the browser knows."""
        if isinstance(e, RequestRedirect):
            return redirect(urlsplit(e.new_url).path, e.code)
        return super().handle_http_exception(e)

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
