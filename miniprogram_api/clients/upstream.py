"""HTTP to a vendor, with failures told apart by what the vendor may have got.

No exception here carries, or is chained to, the request: addresses hold app secrets and tokens,
bodies hold personal data.
"""

import logging
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

if TYPE_CHECKING:
    from requests import Response, Session

log = structlog.get_logger("clients")

Result = TypeVar("Result")

PAUSE_SECONDS = 0.2
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


class Upstream:
    """One vendor's host: connections that are kept alive, one time-out over a call, no retries.

    Safe to share between threads. ``requests`` is imported at the first call, because it takes
    longer to load than a web process should need for its first answer.
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
    def _session(self) -> "Session":
        from http.cookiejar import DefaultCookiePolicy

        from requests import Session
        from requests.adapters import HTTPAdapter

        # urllib3 would write paths with their queries into its debug log.
        logging.getLogger("urllib3").setLevel(logging.WARNING)
        session = Session()
        # Proxies and certificates of the machine are read once here and not at each call.
        environment = session.merge_environment_settings(self._base_url, {}, False, None, None)
        session.proxies, session.verify = environment["proxies"], environment["verify"]
        session.trust_env = False
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=self._connections, max_retries=0)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        return session

    def send(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str] | None = None,
        json: Any = None,
        data: bytes | str | None = None,
        headers: dict[str, str] | None = None,
        before_body: Callable[[], None] | None = None,
    ) -> "Response":
        """Send one request, once, and return the answer with its body read, whatever its status.

        ``before_body`` is called when the connection is there and the headers are on their way: the
        last moment in which nothing can have happened on the other side. It goes with ``data`` as
        bytes, and what it raises breaks the request off. Redirects are not followed. Raises
        NotReached, NoResponse (TimedOut), SandboxAnswered.
        """
        session = self._session
        from requests import RequestException
        from urllib3 import Timeout

        failure: UpstreamError
        try:
            response = session.request(
                method,
                self._base_url + path,
                params=params,
                json=json,
                data=_Announced(data, before_body) if before_body else data,  # type: ignore[arg-type]
                headers=headers,
                timeout=Timeout(total=self._timeout),  # type: ignore[arg-type]
                allow_redirects=False,
            )
        except RequestException as error:
            failure = _classify(error)
        else:
            if not (self._production and SANDBOX_HEADER in response.headers):
                return response
            failure = SandboxAnswered()
        # Raised outside the handler, so that the failed request is not chained to it.
        log.error("upstream_failed", upstream=self.name, failure=type(failure).__name__)
        raise failure


class _Announced:
    """A body that says when it is read, which is right before its first byte is sent."""

    def __init__(self, data: bytes, announce: Callable[[], None]) -> None:
        self._data = data
        self._announce = announce
        self._is_read = False

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[bytes]:
        # requests takes only an iterable for a body that is read while it is sent.
        return iter(lambda: self.read(-1), b"")

    def read(self, _size: int) -> bytes:
        if self._is_read:
            return b""
        self._announce()
        self._is_read = True
        return self._data


def _classify(error: Exception) -> UpstreamError:
    from requests import ConnectionError, ConnectTimeout, ReadTimeout
    from urllib3.exceptions import MaxRetryError, NewConnectionError, ReadTimeoutError

    if isinstance(error, ConnectTimeout):
        return NotReached()
    cause = error.args[0] if error.args else None
    # The second kind is a body that did not come to its end in time.
    if isinstance(error, ReadTimeout) or isinstance(cause, ReadTimeoutError):
        return TimedOut()
    if (
        isinstance(error, ConnectionError)
        and isinstance(cause, MaxRetryError)
        and isinstance(cause.reason, NewConnectionError)
    ):
        return NotReached()
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


def require_no_server_error(response: "Response") -> None:
    """Raise ServerError when the status is 5xx."""
    if response.status_code >= 500:
        raise ServerError()


def json_object(response: "Response") -> dict[str, Any]:
    """The JSON object in the body; raises NoResponse when there is none."""
    try:
        body = response.json()
    except ValueError:
        body = None
    if isinstance(body, dict):
        return body
    raise NoResponse()
