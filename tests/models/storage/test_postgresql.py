"""PostgreSQL that hangs, closes connections or is slow."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
import pytest

from config import Settings
from models.accounts.accounts import Account
from models.storage import database, postgresql
from models.storage.compiled import Compiled
from models.storage.database import DatabaseUnavailable
from tests.support.service.postgres import PostgresServer

PATIENCE = 1.0
THREADS = 4
# For whatever else the machine does meanwhile.
LATE = 20.0


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[PostgresServer]:
    """Start a server that a test may freeze."""
    with PostgresServer() as server:
        yield server


@pytest.fixture
def address(own_postgres: PostgresServer) -> Iterator[str]:
    """Connect to a database with the table ``note`` and a short timeout."""
    address = own_postgres.new_database()
    database.connect(address, pool_size=THREADS, pool_timeout=1.0, patience=PATIENCE)
    execute("CREATE TABLE note (word TEXT)")
    database.release()
    yield address
    database.disconnect()
    own_postgres.drop(address)


def execute(statement: str, *values: object) -> Any:
    return database.database.execute_sql(statement, values)


def words() -> list[str]:
    return [word for (word,) in execute("SELECT word FROM note ORDER BY word").fetchall()]


def write(word: str) -> None:
    execute("INSERT INTO note VALUES (%s)", word)


@contextmanager
def given_up(longest: float) -> Iterator[None]:
    """Expect an outage within this many seconds."""
    began = time.monotonic()
    with pytest.raises(DatabaseUnavailable):
        yield
    assert time.monotonic() - began < longest + LATE


def test_transaction_in_a_hung_server_times_out_as_a_whole(
    own_postgres: PostgresServer, address: str
) -> None:
    told: list[str] = []

    def write_then_freeze(freezing: ExitStack) -> None:
        with database.transaction():
            write("half")
            database.database.after_commit(lambda: told.append("committed"))
            freezing.enter_context(own_postgres.suspended())
            with given_up(PATIENCE + 2), database.transaction():
                write("silent")
            # Ignoring the error does not reach the commit.
            with given_up(0):
                write("after")

    with ExitStack() as freezing, given_up(PATIENCE + 2):
        write_then_freeze(freezing)
    # As after a request.
    database.release()
    assert words() == []
    assert told == []
    write("whole")
    assert words() == ["whole"]


def test_threads_recover_from_a_hung_server(own_postgres: PostgresServer, address: str) -> None:
    barrier = threading.Barrier(THREADS)

    def ask(meeting: bool = False) -> tuple[float, str]:
        """As one request: how long it took, and how it ended."""
        began = time.monotonic()
        try:
            execute("SELECT 1")
            if meeting:
                barrier.wait(timeout=20)
            ended = "ok"
        except DatabaseUnavailable:
            ended = "unavailable"
        finally:
            database.release()
        return time.monotonic() - began, ended

    def wave(pool: ThreadPoolExecutor, calls: int = THREADS) -> tuple[list[float], set[str]]:
        seconds, ends = zip(*pool.map(lambda _n: ask(), range(calls)), strict=True)
        return sorted(seconds), set(ends)

    with ThreadPoolExecutor(THREADS) as pool:
        met = list(pool.map(lambda _n: ask(meeting=True), range(THREADS)))
        assert {end for _, end in met} == {"ok"}
        with own_postgres.suspended():
            # One waits for the answer to a statement; the idle connections are not tried then.
            seconds, end = ask()
            assert end == "unavailable"
            assert PATIENCE + 2 <= seconds < PATIENCE + 2 + LATE
            seconds, ends = wave(pool)
            assert ends == {"unavailable"}
            # None waits as long for a connection as it would otherwise.
            assert seconds[-1] < 0.5 + LATE
        deadline = time.monotonic() + 60
        while ask()[1] != "ok":
            assert time.monotonic() < deadline
        assert wave(pool, 40)[1] == {"ok"}


def test_long_statement_is_cancelled_unless_allowed(address: str) -> None:
    with given_up(PATIENCE):
        execute("SELECT pg_sleep(60)")
    # The server said so itself: the connection is as good as before.
    assert words() == []
    database.expect_long_statements()
    execute("SELECT pg_sleep(%s)", PATIENCE + 2.5)
    database.release()
    # Who comes next is not to have as much patience.
    with given_up(PATIENCE):
        execute("SELECT pg_sleep(60)")

    database.connect(address)
    assert execute("SHOW statement_timeout").fetchone() == ("0",)
    assert database.database.connection().patience is None


def test_probe_times_out_earlier(own_postgres: PostgresServer, address: str) -> None:
    database.connect(address, patience=60)
    with (
        own_postgres.suspended(),
        given_up(5),
        database.expect_short_statements(),
    ):
        words()


def test_idle_connection_closed_by_the_server_is_not_used(address: str) -> None:
    assert words() == []
    process = database.database.connection().info.backend_pid
    database.release()
    with psycopg.connect(address) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (process,))
    assert words() == []


def test_thread_waits_for_a_free_pool_connection(address: str) -> None:
    def ask() -> list[str]:
        try:
            return words()
        finally:
            database.release()

    database.connect(address, pool_size=1, pool_timeout=1.0)
    assert words() == []
    with ThreadPoolExecutor(1) as pool:
        with given_up(1):
            pool.submit(ask).result()
        waiting = pool.submit(ask)
        time.sleep(0.2)
        database.release()
        assert waiting.result(timeout=LATE) == []


def test_queue_of_timed_out_requests_ends_with_the_outage(
    own_postgres: PostgresServer, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "MOST_WAITING", 2)
    database.connect(address, pool_size=1, pool_timeout=0.2)
    own_postgres.pause()
    try:
        for _ in range(4):
            with given_up(2):
                words()
    finally:
        own_postgres.resume()
    deadline = time.monotonic() + 60
    while True:
        try:
            assert words() == []
            return
        except DatabaseUnavailable:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_forked_process_uses_its_own_connections(address: str) -> None:
    write("before")
    database.disconnect()
    child = os.fork()
    if not child:
        try:
            write("child")
        finally:
            database.disconnect()
            os._exit(0)
    os.waitpid(child, 0)
    assert words() == ["before", "child"]


TROUBLES = {
    "migrations are missing": "ALTER TABLE account RENAME TO missing",
    "a migration is missing": "ALTER TABLE account RENAME COLUMN level TO missing",
    "standby": "SET TRANSACTION READ ONLY",
    "no privilege": (
        "DROP ROLE IF EXISTS reader; CREATE ROLE reader; GRANT SELECT ON account TO reader;"
        "SET ROLE reader"
    ),
}


@Compiled
def change_level() -> Any:
    return Account.update(level=3)


@pytest.mark.parametrize("tables", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    "write",
    [lambda: Account.update(level=3).execute(), change_level.rows],
    ids=["peewee", "compiled"],
)
@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_database_in_a_wrong_state_is_an_outage(
    tables: Settings, trouble: str, write: Callable[[], object]
) -> None:
    execute("BEGIN; " + trouble)
    try:
        with pytest.raises(DatabaseUnavailable):
            write()
    finally:
        execute("ROLLBACK")


@pytest.mark.parametrize("tables", ["postgresql"], indirect=True)
def test_connections_notice_a_dead_peer(tables: Settings) -> None:
    # A network that drops packets cannot be simulated here: the driver's parameters must do.
    told = database.database.connection().info.get_parameters()
    assert told["tcp_user_timeout"] == "10000"
    assert told["keepalives_idle"] == "30"
