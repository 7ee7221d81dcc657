"""Redis: what the bot remembers of a conversation, and the messages that wait to be written.

One question costs one round trip: its memory and its message are kept together, and the worker
writes messages into the database many at a time (docs/adr/0008-questions-are-kept-in-two-steps.md).
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from miniprogram_api.clients.redis_server import RedisServer

_QUEUE = "faq:messages"


class Waiting(NamedTuple):
    """A message that waits to be written, and its place in the queue."""

    place: str
    content: bytes


class Conversations(Protocol):
    """All methods raise StoreUnavailable when Redis does not answer."""

    def recall(self, conversation: str) -> bytes | None:
        """What was remembered last, or None."""

    def remember(self, conversation: str, memory: str, kept_ms: int, message: bytes) -> int:
        """Keep the memory and hand over the message, both or neither.

        ``kept_ms``: when nobody looks at the memory any more. Returns how many messages wait.
        """

    def waiting(self, most: int) -> list[Waiting]:
        """The messages that wait longest; they wait on until ``written`` is called."""

    def written(self, places: Sequence[str]) -> None:
        """Forget messages that were written."""


class RedisConversations:
    """The Conversations on a real server: a string for each memory and one stream."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server

    def recall(self, conversation: str) -> bytes | None:
        """What was remembered last, or None."""
        found: bytes | None = self._server.run("recall", (_key(conversation),), ())
        return found

    def remember(self, conversation: str, memory: str, kept_ms: int, message: bytes) -> int:
        """Keep the memory and hand over the message; returns how many messages wait."""
        waiting: int = self._server.run(
            "remember", (_key(conversation), _QUEUE), (memory, kept_ms, message)
        )
        return waiting

    def waiting(self, most: int) -> list[Waiting]:
        """The messages that wait longest."""
        entries = self._server.call(lambda client: client.xrange(_QUEUE, count=most))
        return [Waiting(place.decode(), fields[b"m"]) for place, fields in entries]

    def written(self, places: Sequence[str]) -> None:
        """Forget messages that were written."""
        self._server.call(lambda client: client.xdel(_QUEUE, *places))


def _key(conversation: str) -> str:
    return f"faq:conversation:{conversation}"
