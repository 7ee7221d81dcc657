"""Figures of the vendors that any process finds and every process shows, kept in Redis."""

from enum import StrEnum
from typing import Any, NamedTuple

from miniprogram_api.clients.redis_server import RedisServer


class VendorFigure(StrEnum):
    """A kind of figure; the value is a whole number."""

    LAST_SUCCESS = "last-success"
    """Of a call: seconds since 1970."""
    CERTIFICATE_END = "certificate-end"
    """Of an address: seconds since 1970."""
    QUOTA_LEFT = "quota-left"
    """Of a call: how often it may still be made in the vendor's period."""
    QUOTA_LIMIT = "quota-limit"
    """Of a call: how often it may be made in that period in all."""


class VendorName(NamedTuple):
    """Name a vendor and one of its calls, or the setting of its address."""

    vendor: str
    detail: str


class VendorFigures:
    """Keep the last value of each figure by name; all methods raise StoreUnavailable."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server

    def put(self, figure: VendorFigure, name: VendorName, value: int) -> None:
        """Keep a value."""
        self._server.call(lambda client: client.hset(_key(figure), " ".join(name), value))

    def replace(self, figure: VendorFigure, values: dict[VendorName, int]) -> None:
        """Keep these values only."""

        def replace(client: Any) -> None:
            pipe = client.pipeline(transaction=True)
            pipe.delete(_key(figure))
            if values:
                pipe.hset(_key(figure), mapping={" ".join(n): v for n, v in values.items()})
            pipe.execute()

        self._server.call(replace)

    def read(self, figure: VendorFigure) -> dict[VendorName, int]:
        """Return the values in the order of their names."""
        kept: dict[Any, Any] = self._server.call(lambda client: client.hgetall(_key(figure)))
        values = {_text(name): int(value) for name, value in kept.items()}
        return {VendorName(*name.split(" ", 1)): values[name] for name in sorted(values)}


def _key(figure: VendorFigure) -> str:
    return f"vendors:{figure}"


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
