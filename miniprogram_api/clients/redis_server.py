"""Connect to Redis, run scripts and translate failures."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import structlog
from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.commands.core import Script
from redis.exceptions import ConnectionError, NoScriptError, RedisError
from redis.retry import Retry
from redis.sentinel import Sentinel

from redis_urls import parse_sentinel_url

TIMEOUT_SECONDS = 2.0
# The library's default of 100 is fewer than the threads that WEB_THREADS allows.
_MOST_CONNECTIONS = 1000

log = structlog.get_logger("clients")

Call = tuple[str, Sequence[str], Sequence[str | int | bytes]]
"""A script of ``redis_scripts/`` without its extension, its keys and its arguments."""


class StoreUnavailable(Exception):
    """Report that Redis does not answer; rate-limited requests must be refused."""


class RedisServer:
    """Run scripts and commands on the server of a REDIS_URL; connect at the first call.

    Safe to share between threads and across forks. A call whose connection breaks is repeated once,
    so it must be idempotent.
    """

    def __init__(self, url: str) -> None:
        self._client = _client(url)
        self._scripts = _register_scripts(self._client)

    def run(self, script: str, keys: Sequence[str], arguments: Sequence[str | int | bytes]) -> Any:
        """Run a script and return its answer. Raises StoreUnavailable."""
        return self.call(lambda _: self._scripts[script](keys, arguments))

    def run_all(self, calls: Sequence[Call]) -> list[Any]:
        """Run scripts in order in one round trip, not atomically. Raises StoreUnavailable."""
        answers: list[Any] = self.call(lambda client: self._pipelined(client, calls))
        return answers

    def call(self, command: Callable[[Redis], Any]) -> Any:
        """Return the result of ``command(client)``. Raises StoreUnavailable."""
        try:
            return command(self._client)
        except RedisError as error:
            failure = type(error).__name__
        # Raised outside the handler so that it is not chained to an error that may show arguments.
        log.error("redis_failed", failure=failure)
        raise StoreUnavailable(failure)

    def close(self) -> None:
        """Close all connections; later calls open new ones."""
        self._client.close()
        self._client.connection_pool.disconnect()

    def _pipelined(self, client: Redis, calls: Sequence[Call]) -> list[Any]:
        with client.pipeline(transaction=False) as pipe:
            for script, keys, arguments in calls:
                pipe.evalsha(self._scripts[script].sha, len(keys), *keys, *arguments)
            answers = pipe.execute(raise_on_error=False)
        for place, (script, keys, arguments) in enumerate(calls):
            if isinstance(answers[place], NoScriptError):
                # A restarted server has lost its scripts; this call loads them again.
                answers[place] = self._scripts[script](keys, arguments)
            elif isinstance(answers[place], RedisError):
                raise answers[place]
        return answers


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


def _client(url: str) -> Redis:
    options: dict[str, Any] = {
        "socket_timeout": TIMEOUT_SECONDS,
        "socket_connect_timeout": TIMEOUT_SECONDS,
        "retry": Retry(NoBackoff(), 1, supported_errors=(ConnectionError,)),
        "protocol": 2,
    }
    most = {"max_connections": _MOST_CONNECTIONS}
    if url.startswith("redis+sentinel:"):
        sentinels, service, primary = parse_sentinel_url(url)
        sentinel = Sentinel(sentinels, sentinel_kwargs=options, **options)
        client: Redis = sentinel.master_for(service, **primary, **most)
        return client
    return Redis.from_pool(ConnectionPool.from_url(url, **options, **most))


def _register_scripts(client: Redis) -> dict[str, Script]:
    folder = files("miniprogram_api.clients") / "redis_scripts"
    texts = {
        path.name.removesuffix(".lua"): path.read_text(encoding="utf-8")
        for path in folder.iterdir()
        if path.name.endswith(".lua")
    }
    shared = texts.pop("_entries")
    return {name: client.register_script(f"{shared}\n{text}") for name, text in texts.items()}
