"""One Redis server for all clients of a process: connections, scripts and what a failure means.

``redis`` is imported at the first call and not before, because it takes longer to load than a web
process should need for its first answer.
"""

import os
from collections.abc import Callable, Sequence
from importlib.resources import files
from threading import Lock, local
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog

if TYPE_CHECKING:
    from redis import Redis
    from redis.commands.core import Script
    from redis.connection import Connection

TIMEOUT_SECONDS = 2.0

log = structlog.get_logger("clients")


class StoreUnavailable(Exception):
    """Redis does not answer; whatever limits cannot be judged and must be refused."""


class _Library(NamedTuple):
    """What every call needs of the library; looking it up each time costs as much as using it."""

    error: type[Exception]
    broken: type[Exception]
    """What a broken connection raises."""
    no_script: type[Exception]
    pack: Callable[[Any], bytes]


class RedisServer:
    """Runs scripts and commands on the server at ``url`` (``unix://``, ``redis://``, ``rediss://``).

    Safe to share between threads; after a fork each process opens connections of its own. A
    connection that broke while idle is replaced before anything is sent. One that breaks during a
    call is replaced and the call repeated once: only what may run twice without harm goes through
    here.
    """

    def __init__(self, url: str, connections: int) -> None:
        """``connections`` is the largest number of threads that call at the same time."""
        self._url = url
        self._connections = connections
        self._lock = Lock()
        self._client: Redis | None = None
        self._scripts: dict[str, Script] = {}
        self._own = local()
        # Of the library, once it is loaded.
        self._library: _Library | None = None

    def run(self, script: str, keys: Sequence[str], arguments: Sequence[str | int | bytes]) -> Any:
        """Run a script of ``redis_scripts/`` in one round trip and return its answer.

        Raises StoreUnavailable when Redis does not answer or cannot write.
        """
        found = self._scripts.get(script) or self._load(script)
        try:
            return self._evaluate(found, keys, arguments)
        except self._loaded.error as error:
            failure = type(error).__name__
        raise self._failed(failure)

    def run_all(
        self, calls: Sequence[tuple[str, Sequence[str], Sequence[str | int | bytes]]]
    ) -> list[Any]:
        """Run scripts (name, keys, arguments) one after the other, all in one round trip.

        Other clients' calls may come between them. Raises StoreUnavailable as ``run``.
        """
        if len(calls) == 1:
            return [self.run(*calls[0])]
        scripts = [self._scripts.get(call[0]) or self._load(call[0]) for call in calls]
        return self._answer(lambda client: self._evaluate_all(client, scripts, calls))

    def call(self, command: Callable[["Redis"], Any]) -> Any:
        """Return what ``command`` returns for the client. Raises StoreUnavailable as ``run``."""
        return self._answer(command)

    def close(self) -> None:
        """Close all connections; a later call opens new ones."""
        if self._client is not None:
            self._client.close()
        self._own = local()

    def _answer(self, command: Callable[["Redis"], Any]) -> Any:
        client = self._client or self._connect()
        try:
            return command(client)
        except self._loaded.error as error:
            failure = type(error).__name__
        raise self._failed(failure)

    def _failed(self, failure: str) -> StoreUnavailable:
        """The exception to raise, outside of the ``except`` so that the error is not chained to it.

        Its text may show arguments, so only its kind is written down.
        """
        log.error("redis_failed", failure=failure)
        return StoreUnavailable(failure)

    @property
    def _loaded(self) -> "_Library":
        library = self._library
        if library is None:
            from hiredis import pack_command
            from redis.exceptions import ConnectionError, NoScriptError, RedisError

            library = self._library = _Library(
                RedisError, ConnectionError, NoScriptError, pack_command
            )
        return library

    def _connect(self) -> "Redis":
        with self._lock:
            if self._client is None:
                from redis import ConnectionPool, Redis
                from redis.backoff import NoBackoff
                from redis.exceptions import ConnectionError
                from redis.retry import Retry

                options: dict[str, Any] = {
                    "max_connections": self._connections,
                    "socket_timeout": TIMEOUT_SECONDS,
                    "socket_connect_timeout": TIMEOUT_SECONDS,
                    "retry": Retry(NoBackoff(), 1, supported_errors=(ConnectionError,)),
                    "protocol": 2,
                    "driver_info": None,
                }
                if not self._url.startswith("unix:"):
                    options["socket_keepalive"] = True
                self._client = Redis.from_pool(ConnectionPool.from_url(self._url, **options))
            return self._client

    def _load(self, script: str) -> "Script":
        client = self._client or self._connect()
        folder = files("miniprogram_api.clients") / "redis_scripts"
        text = (folder / f"{script}.lua").read_text(encoding="utf-8")
        shared = (folder / "_entries.lua").read_text(encoding="utf-8")
        return self._scripts.setdefault(script, client.register_script(f"{shared}\n{text}"))

    def _evaluate(
        self, script: "Script", keys: Sequence[str], arguments: Sequence[str | int | bytes]
    ) -> Any:
        """Run a script on a connection that this thread keeps.

        The client's own way, through its pool, costs as much as the whole round trip, and every
        limit passes here.
        """
        library = self._loaded
        kept = self._connection(self._client or self._connect())
        # As the connection would do itself, after looking at each argument's type.
        parts: Any = ("EVALSHA", script.sha, len(keys), *keys, *arguments)
        command = (library.pack(parts),)
        try:
            try:
                kept.send_packed_command(command, check_health=False)
                return kept.read_response()
            except library.broken:
                kept.disconnect()
                kept.send_packed_command(command, check_health=False)
                return kept.read_response()
        except library.no_script:
            # The server was started anew and does not know the script; this hands it over.
            return script(keys=keys, args=arguments)
        except BaseException:
            # Whatever broke off an exchange, its answer must not be taken for the next one's.
            kept.disconnect()
            raise

    def _evaluate_all(
        self,
        client: "Redis",
        scripts: Sequence["Script"],
        calls: Sequence[tuple[str, Sequence[str], Sequence[str | int | bytes]]],
    ) -> list[Any]:
        from redis.exceptions import NoScriptError, ResponseError

        kept = self._connection(client)
        commands = [
            ("EVALSHA", script.sha, len(keys), *keys, *arguments)
            for script, (_, keys, arguments) in zip(scripts, calls, strict=True)
        ]

        def read() -> Any:
            # An error is one of the answers: those that follow it must be read all the same.
            try:
                return kept.read_response()
            except ResponseError as error:
                return error

        def exchange() -> list[Any]:
            kept.send_packed_command(kept.pack_commands(commands))
            return [read() for _ in commands]

        try:
            answers = kept.retry.call_with_retry(exchange, lambda _: kept.disconnect())
        except BaseException:
            kept.disconnect()
            raise
        for place, answer in enumerate(answers):
            if isinstance(answer, NoScriptError):
                _, keys, arguments = calls[place]
                answers[place] = scripts[place](keys=list(keys), args=list(arguments))
            elif isinstance(answer, ResponseError):
                raise answer
        return answers

    def _connection(self, client: "Redis") -> "Connection":
        """The connection that this thread keeps in this process."""
        connection: Connection | None = getattr(self._own, "connection", None)
        if connection is None or self._own.process_id != os.getpid():
            pool = client.connection_pool
            connection = pool.connection_class(**pool.connection_kwargs)
            self._own.connection, self._own.process_id = connection, os.getpid()
        return connection
