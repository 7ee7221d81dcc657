"""HTTP to a vendor, with failures told apart by what the vendor may have got.

No exception here carries, or is chained to, the request: addresses hold app secrets and tokens,
bodies hold personal data.
"""

import json as json_format
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urlencode

import structlog

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, HTTPConnectionPool, Retry

log = structlog.get_logger("clients")

Result = TypeVar("Result")

PAUSE_SECONDS = 0.2
_PIECE_BYTES = 64 * 1024
# No answer that we ask for is near this: some 16 MiB at most.
_MOST_PIECES = 256
SANDBOX_HEADER = "X-Sandbox"


class UpstreamError(Exception):
    """The vendor gave no answer that can be used."""


class NotReached(UpstreamError):
    """The connection failed before anything was handed over; trying again is safe."""


class NoResponse(UpstreamError):
    """The request was handed over, then came a time-out, a reset or something unreadable."""


class TimedOut(NoResponse):
    """The request was handed over and no answer came in time; what became of it is unknown."""


class ServerError(UpstreamError):
    """The vendor answered with HTTP 5xx."""


class SandboxAnswered(UpstreamError):
    """In the production profile the sandbox answered; its answer must not count."""


class Reply(NamedTuple):
    """What a vendor answered, its body read and unpacked."""

    status_code: int
    headers: Mapping[str, str]
    """Looked up in any case."""
    content: bytes


class _Way(NamedTuple):
    """How a vendor's host is reached from this machine."""

    pool: "HTTPConnectionPool"
    prefix: str
    """What stands before a path: the base's own one, or for a proxy the whole address."""
    never_again: "Retry"


class Upstream:
    """One vendor's host: connections that are kept alive, one time-out over a call, no retries.

    Safe to share between threads. ``requests`` finds out by which way the host is reached, and is
    imported at the first call, because it takes longer to load than a web process should need for
    its first answer. The calls themselves are urllib3's, on which requests stands: half of what a
    call by requests takes is spent above it.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        timeout: float,
        connections: int,
        production: bool,
    ) -> None:
        """``name`` stands in logs; ``timeout`` in seconds; ``connections`` are kept at most."""
        self.name = name
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._connections = connections
        self._production = production

    @cached_property
    def _way(self) -> _Way:
        from requests import Request, Session
        from requests.adapters import HTTPAdapter
        from urllib3 import Retry

        # It would write paths with their queries into its debug log.
        logging.getLogger("urllib3").setLevel(logging.WARNING)
        # Proxies and certificates of the machine are read once here and not at each call.
        of_machine = Session().merge_environment_settings(self._base_url, {}, None, None, None)
        proxies, verify = of_machine["proxies"], of_machine["verify"]
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=self._connections)
        any_request = Request("POST", self._base_url).prepare()
        pool: Any = adapter.get_connection_with_tls_context(any_request, verify, proxies)
        adapter.cert_verify(pool, self._base_url, verify, None)
        prefix = adapter.request_url(any_request, proxies).rstrip("/")
        return _Way(pool, prefix, Retry(total=False))

    def send(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        json: Any = None,
        data: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        before_body: Callable[[], None] | None = None,
    ) -> Reply:
        """Send one request, once, and return the answer with its body read, whatever its status.

        ``before_body`` is called when the connection is there and the headers are on their way: the
        last moment in which nothing can have happened on the other side. It goes with ``data`` as
        bytes, and what it raises breaks the request off. Redirects are not followed. Raises
        NotReached, NoResponse (TimedOut), SandboxAnswered.
        """
        way = self._way
        sent = dict(headers or {})
        body: Any = data.encode() if isinstance(data, str) else data
        if json is not None:
            body = json_format.dumps(json).encode()
            sent["Content-Type"] = "application/json"
        if before_body is not None:
            sent["Content-Length"] = str(len(body))
            body = _announced(body, before_body)
        query = f"?{urlencode(params)}" if params else ""
        reply = self._exchanged(way, method, f"{way.prefix}{path}{query}", body, sent)
        failure: UpstreamError
        if isinstance(reply, UpstreamError):
            failure = reply
        elif self._production and SANDBOX_HEADER in reply.headers:
            failure = SandboxAnswered()
        else:
            return reply
        # Raised outside of any handler, so that the failed request is not chained to it.
        log.error("upstream_failed", upstream=self.name, failure=type(failure).__name__)
        raise failure

    def _exchanged(
        self, way: _Way, method: str, url: str, body: Any, headers: dict[str, str]
    ) -> Reply | UpstreamError:
        from urllib3 import Timeout
        from urllib3.exceptions import HTTPError

        deadline = time.monotonic() + self._timeout
        try:
            response = way.pool.urlopen(
                method,
                url,
                body=body,
                headers=headers,
                retries=way.never_again,
                redirect=False,
                assert_same_host=False,
                timeout=Timeout(total=self._timeout),
                preload_content=False,
            )
            content = _body(response, deadline)
        except HTTPError as error:
            return _classified(error)
        if content is None:
            return TimedOut()
        return Reply(response.status, response.headers, content)


def _body(response: "BaseHTTPResponse", deadline: float) -> bytes | None:
    """The whole body; None, with the connection closed, when it is not there at the deadline.

    urllib3's time-out holds for each piece that comes in: a body of many slow pieces would take as
    long as it likes, and as much memory.
    """
    pieces: list[bytes] = []
    while piece := response.read1(_PIECE_BYTES):
        pieces.append(piece)
        if time.monotonic() > deadline or len(pieces) > _MOST_PIECES:
            response.close()
            return None
    return b"".join(pieces)


def _announced(data: bytes, announce: Callable[[], None]) -> Iterator[bytes]:
    """A body that says when it is read, which is right before its first byte is sent."""
    announce()
    yield data


def _classified(error: Exception) -> UpstreamError:
    from urllib3.exceptions import ConnectTimeoutError, ReadTimeoutError

    # No connection at all (NewConnectionError) is one of the first kind.
    if isinstance(error, ConnectTimeoutError):
        return NotReached()
    # Also a body that did not come to its end in time.
    if isinstance(error, ReadTimeoutError):
        return TimedOut()
    return NoResponse()


def try_twice(ask: Callable[[], Result]) -> Result:
    """Return what ``ask`` returns; asks a second time only when the first never reached anybody."""
    from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_fixed

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
    """The JSON object in the body; raises NoResponse when there is none."""
    try:
        body = json_format.loads(response.content)
    except ValueError:
        body = None
    if isinstance(body, dict):
        return body
    raise NoResponse()
