"""PostgreSQL connections that give a silent server up, and their pool.

A server that is frozen, or whose disk is, holds its connections open, and its system acknowledges
what is sent: nothing but a limit of our own ends the wait for an answer.
"""

import heapq
import select
import time
from threading import Lock
from typing import Any

import peewee
import psycopg
from playhouse.pool import PoolConnection, PooledDatabase, PooledPostgresqlDatabase
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus

from models.sqlite import peewee_errors

# A server that lives says by itself that a statement took too long; what more it may need for that.
GRACE = 2.0
# Seconds until a connection stands, and until others than the one who tries are told a no.
CONNECT_SECONDS, KNOCK_SECONDS = 5, 0.2


class Connection(psycopg.Connection[Any]):
    """A connection that is closed when an answer does not come in time.

    What was asked may still be done once the server goes on, a transaction is not: it ends with the
    connection. A COMMIT alone may have been the last word, which nobody can know.
    """

    patience: float | None = None
    """Seconds until an answer must be complete; None: as long as it takes."""
    was_silent = False

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        """As psycopg's, which all statements pass through; it raises OperationalError."""
        try:
            return super().wait(gen, interval, self.patience if timeout is None else timeout)
        except psycopg.errors._WaitTimeout:
            if timeout is not None:
                raise
        self.was_silent = True
        self.close()
        raise psycopg.OperationalError("The server did not answer in time.")


class _Adapter(peewee.Psycopg3Adapter):
    def connect(self, db: "PostgresqlDatabase", **parameters: Any) -> Connection:
        connection = Connection.connect(db.database, **parameters)
        connection.patience = db.patience
        return connection


class PostgresqlDatabase(PooledPostgresqlDatabase):
    """peewee's pool, in which nobody waits for the server while he holds what the others need."""

    psycopg3_adapter = _Adapter

    def __init__(self, address: str, *, patience: float | None, **options: Any) -> None:
        """``patience``: seconds that a statement may take; None: as long as it takes."""
        # A query that hangs must not hold a thread for ever.
        limit = 0 if patience is None else round(patience * 1000)
        self.patience = None if patience is None else patience + GRACE
        self._opening = 0
        # The last one who asked for a connection got no answer.
        self._is_silent = False
        self._knocking = Lock()
        super().__init__(
            address,
            prefer_psycopg3=True,
            connect_timeout=CONNECT_SECONDS,
            options=f"-c statement_timeout={limit} -c timezone=Asia/Shanghai",
            **options,
        )

    def connect(self, reuse_if_open: bool = False) -> bool:
        """Take a connection for this thread. Raises OperationalError when none comes in time."""
        if not self._state.closed:
            if reuse_if_open:
                return False
            raise peewee.OperationalError("Connection already opened.")
        with peewee_errors:
            connection = self._connect()
        self._state.set_connection(connection)
        if self.server_version is None:
            self._set_server_version(connection)
        return True

    def _connect(self) -> Connection:
        deadline = time.monotonic() + self._wait_timeout
        with self._pool_available:
            while (kept := self._kept()) is None:
                if len(self._in_use) + self._opening < self._max_connections:
                    self._opening += 1
                    break
                left = deadline - time.monotonic()
                if left <= 0:
                    raise psycopg.OperationalError("All connections are in use.")
                self._pool_available.wait(left)
        return kept or self._opened()

    def _kept(self) -> Connection | None:
        """An idle connection that still stands, or None; the pool's lock is held."""
        while self._connections:
            opened_at, _, connection = heapq.heappop(self._connections)
            if self._is_closed(connection) or self._is_stale(opened_at):
                self._close_raw(connection)
            else:
                self._note(connection, opened_at)
                return connection
        return None

    def _opened(self) -> Connection:
        connection = None
        try:
            connection = self._open()
        finally:
            with self._pool_available:
                self._opening -= 1
                if connection is None:
                    self._pool_available.notify()
                else:
                    self._note(connection, time.time())
        return connection

    def _note(self, connection: Connection, opened_at: float) -> None:
        noted = PoolConnection(opened_at, connection, time.time())
        self._in_use[self.conn_key(connection)] = noted

    def _open(self) -> Connection:
        """A new connection; at a server that was silent one thread tries it for all.

        Else all threads would wait, and none would answer the calls that need no database.
        """
        if not self._is_silent:
            return self._ask_for_connection()
        if not self._knocking.acquire(timeout=KNOCK_SECONDS):
            raise psycopg.OperationalError("The server has not answered yet.")
        try:
            return self._ask_for_connection()
        finally:
            self._knocking.release()

    def _ask_for_connection(self) -> Connection:
        try:
            # Past the pool, to peewee's database.
            connection: Connection = super(PooledDatabase, self)._connect()
        except psycopg.errors.ConnectionTimeout:
            self._is_silent = True
            raise
        self._is_silent = False
        return connection

    def _is_closed(self, connection: Connection) -> bool:
        """Whether the server ended an idle connection: nothing else comes unasked.

        A question to the server would be a round trip more for each request, or a wait under the
        pool's lock; that its machine is gone is what the keepalives find out.
        """
        if connection.closed:
            return True
        socket = select.poll()
        socket.register(connection.fileno(), select.POLLIN)
        return bool(socket.poll(0))

    def _can_reuse(self, connection: Connection) -> bool:
        if connection.was_silent:
            # The others would let as many threads wait in vain.
            self._is_silent = True
            self.close_idle()
        is_idle = connection.pgconn.transaction_status == TransactionStatus.IDLE
        # Who expected long statements asked for it on this connection alone.
        return is_idle and connection.patience == self.patience
