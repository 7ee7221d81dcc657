"""Addresses of Redis and of Redis Sentinel."""

from typing import Any
from urllib.parse import unquote, urlsplit

from redis.connection import parse_url


def parse_sentinel_url(url: str) -> tuple[list[tuple[str, int]], str, dict[str, Any]]:
    """Parse ``redis+sentinel://[user:password@]host:26379,host:26379/service/0``.

    Returns the sentinels, the service and the login to its primary. Raises ValueError.
    """
    parts = urlsplit(url)
    login, _, hosts = parts.netloc.rpartition("@")
    username, _, password = map(unquote, login.partition(":"))
    service, _, db = parts.path.removeprefix("/").partition("/")
    nodes = [urlsplit(f"//{host}") for host in hosts.split(",")]
    sentinels = [(node.hostname, node.port or 26379) for node in nodes if node.hostname]
    if not service or len(sentinels) < len(nodes) or parts.query or parts.fragment:
        raise ValueError(url)
    primary = {"db": int(db or 0), "username": username or None, "password": password or None}
    return sentinels, service, primary


def is_redis_url(url: str) -> bool:
    """Return whether a client can connect to this address."""
    try:
        if url.startswith("redis+sentinel:"):
            parse_sentinel_url(url)
        else:
            parse_url(url)  # It reads an invalid database number as 0.
            int(url.startswith("unix:") or urlsplit(url).path[1:] or 0)
    except ValueError:
        return False
    return True
