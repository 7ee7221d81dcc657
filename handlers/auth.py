"""The ways of authentication, the bearer token, and the address of the caller."""

import ipaddress
from enum import Enum
from functools import lru_cache

from flask import Request

from config import Settings
from miniprogram_api.access import attempts


class Auth(Enum):
    """The authentication that an endpoint requires."""

    NONE = "none"
    """No authentication; a token is ignored."""
    OPTIONAL = "optional"
    """The token may be missing; an invalid one is 401."""
    WECHAT = "wechat"
    """A token of a WeChat user, with or without an account."""
    ACCOUNT = "account"
    """An account's token."""
    STAFF = "staff"
    """A token of a member of staff with the endpoint's permission."""
    SIGNED = "signed"
    """A registration system's signature; of ``/registrar/v1`` only."""


def bearer_token(request: Request) -> str:
    """Return the token of the Authorization header, or an empty string."""
    scheme, _, token = request.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def client_address(request: Request, settings: Settings) -> str:
    """Return the caller's address, from X-Forwarded-For as far as trusted proxies wrote it."""
    # A Unix socket has no peer address.
    address = _plain(request.remote_addr or "0.0.0.0")  # noqa: S104
    networks = settings.trusted_proxies
    if not networks:
        return address
    hops = [h.strip() for h in request.headers.get("X-Forwarded-For", "").split(",") if h.strip()]
    while hops and attempts.is_inside(address, networks):
        try:
            address = _plain(hops.pop())
        except ValueError:
            break
    return address


@lru_cache(maxsize=1024)
def _plain(address: str) -> str:
    """Return ::ffff:a.b.c.d as a.b.c.d, other addresses unchanged. Raises ValueError."""
    parsed = ipaddress.ip_address(address)
    mapped = parsed.ipv4_mapped if parsed.version == 6 else None
    return str(mapped or parsed)
