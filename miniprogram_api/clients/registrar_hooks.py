"""Call the webhooks of registration systems, whose addresses are not trusted.

Against SSRF (OWASP API7:2023), only ``https`` to public addresses is called: every address of the
name is checked right before the connection, which goes to exactly that address. Redirects, proxies
and answer bodies are ignored. The sandbox profile also allows ``http`` to loopback addresses.
"""

import ipaddress
import socket
import ssl
import time
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import urlsplit

import urllib3
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.exceptions import HTTPError

from config import Settings
from miniprogram_api.clients.guards.guard import Guards
from miniprogram_api.clients.upstream import SANDBOX_HEADER, NoResponse, UpstreamError, log
from miniprogram_api.clients.watching.answers import OK, Told

# Outside it are, among others, IPv4-compatible, IPv4-mapped and NAT64 addresses, which lead to an
# IPv4 address that was not checked.
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
# Global by their registration, but answered by the machine's own surroundings: the platform
# service of Azure's hosts and the relays of 6to4 (RFC 7526).
_SPECIAL = (ipaddress.ip_network("168.63.129.16/32"), ipaddress.ip_network("192.88.99.0/24"))


class HookOutcome(Enum):
    """Classify the delivery of one event."""

    TAKEN = "taken"
    """Answered with 2xx."""
    REFUSED = "refused"
    """Answered with another status, redirects included."""
    NO_ANSWER = "no_answer"
    NOT_ALLOWED = "not_allowed"
    """The address is not allowed; nothing was sent."""


@dataclass(frozen=True, slots=True)
class HookAnswer:
    """Hold an outcome and the HTTP status (0: none)."""

    outcome: HookOutcome
    status: int = 0


class RegistrarHooks(Protocol):
    """Deliver events; failures outside become outcomes, never exceptions."""

    def send(self, key_id: str, url: str, headers: dict[str, str], body: bytes) -> HookAnswer:
        """POST ``body`` (JSON) once to the address of the system with this key."""


class NotAllowed(Exception):
    """Report an address to which nothing may be sent."""


class RegistrarHooksClient:
    """Deliver over HTTP, behind one breaker per system."""

    def __init__(self, settings: Settings, guards: Guards) -> None:
        self._settings = settings
        self._guards = guards
        self._recorder = guards.answers.of("registrar", _told)

    def send(self, key_id: str, url: str, headers: dict[str, str], body: bytes) -> HookAnswer:
        """POST ``body`` (JSON) once to the address of the system with this key."""
        if address_problem(self._settings, url) is not None:
            return HookAnswer(HookOutcome.NOT_ALLOWED)
        guard = self._guards.of("registrar", f"registrar:{key_id}")
        try:
            status = guard.call(lambda: self._post(url, headers, body))
        except NotAllowed:
            return HookAnswer(HookOutcome.NOT_ALLOWED)
        except UpstreamError as error:
            log.warning("hook_failed", key=key_id, failure=type(error).__name__)
            return HookAnswer(HookOutcome.NO_ANSWER)
        taken = 200 <= status < 300
        return HookAnswer(HookOutcome.TAKEN if taken else HookOutcome.REFUSED, status)

    def _post(self, url: str, headers: dict[str, str], body: bytes) -> int:
        """Return the status of the answer. Raises NotAllowed, UpstreamError."""
        parts = urlsplit(url)
        pool: Any = self._pool(parts.scheme, parts.hostname or "", parts.port)
        answer: int | NoResponse = NoResponse()
        began = time.monotonic()
        try:
            response = pool.urlopen(
                "POST",
                parts.path or "/",
                body=body,
                headers={**headers, "Host": parts.netloc},
                retries=False,
                redirect=False,
                timeout=urllib3.Timeout(total=self._settings.upstream_timeout),
                preload_content=False,
            )
            response.close()
            is_sandbox = SANDBOX_HEADER in response.headers
            if not (self._settings.profile == "production" and is_sandbox):
                answer = int(response.status)
        except HTTPError:
            pass
        finally:
            pool.close()
        self._recorder.note("event", answer, time.monotonic() - began)
        # Raised outside the handler so that the failed request is not chained to it.
        if isinstance(answer, NoResponse):
            raise answer
        return answer

    def _pool(self, scheme: str, host: str, port: int | None) -> Any:
        """Connect to the first address of the name if all of its addresses are allowed."""
        addresses = _resolved(host, port or (443 if scheme == "https" else 80))
        if not all(_is_allowed(self._settings, scheme, address) for address in addresses):
            raise NotAllowed()
        if scheme == "http":
            return urllib3.HTTPConnectionPool(addresses[0], port, maxsize=1)
        return urllib3.HTTPSConnectionPool(
            addresses[0],
            port,
            maxsize=1,
            ssl_context=self._tls,
            # The certificate is checked against the name, not the address.
            server_hostname=host,
        )

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        # Chinese authorities are often only in the machine's own store, so both stores are loaded.
        context = ssl.create_default_context()
        context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
        return context


def _told(status: int) -> Told:
    # What the system answers to an event in its own form is not read.
    return Told(OK if 200 <= status < 300 else f"http_{status}")


def address_problem(settings: Settings, url: str) -> str | None:
    """Check an address without resolving its name: ``form``, ``scheme``, ``address`` or None."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "form"
    if not host or port == 0 or not url.isascii() or any(c.isspace() or c < " " for c in url):
        return "form"
    if parts.username or parts.password or "?" in url or "#" in url or "@" in parts.netloc:
        return "form"
    if parts.scheme not in ("http", "https"):
        return "scheme"
    try:
        address = str(ipaddress.ip_address(host))
    except ValueError:
        address = "127.0.0.1" if host == "localhost" or host.endswith(".localhost") else ""
    if parts.scheme == "http" and not (address and _is_allowed(settings, "http", address)):
        return "scheme"
    if address and not _is_allowed(settings, parts.scheme, address):
        return "address"
    return None


def _is_allowed(settings: Settings, scheme: str, text: str) -> bool:
    address = ipaddress.ip_address(text)
    if settings.profile == "sandbox" and address.is_loopback:
        return True
    if isinstance(address, ipaddress.IPv6Address) and (
        address not in _GLOBAL_UNICAST or address.sixtofour or address.teredo
    ):
        return False
    if any(address in network for network in _SPECIAL):
        return False
    return scheme == "https" and address.is_global and not address.is_multicast


def _resolved(host: str, port: int) -> list[str]:
    """Resolve a name to its addresses. Raises NoResponse when there are none."""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        addresses = []
    if not addresses:
        raise NoResponse()
    return [str(entry[4][0]) for entry in addresses]
