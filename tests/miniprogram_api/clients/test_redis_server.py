"""The Redis connection with a dead, hung or restarted server."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from miniprogram_api.access.password_attempts import LOCK_RULE as RULE
from miniprogram_api.clients.redis import (
    AttemptCounted,
    Full,
    Limit,
    RedisStore,
    StoreUnavailable,
    Taken,
    Window,
    attempt_inquiry,
    take_inquiry,
)
from miniprogram_api.clients.redis_server import RedisServer
from tests.support.service.tables import settings_for
from tests.support.service.valkey import ValkeyServer

LIMIT = Limit("key", (Window("hour", 3600, 3),))
NOON = 1_793_851_200_000


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[ValkeyServer]:
    """Start a server that the test may kill."""
    with ValkeyServer(settings_for(tmp_path)) as valkey:
        yield valkey


def test_entries_survive_a_restart(own_valkey: ValkeyServer) -> None:
    store = RedisStore(RedisServer(own_valkey.url))
    assert isinstance(store.take([LIMIT], NOON), Taken)
    own_valkey.stop()
    with pytest.raises(StoreUnavailable):
        store.take([LIMIT], NOON)
    own_valkey.start()
    taken = store.take([LIMIT], NOON)
    assert isinstance(taken, Taken)
    assert taken.remaining == {"hour": 1}


def test_restart_between_two_calls_raises_nothing(own_valkey: ValkeyServer) -> None:
    store = RedisStore(RedisServer(own_valkey.url))
    store.count_attempt(RULE, "pair", "account", NOON)
    own_valkey.stop()
    own_valkey.start()
    assert isinstance(store.take([LIMIT], NOON), Taken)


def test_call_is_repeated_once_when_its_connection_breaks(valkey: ValkeyServer) -> None:
    server, other = (RedisServer(valkey.url) for _ in range(2))

    def blocked() -> list[dict[str, str]]:
        while not (found := other.call(lambda client: waiting(client.client_list()))):
            time.sleep(0.01)
        return found

    def break_then_answer() -> None:
        [victim] = blocked()
        other.call(lambda client: client.client_kill_filter(_id=victim["id"]))
        blocked()
        other.call(lambda client: client.rpush("list", "item"))

    thread = threading.Thread(target=break_then_answer, daemon=True)
    thread.start()
    assert server.call(lambda client: client.blpop(["list"], timeout=1.5)) == (b"list", b"item")
    thread.join(timeout=10)


def waiting(connections: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the connections blocked in BLPOP."""
    return [connection for connection in connections if "b" in connection["flags"]]


def test_hung_server_times_out(own_valkey: ValkeyServer) -> None:
    server = RedisServer(own_valkey.url)
    store = RedisStore(server)
    number: int = server.call(lambda client: client.info("server")["process_id"])
    os.kill(number, signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(StoreUnavailable):
            store.take([LIMIT], NOON)
        assert time.monotonic() - began > 1.5
    finally:
        os.kill(number, signal.SIGCONT)
    # The late answer of the call that was given up must not be taken for this one's.
    server.call(lambda client: client.ping())
    assert isinstance(store.take([LIMIT], NOON), Taken)


def test_timed_out_call_consumes_no_quota(own_valkey: ValkeyServer) -> None:
    once = Limit("once", (Window("minute", 60, 1),))
    several = Limit("several", (Window("hour", 3600, 3),), distinct="member")
    refused, other = (RedisStore(RedisServer(own_valkey.url)) for _ in range(2))
    assert isinstance(refused.peek([once, several], NOON), Taken)
    os.kill(own_valkey.process_id, signal.SIGSTOP)
    try:
        # The second call does not even get through with giving the first one's place back.
        for _ in range(2):
            with pytest.raises(StoreUnavailable):
                refused.take([once, several], NOON)
    finally:
        os.kill(own_valkey.process_id, signal.SIGCONT)
    # It did what it was asked meanwhile, as another process sees.
    assert isinstance(other.peek([once], NOON + 1), Full)
    taken = refused.take([once, several], NOON + 1)
    assert isinstance(taken, Taken)
    assert isinstance(other.peek([once], NOON + 1), Full)
    refused.give_back(taken)
    assert isinstance(other.peek([once], NOON + 1), Taken)


def test_a_server_that_cannot_write_is_unavailable(own_valkey: ValkeyServer) -> None:
    server = RedisServer(own_valkey.url)
    store = RedisStore(server)
    server.call(lambda client: client.config_set("min-replicas-to-write", "1"))
    with pytest.raises(StoreUnavailable) as caught:
        store.take([LIMIT], NOON)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_every_method_raises_when_the_server_is_down(tmp_path: Path) -> None:
    store = RedisStore(RedisServer(f"unix://{tmp_path}/none.sock"))
    for act in (
        lambda: store.take([LIMIT], NOON),
        lambda: store.peek([LIMIT], NOON),
        lambda: store.inquire([take_inquiry([LIMIT], NOON)] * 2),
        lambda: store.count_attempt(RULE, "pair", "account", NOON),
        lambda: store.peek_attempt(RULE, "pair", "account", NOON),
        lambda: store.forget_pair("pair", "account"),
        lambda: store.forget_attempts("account"),
    ):
        with pytest.raises(StoreUnavailable):
            act()


def test_many_peeks_are_one_round_trip_even_without_a_cached_script(
    valkey: ValkeyServer,
) -> None:
    server = RedisServer(valkey.url)
    store = RedisStore(server)
    full = Limit("full", (Window("minute", 60, 1),))
    store.take([full], NOON)
    inquiries = [
        take_inquiry([LIMIT], NOON),
        take_inquiry([full], NOON + 1000),
        attempt_inquiry(RULE, "pair", "account", NOON),
    ]
    looked = [
        Taken("", ("key",), {"hour": 3}),
        Full("full", "minute", 59, {"minute": 0}),
        AttemptCounted(5),
    ]
    assert store.inquire(inquiries) == looked
    assert store.inquire([]) == []

    def packets() -> int:
        found: int = server.call(lambda client: client.info("stats")["total_reads_processed"])
        return found

    before = packets()
    store.inquire(inquiries)
    # One read for the three looks, one for the question how many there were.
    assert packets() - before == 2
    server.call(lambda client: client.script_flush())
    assert store.inquire(inquiries) == looked


def test_error_in_a_pipeline_keeps_the_other_answers(valkey: ValkeyServer) -> None:
    server = RedisServer(valkey.url)
    store = RedisStore(server)
    server.call(lambda client: client.set("broken", "no sorted set"))
    broken = take_inquiry([Limit("broken", LIMIT.windows)], NOON)
    with pytest.raises(StoreUnavailable):
        store.inquire([broken, take_inquiry([LIMIT], NOON)])
    assert (
        store.inquire([take_inquiry([LIMIT], NOON)] * 2) == [Taken("", ("key",), {"hour": 3})] * 2
    )
