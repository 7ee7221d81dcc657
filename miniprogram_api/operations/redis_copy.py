"""Copy all keys of a live Redis server to one file, for backups.

Each record: name length, value length and expiry (milliseconds, 0: none) as big-endian numbers,
then the name and the value as Redis dumps it (DUMP). Epochs (``RedisStore.take_since``) are left
out, because a server restored from the file lacks what came after it.
"""

import struct
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO, Any

from miniprogram_api.clients.redis_server import RedisServer

HEAD = struct.Struct(">IIq")
EPOCHS = b"epoch:"
_BATCH = 500


class RedisCopy:
    """Copy between the server at ``url`` and a file. All methods raise StoreUnavailable."""

    def __init__(self, url: str) -> None:
        self._server = RedisServer(url)

    def is_empty(self) -> bool:
        """Return whether the server has no keys."""
        return bool(self._server.call(lambda client: client.dbsize()) == 0)

    def write(self, path: Path, now_ms: int) -> int:
        """Copy every key but epochs to a new file and return their number."""
        count = 0
        with open(path, "xb") as file:
            cursor = 0
            while True:
                cursor, names = self._server.call(partial(_scan, cursor))
                copied = [name for name in names if not name.startswith(EPOCHS)]
                for name, value, rest in self._values(copied):
                    file.write(HEAD.pack(len(name), len(value), now_ms + rest if rest > 0 else 0))
                    file.write(name + value)
                    count += 1
                if cursor == 0:
                    return count

    def read(self, path: Path, now_ms: int) -> int:
        """Restore every unexpired key of the file and return their number."""
        count = 0
        with open(path, "rb") as file:
            for name, value, expires in _records(file):
                if expires and expires <= now_ms:
                    continue
                self._server.call(partial(_put, name, value, expires))
                count += 1
        return count

    def clear(self) -> None:
        """Delete every key."""
        self._server.call(lambda client: client.flushdb())

    def close(self) -> None:
        """Close the connections."""
        self._server.close()

    def _values(self, names: list[bytes]) -> Iterator[tuple[bytes, bytes, int]]:
        """Yield name, value and remaining milliseconds (-1: no expiry) of keys that still exist."""

        def ask(client: Any) -> list[Any]:
            pipe = client.pipeline(transaction=True)
            for name in names:
                pipe.dump(name)
                pipe.pttl(name)
            answers: list[Any] = pipe.execute()
            return answers

        answers = self._server.call(ask) if names else []
        for name, value, rest in zip(names, answers[::2], answers[1::2], strict=True):
            if value is not None:
                yield name, value, rest


def _scan(cursor: int, client: Any) -> Any:
    return client.scan(cursor, count=_BATCH)


def _put(name: bytes, value: bytes, expires: int, client: Any) -> Any:
    return client.restore(name, expires, value, absttl=bool(expires))


def _records(file: IO[bytes]) -> Iterator[tuple[bytes, bytes, int]]:
    while head := file.read(HEAD.size):
        name_length, value_length, expires = HEAD.unpack(head)
        yield file.read(name_length), file.read(value_length), expires
