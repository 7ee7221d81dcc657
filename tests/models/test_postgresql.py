"""A PostgreSQL that stands still, ends connections, or takes long: what a statement gets to see."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import pytest

from models import database
from models.database import DatabaseUnavailable
from models.postgresql import CONNECT_SECONDS, GRACE, KNOCK_SECONDS
from tests.support.postgres import PostgresServer

PATIENCE = 1.0
THREADS = 4
# For whatever else the machine does meanwhile.
LATE = 3.0


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[PostgresServer]:
    """One that may stand still."""
    with PostgresServer() as server:
        yield server


@pytest.fixture
def address(own_postgres: PostgresServer) -> Iterator[str]:
    """A database with the table ``note``, bound with little patience."""
    address = own_postgres.new_database()
    database.connect(address, pool_size=THREADS, pool_timeout=1.0, patience=PATIENCE)
    database.write("CREATE TABLE note (word TEXT)")
    database.release()
    yield address
    database.disconnect()
    own_postgres.drop(address)


def words() -> list[str]:
    return [word for (word,) in database.all_rows("SELECT word FROM note ORDER BY word")]


def write(word: str) -> None:
    database.write("INSERT INTO note VALUES (%s)", (word,))


@contextmanager
def given_up(longest: float) -> Iterator[None]:
    """What is done here ends as an outage, within so many seconds."""
    began = time.monotonic()
    with pytest.raises(DatabaseUnavailable):
        yield
    assert time.monotonic() - began < longest + LATE


def test_a_transaction_in_a_server_that_stands_still_is_given_up_whole(
    own_postgres: PostgresServer, address: str
) -> None:
    told: list[str] = []

    def write_then_freeze(freezing: ExitStack) -> None:
        with database.transaction():
            write("half")
            database.database.after_commit(lambda: told.append("committed"))
            freezing.enter_context(own_postgres.frozen())
            with given_up(PATIENCE + GRACE), database.transaction():
                write("silent")
            # Whoever takes no notice of it does not get through to the commit.
            with given_up(0):
                write("after")

    with ExitStack() as freezing, given_up(PATIENCE + GRACE):
        write_then_freeze(freezing)
    # As after a request.
    database.release()
    assert words() == []
    assert told == []
    write("whole")
    assert words() == ["whole"]


def test_threads_are_free_again_while_the_server_stands_still_and_all_goes_on_by_itself(
    own_postgres: PostgresServer, address: str
) -> None:
    barrier = threading.Barrier(THREADS)

    def ask(meeting: bool = False) -> tuple[float, str]:
        """As one request: how long it took, and how it ended."""
        began = time.monotonic()
        try:
            database.all_rows("SELECT 1")
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
        with own_postgres.frozen():
            # One waits for the answer to a statement; the idle connections are not tried then.
            seconds, end = ask()
            assert end == "unavailable"
            assert PATIENCE + GRACE <= seconds < PATIENCE + GRACE + LATE
            seconds, ends = wave(pool)
            assert ends == {"unavailable"}
            # One waits for a connection, the others hardly.
            assert seconds[-2] < KNOCK_SECONDS + 1 < CONNECT_SECONDS
            assert seconds[-1] < CONNECT_SECONDS + LATE
        assert wave(pool, 40)[1] == {"ok"}


def test_what_takes_long_is_cut_off_unless_it_may(address: str) -> None:
    with given_up(PATIENCE):
        database.all_rows("SELECT pg_sleep(10)")
    # The server said so itself: the connection is as good as before.
    assert words() == []
    database.expect_long_statements()
    database.all_rows("SELECT pg_sleep(%s)", (PATIENCE + GRACE + 0.5,))
    database.release()
    # Who comes next is not to have as much patience.
    with given_up(PATIENCE):
        database.all_rows("SELECT pg_sleep(10)")

    database.connect(address)
    assert database.first_row("SHOW statement_timeout") == ("0",)
    assert database.database.connection().patience is None


def test_a_probe_does_not_wait_as_long(own_postgres: PostgresServer, address: str) -> None:
    database.connect(address, patience=60)
    with (
        own_postgres.frozen(),
        given_up(database.PROBE_PATIENCE),
        database.expect_short_statements(),
    ):
        words()


def test_an_idle_connection_that_the_server_ended_is_not_used(address: str) -> None:
    assert words() == []
    process = database.database.connection().info.backend_pid
    database.release()
    other = database.database._open()
    other.execute("SELECT pg_terminate_backend(%s, 5000)", (process,))
    other.close()
    assert words() == []


def test_a_thread_waits_a_while_for_a_place_in_the_pool(address: str) -> None:
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
