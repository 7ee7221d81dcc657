"""Webhooks of registration systems: addresses that others name, called without trusting them.

An address could be made to point into our own network (SSRF, OWASP API7:2023). So only ``https`` to
public addresses is called; every address that the name stands for is looked at right before the
connection, which goes to exactly that address; no redirect is followed, no proxy used, and what
comes back is not read beyond its status. The sandbox profile besides allows ``http`` to this
machine.
"""

import ipaddress
import socket
import ssl
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import urlsplit

import urllib3
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.exceptions import HTTPError

from config import Settings
from miniprogram_api.clients.breaker import Breaker
from miniprogram_api.clients.redis_server import RedisServer
from miniprogram_api.clients.upstream import SANDBOX_HEADER, NoResponse, UpstreamError, log

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class HookOutcome(Enum):
    """What became of one event."""

    TAKEN = "taken"
    """Answered with 2xx."""
    REFUSED = "refused"
    """Answered with another status; a redirect is one, too."""
    NO_ANSWER = "no_answer"
    NOT_ALLOWED = "not_allowed"
    """The address points where nothing may be sent; nobody was called."""


@dataclass(frozen=True, slots=True)
class HookAnswer:
    outcome: HookOutcome
    status: int = 0


class RegistrarHooks(Protocol):
    """Hands one event to a registration system; never raises for what the outside does."""

    def send(self, key_id: str, url: str, headers: dict[str, str], body: bytes) -> HookAnswer:
        """POST ``body`` (JSON) to the address of the system with this key, once."""


class NotAllowed(Exception):
    """The address stands for a place where nothing may be sent."""


class RegistrarHooksClient:
    """The real client, behind a breaker for each system: one that is down must not hold up all."""

    def __init__(self, settings: Settings, server: RedisServer) -> None:
        self._settings = settings
        self._server = server

    def send(self, key_id: str, url: str, headers: dict[str, str], body: bytes) -> HookAnswer:
        """POST ``body`` (JSON) to the address of the system with this key, once."""
        if address_problem(self._settings, url) is not None:
            return HookAnswer(HookOutcome.NOT_ALLOWED)
        breaker = Breaker(
            self._server,
            f"registrar:{key_id}",
            self._settings.breaker_failures,
            self._settings.breaker_seconds,
        )
        try:
            status = breaker.call(lambda: self._post(url, headers, body))
        except NotAllowed:
            return HookAnswer(HookOutcome.NOT_ALLOWED)
        except UpstreamError as error:
            log.warning("hook_failed", key=key_id, failure=type(error).__name__)
            return HookAnswer(HookOutcome.NO_ANSWER)
        taken = 200 <= status < 300
        return HookAnswer(HookOutcome.TAKEN if taken else HookOutcome.REFUSED, status)

    def _post(self, url: str, headers: dict[str, str], body: bytes) -> int:
        """The status of the answer. Raises NotAllowed, UpstreamError."""
        parts = urlsplit(url)
        pool: Any = self._pool(parts.scheme, parts.hostname or "", parts.port)
        failed = False
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
        except HTTPError:
            failed = True
        finally:
            pool.close()
        # Raised outside the handler, so that the failed request is not chained to it.
        if failed:
            raise NoResponse()
        if self._settings.profile == "production" and SANDBOX_HEADER in response.headers:
            raise NoResponse()
        return int(response.status)

    def _pool(self, scheme: str, host: str, port: int | None) -> Any:
        """A connection to one of the addresses that the name stands for, all of them looked at."""
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
            # The certificate is that of the name, although the address is called.
            server_hostname=host,
        )

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        # The machine's authorities and the usual ones: China's own are often only on the machine.
        context = ssl.create_default_context()
        context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
        return context


def address_problem(settings: Settings, url: str) -> str | None:
    """What is wrong with an address by itself: ``form``, ``scheme``, ``address``, or None.

    What its name stands for is looked at when it is called.
    """
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
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        elif address.sixtofour or address.teredo or address in _NAT64:
            # They lead to an IPv4 address that nobody has looked at.
            return False
    if settings.profile == "sandbox" and address.is_loopback:
        return True
    return scheme == "https" and address.is_global and not address.is_multicast


def _resolved(host: str, port: int) -> list[str]:
    """The addresses that a name stands for now. Raises NoResponse when there are none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise NoResponse()
    return [str(entry[4][0]) for entry in found]
