"""What the Redis server says about its memory and persistence."""

from dataclasses import dataclass

from miniprogram_api.clients.redis_server import RedisServer, StoreUnavailable


@dataclass(frozen=True)
class StoreFacts:
    """What the server says about itself."""

    evicts: bool
    """Whether it forgets limits, sessions and tokens when its memory is full."""
    persists: bool
    """Whether its data survive a restart, by an append-only file or by snapshots."""
    used_bytes: int
    most_bytes: int
    """0: as much as the machine has."""


class StoreStatus:
    """Ask the server about itself."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server

    def ping(self) -> None:
        """Raise StoreUnavailable unless the server answers."""
        self._server.call(lambda client: client.ping())

    def facts(self) -> StoreFacts:
        """Return memory and persistence. Raises StoreUnavailable."""
        info = self._server.call(lambda client: client.info())
        try:
            snapshots = self._server.call(lambda client: client.config_get("save"))["save"]
        except (StoreUnavailable, KeyError):
            # A server that hides its configuration; its last snapshot tells.
            snapshots = "" if info.get("rdb_last_bgsave_time_sec", -1) < 0 else "yes"
        return StoreFacts(
            evicts=info.get("maxmemory_policy", "noeviction") != "noeviction",
            persists=bool(info.get("aof_enabled")) or bool(snapshots),
            used_bytes=info["used_memory"],
            most_bytes=info.get("maxmemory", 0),
        )
