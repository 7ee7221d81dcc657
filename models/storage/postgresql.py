"""PostgreSQL behind psycopg's pool, with a deadline for every answer.

A frozen server keeps its connections open and its system acknowledges packets, so only a
client-side limit ends the wait for an answer.
"""

import atexit
import logging
import select
from contextlib import nullcontext
from threading import Lock
from typing import Any

import peewee
import psycopg
from psycopg.abc import RV, PQGen
from psycopg_pool import ConnectionPool, PoolTimeout, TooManyRequests

# Seconds that the server may take to report a statement time-out by itself.
GRACE = 2.0
# Seconds until a connection attempt is abandoned.
CONNECT_SECONDS = 5
# Seconds that a request waits for a connection while the server is down: /healthz needs threads.
AWAY_SECONDS = 0.5
MOST_WAITING = 1_000

# Commands report an unreachable database in one line; the pool's retries add nothing.
logging.getLogger("psycopg.pool").addHandler(logging.NullHandler())

# The driver reports these as programming errors, but the statement is correct: migrations or
# privileges are missing, or the server is a standby.
for _name in (
    "InsufficientPrivilege",
    "ReadOnlySqlTransaction",
    "UndefinedColumn",
    "UndefinedTable",
):
    peewee.EXCEPTIONS[_name] = peewee.OperationalError  # type: ignore[attr-defined]


class Connection(psycopg.Connection[Any]):
    """A connection that is closed when an answer exceeds its deadline.

    The server then rolls an open transaction back. The result of a COMMIT is unknown.
    """

    patience: float | None = None
    """Seconds until an answer must be complete; None: no limit."""
    was_silent = False

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """Wait as psycopg does, at most ``patience`` seconds. Raises OperationalError."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.errors._WaitTimeout:
            if timeout is not None:
                raise
        self.was_silent = True
        self.close()
        raise psycopg.OperationalError("The server did not answer in time.")


class PostgresqlDatabase(peewee.PostgresqlDatabase):
    """peewee's database on the connections of a ``psycopg_pool.ConnectionPool``."""

    def __init__(self, address: str, *, size: int, timeout: float, patience: float | None) -> None:
        """Configure without connecting.

        ``size`` is the maximum number of connections, ``timeout`` the seconds that a thread waits
        for one, ``patience`` the seconds that a statement may take (None: no limit).
        """
        self._pool: ConnectionPool[Connection] | None = None
        self._pool_lock = Lock()
        self._size, self._timeout = size, timeout
        self._statement_timeout = 0 if patience is None else round(patience * 1000)
        self._patience = None if patience is None else patience + GRACE
        self._is_away = False
        super().__init__(address, prefer_psycopg3=True)
        # The state is per thread, and the pool has locks of its own: under peewee's lock all
        # threads would wait for the one that waits for a connection.
        self._lock = nullcontext()

    def _connect(self) -> Connection:
        pool = self._opened_pool()
        try:
            connection = pool.getconn(AWAY_SECONDS if self._is_away else self._timeout)
        except PoolTimeout:
            self._is_away = True
            raise
        except TooManyRequests:
            # Makes the pool reconnect, which waiting requests do not.
            pool.check()
            raise
        self._is_away = False
        return connection

    def _close(self, conn: Connection) -> None:
        pool = self._opened_pool()
        if conn.was_silent:
            # The idle connections would be as silent, and each would block a thread.
            self._is_away = True
            pool.drain()
        if conn.patience != self._patience:
            # Its statement time-out was changed, too.
            conn.close()
        pool.putconn(conn)

    def connection_problem(self) -> str:
        """Try one connection without the pool; return what the server says, in words."""
        try:
            psycopg.connect(self.database, **self._options()).close()
        except psycopg.OperationalError as error:
            said = str(error).strip()
            if "startup parameter" in said:
                said += " Add options to ignore_startup_parameters of PgBouncer."
            return f"The database does not answer: {said}"
        return "The database does not answer in time."

    def _options(self) -> dict[str, Any]:
        return {
            "autocommit": True,
            "connect_timeout": CONNECT_SECONDS,
            "options": f"-c statement_timeout={self._statement_timeout} -c timezone=Asia/Shanghai",
            # A vanished machine would block a thread for 15 minutes of retransmissions.
            "tcp_user_timeout": 10_000,
            "keepalives_idle": 30,
            "keepalives_interval": 5,
            "keepalives_count": 3,
        }

    def pool_figures(self) -> dict[str, int]:
        """Return how many connections are open, idle and possible, and how many threads wait."""
        with self._pool_lock:
            counts = {} if self._pool is None else self._pool.get_stats()
        return {
            "open": counts.get("pool_size", 0),
            "idle": counts.get("pool_available", 0),
            "most": self._size,
            "waiting": counts.get("requests_waiting", 0),
        }

    def close_all(self) -> None:
        """Close the pool (before a fork, at the end of a process); the next use opens a new one."""
        with self._pool_lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            atexit.unregister(pool.close)
            pool.close()

    def _opened_pool(self) -> ConnectionPool[Connection]:
        with self._pool_lock:
            if self._pool is None:
                # Opened at the first use: the threads of a pool do not survive a fork.
                self._pool = ConnectionPool(
                    self.database,
                    connection_class=Connection,
                    kwargs=self._options(),
                    min_size=0,
                    max_size=self._size,
                    open=True,
                    configure=self._configure,
                    check=self._check,
                    timeout=self._timeout,
                    # Requests that timed out stay in the queue until a connection comes.
                    max_waiting=MOST_WAITING,
                    max_idle=300,
                    # The next request triggers the next attempt, without back-off.
                    reconnect_timeout=0,
                    reconnect_failed=self._note_failure,
                )
                # The pool's threads cannot end later than this.
                atexit.register(self._pool.close)
            return self._pool

    def _configure(self, connection: Connection) -> None:
        connection.patience = self._patience

    def _note_failure(self, _pool: ConnectionPool[Connection]) -> None:
        self._is_away = True

    def _check(self, connection: Connection) -> None:
        """Reject a connection that the server closed while it was idle.

        The server sends nothing unsolicited otherwise, so no round trip is needed. The other idle
        connections have probably been closed, too.
        """
        socket = select.poll()
        socket.register(connection.fileno(), select.POLLIN)
        if socket.poll(0):
            connection.close()
            self._opened_pool().drain()
            raise psycopg.OperationalError("The server ended the connection.")
