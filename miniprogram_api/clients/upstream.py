"""Send HTTP requests to vendors and classify failures by what the vendor may have received.

No exception carries or is chained to the request: addresses contain secrets, bodies personal data.
"""

import json as json_format
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, TypeVar

import structlog
from requests import ReadTimeout, RequestException, Response, Session
from requests.adapters import HTTPAdapter
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_fixed
from urllib3 import Timeout
from urllib3.exceptions import ConnectTimeoutError, HTTPError, ReadTimeoutError

from miniprogram_api.clients.watching.answers import OK, Recorder, Told

log = structlog.get_logger("clients")

Result = TypeVar("Result")

PAUSE_SECONDS = 0.2


class _Limits(NamedTuple):
    """The end of the time for a call on the monotonic clock, and seconds to connect."""

    ends_at: float
    connect: float


_limits: ContextVar[_Limits | None] = ContextVar("upstream_limits", default=None)
_PIECE_BYTES = 64 * 1024
# Limits an answer to some 16 MiB.
_MOST_PIECES = 256
SANDBOX_HEADER = "X-Sandbox"
# Of Tencent Cloud and Alibaba Cloud.
_ACTION_HEADERS = ("X-TC-Action", "x-acs-action")


class UpstreamError(Exception):
    """Report that the vendor gave no usable answer."""


class NotReached(UpstreamError):
    """Report a connection that failed before anything was sent; a retry is safe."""


class NoResponse(UpstreamError):
    """Report a time-out, a reset or an unreadable answer after the request was sent."""


class TimedOut(NoResponse):
    """Report a time-out after the request was sent; its effect is unknown."""


class ServerError(UpstreamError):
    """Report HTTP 5xx."""


class SandboxAnswered(UpstreamError):
    """Reject an answer of the sandbox in the production profile."""


class Reply(NamedTuple):
    """Hold a vendor's answer, its body decompressed."""

    status_code: int
    headers: Mapping[str, str]
    """Case-insensitive."""
    content: bytes


class Upstream:
    """Call one vendor's host: keep-alive, one time-out over the whole call, no retries.

    Safe to share between threads. Proxies and certificates come from the environment, as in
    ``requests``.
    """

    def __init__(
        self,
        recorder: Recorder[Reply],
        base_url: str,
        *,
        timeout: float,
        connections: int,
        production: bool,
    ) -> None:
        """Note each answer; ``timeout`` in seconds; keep up to ``connections`` open."""
        self._recorder = recorder
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._production = production
        # Its debug log contains paths with their queries.
        logging.getLogger("urllib3").setLevel(logging.WARNING)
        self._session = Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=connections))

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Any = None,
        json: Any = None,
        data: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        before_body: Callable[[], None] | None = None,
    ) -> Reply:
        """Send one request once and return the complete answer, whatever its status.

        ``before_body`` is called when the headers are sent, the last moment at which the vendor
        cannot have acted; it needs ``data`` as bytes, and its exceptions abort the request.
        Redirects are not followed. Raises NotReached, NoResponse (TimedOut), SandboxAnswered.
        The answer is noted under the name of the call: Tencent Cloud's action, else the path.
        """
        body: Any = data
        if before_body is not None:
            body = _AnnouncedBody(body, before_body)
        began = time.monotonic()
        reply = self._exchanged(method, path, params=params, json=json, data=body, headers=headers)
        if isinstance(reply, Reply) and self._production and SANDBOX_HEADER in reply.headers:
            reply = SandboxAnswered()
        named = (name for header in _ACTION_HEADERS if (name := (headers or {}).get(header)))
        call = next(named, path.partition("?")[0].strip("/"))
        self._recorder.note(call, reply, time.monotonic() - began)
        if isinstance(reply, UpstreamError):
            # Raised outside the handler so that the failed request is not chained to it.
            raise reply
        return reply

    def _exchanged(self, method: str, path: str, **request: Any) -> Reply | UpstreamError:
        now, limits = time.monotonic(), _limits.get()
        deadline = now + self._timeout
        connect = self._timeout
        if limits is not None:
            deadline, connect = min(deadline, limits.ends_at), min(connect, limits.connect)
        if deadline <= now:
            return NotReached()
        # Covers connecting and the first answer together; requests' own time-outs are separate.
        timeout: Any = Timeout(total=deadline - now, connect=connect)
        try:
            with self._session.request(
                method,
                f"{self._base_url}{path}",
                timeout=timeout,
                allow_redirects=False,
                stream=True,
                **request,
            ) as response:
                content = _body(response, deadline)
        except (RequestException, HTTPError) as error:
            return _classified(error)
        if content is None:
            return TimedOut()
        return Reply(response.status_code, response.headers, content)


@contextmanager
def within(seconds: float, *, connect: float) -> Iterator[None]:
    """Bound all calls of this thread inside: together ``seconds``, and ``connect`` to connect."""
    token = _limits.set(_Limits(time.monotonic() + seconds, connect))
    try:
        yield
    finally:
        _limits.reset(token)


class _AnnouncedBody:
    """Call ``before_first_byte`` right before the first byte of the body is sent."""

    def __init__(self, data: bytes, before_first_byte: Callable[[], None]) -> None:
        self._data = data
        self._before_first_byte = before_first_byte

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[bytes]:
        self._before_first_byte()
        yield self._data


def _body(response: Response, deadline: float) -> bytes | None:
    """Read the whole body; return None if it is incomplete at the deadline or too long.

    The library's time-out applies to each piece, so many slow pieces could exceed it.
    """
    pieces: list[bytes] = []
    while piece := response.raw.read1(_PIECE_BYTES, decode_content=True):
        pieces.append(piece)
        if time.monotonic() > deadline or len(pieces) > _MOST_PIECES:
            return None
    return b"".join(pieces)


def _classified(error: Exception) -> UpstreamError:
    if isinstance(error, ReadTimeout | ReadTimeoutError):
        return TimedOut()
    cause = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(cause, ConnectTimeoutError):
        # NewConnectionError (connection refused) is a subclass.
        return NotReached()
    return NoResponse()


def try_twice(ask: Callable[[], Result]) -> Result:
    """Return the result of ``ask``; retry once after NotReached."""
    attempts = Retrying(
        retry=retry_if_exception_type(NotReached),
        stop=stop_after_attempt(2),
        wait=wait_fixed(PAUSE_SECONDS),
        reraise=True,
    )
    return attempts(ask)


def require_no_server_error(response: Reply) -> None:
    """Raise ServerError when the status is 5xx."""
    if response.status_code >= 500:
        raise ServerError()


def json_object(response: Reply) -> dict[str, Any]:
    """Return the JSON object in the body. Raises NoResponse."""
    try:
        body = json_format.loads(response.content)
    except ValueError:
        body = None
    if isinstance(body, dict):
        return body
    raise NoResponse()


def told_by_status(reply: Reply) -> Told:
    """Read the code of an answer whose form says no more than its HTTP status."""
    return Told(OK if reply.status_code < 400 else f"http_{reply.status_code}")


def told_by_body(reply: Reply, read: Callable[[dict[str, Any]], Told]) -> Told:
    """Read the code in a JSON object; without one the code is that of the HTTP status."""
    try:
        return read(json_object(reply))
    except (NoResponse, LookupError, TypeError, AttributeError):
        by_status = told_by_status(reply)
        return Told("unreadable") if by_status.code == OK else by_status
