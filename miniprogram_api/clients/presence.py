"""Remember in Redis which members look at a page right now."""

from typing import Any

from miniprogram_api.clients.redis_server import RedisServer

# Of all keys: what is older says nothing, and is removed.
_KEPT_MS = 10 * 60 * 1000


class Presence:
    """Keep a moment for each member and page, in milliseconds since 1970."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server

    def note(self, page: str, member: str, now_ms: int) -> dict[str, int]:
        """Note a member's look at a page; return the moments of all members' last looks.

        Raises StoreUnavailable.
        """
        key = f"presence:{page}"

        def note(client: Any) -> dict[bytes | str, bytes | str]:
            pipe = client.pipeline(transaction=True)
            pipe.hset(key, member, now_ms)
            pipe.pexpire(key, _KEPT_MS)
            pipe.hgetall(key)
            scores: dict[bytes | str, bytes | str] = pipe.execute()[-1]
            return scores

        return {_text(name): int(at) for name, at in self._server.call(note).items()}

    def leave(self, page: str, member: str) -> None:
        """Forget a member's look at a page. Raises StoreUnavailable."""
        self._server.call(lambda client: client.hdel(f"presence:{page}", member))


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
