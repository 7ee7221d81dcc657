"""HTTP to a vendor, with failures told apart by what the vendor may have got.

No exception here carries, or is chained to, the request: addresses hold app secrets and tokens,
bodies hold personal data.
"""

import json as json_format
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

import structlog
from requests import ReadTimeout, RequestException, Response, Session
from requests.adapters import HTTPAdapter
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_fixed
from urllib3 import Timeout
from urllib3.exceptions import ConnectTimeoutError, HTTPError, ReadTimeoutError

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


class Upstream:
    """One vendor's host: connections that are kept alive, one time-out over a call, no retries.

    Safe to share between threads. Proxies and certificates are those of the environment, as
    ``requests`` reads them.
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
        """``name`` stands in logs; ``timeout`` in seconds; at most ``connections`` are kept."""
        self.name = name
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._production = production
        # Its debug log would contain paths with their queries.
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
        """Send one request, once, and return the answer with its body read, whatever its status.

        ``before_body`` is called when the connection is open and the headers are sent: the last
        moment in which nothing can have happened on the other side. It goes with ``data`` as bytes,
        and an exception that it raises aborts the request. Redirects are not followed. Raises
        NotReached, NoResponse (TimedOut), SandboxAnswered.
        """
        body: Any = data
        if before_body is not None:
            body = _AnnouncedBody(body, before_body)
        reply = self._exchanged(method, path, params=params, json=json, data=body, headers=headers)
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

    def _exchanged(self, method: str, path: str, **request: Any) -> Reply | UpstreamError:
        deadline = time.monotonic() + self._timeout
        # Over connecting and the first answer together; requests' own time-outs hold for each.
        timeout: Any = Timeout(total=self._timeout)
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


class _AnnouncedBody:
    """A request body that calls ``announce`` right before its first byte is sent."""

    def __init__(self, data: bytes, announce: Callable[[], None]) -> None:
        self._data = data
        self._announce = announce

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[bytes]:
        self._announce()
        yield self._data


def _body(response: Response, deadline: float) -> bytes | None:
    """Read the whole body; None when it is not complete at the deadline.

    The library's time-out holds for each piece that comes in, so a body of many slow pieces could
    take any time, and any memory.
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
        # A refused connection (NewConnectionError) is one of them.
        return NotReached()
    return NoResponse()


def try_twice(ask: Callable[[], Result]) -> Result:
    """Return what ``ask`` returns; ask a second time only if the first try was NotReached."""
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
