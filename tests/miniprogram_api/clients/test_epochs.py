"""Limits of a Redis that lost its data: refused until they are rebuilt, or by the call's time."""

import pytest

from miniprogram_api.clients.redis import (
    Emptied,
    Entries,
    Full,
    Limit,
    RedisStore,
    Taken,
    Window,
    take_since_inquiry,
)
from tests.support.service.valkey import ValkeyServer

NOON = 1_793_851_200_000
LEASE = 60_000
EPOCH = "epoch:test"
LIMIT = Limit("limit", (Window("hour", 3600, 2),))


@pytest.fixture
def emptied(store: RedisStore, valkey: ValkeyServer) -> RedisStore:
    valkey.lose_data()
    return store


def rebuild(store: RedisStore, caller: str, *limits: Entries, now_ms: int = NOON) -> bool:
    return store.rebuild(EPOCH, caller, limits, now_ms)


def test_call_is_refused_unless_it_is_later_than_the_epoch(emptied: RedisStore) -> None:
    assert emptied.take_since([LIMIT], NOON, EPOCH, NOON) == Emptied(None)
    emptied.begin_epoch(EPOCH, NOON)
    # The first epoch stays.
    emptied.begin_epoch(EPOCH, NOON + 5000)
    for asked in (NOON - 1, NOON):
        assert emptied.take_since([LIMIT], NOON + 1, EPOCH, asked) == Emptied(NOON)
    assert isinstance(emptied.peek([LIMIT], NOON), Taken)
    assert emptied.peek([LIMIT], NOON).remaining == {"hour": 2}
    taken = emptied.take_since([LIMIT], NOON + 1, EPOCH, NOON + 1)
    assert isinstance(taken, Taken)
    assert taken.remaining == {"hour": 1}
    assert emptied.holds(taken)


def test_places_are_lost_with_the_data(store: RedisStore, valkey: ValkeyServer) -> None:
    store.begin_epoch(EPOCH, NOON - 1)
    taken = store.take_since([LIMIT], NOON, EPOCH)
    assert isinstance(taken, Taken)
    assert store.holds(taken)
    valkey.lose_data()
    assert not store.holds(taken)
    assert store.inquire([take_since_inquiry([LIMIT], NOON, EPOCH)]) == [Emptied(None)]


def test_rebuilt_limits_count_what_was_written(emptied: RedisStore) -> None:
    assert emptied.begin_rebuilding(EPOCH, "a", LEASE, NOON) is True
    entries = Entries("limit", 3600, {"row:1": NOON - 3_599_000, "row:2": NOON - 1000})
    old = Entries("old", 3600, {"row:1": NOON - 3_600_000})
    assert rebuild(emptied, "a", entries, old, Entries("empty", 3600, {}))
    # No place is given before the last entry is written.
    assert emptied.take_since([LIMIT], NOON, EPOCH) == Emptied(None)
    assert emptied.end_rebuilding(EPOCH, "a", NOON, is_complete=True)
    full = emptied.take_since([LIMIT], NOON, EPOCH)
    assert isinstance(full, Full)
    assert full.retry_after == 1
    taken = emptied.take_since([LIMIT._replace(key="old")], NOON, EPOCH)
    assert isinstance(taken, Taken)
    assert taken.remaining == {"hour": 1}
    assert emptied.begin_rebuilding(EPOCH, "b", LEASE, NOON) is None


def test_entries_that_are_left_are_replaced(emptied: RedisStore) -> None:
    emptied.take([LIMIT], NOON - 1000)
    emptied.begin_rebuilding(EPOCH, "a", LEASE, NOON)
    assert rebuild(emptied, "a", Entries("limit", 3600, {"row:1": NOON - 1000}))
    emptied.end_rebuilding(EPOCH, "a", NOON, is_complete=True)
    assert emptied.peek([LIMIT], NOON).remaining == {"hour": 1}


def test_one_caller_rebuilds_at_a_time(emptied: RedisStore) -> None:
    assert emptied.begin_rebuilding(EPOCH, "a", LEASE, NOON) is True
    assert emptied.begin_rebuilding(EPOCH, "b", LEASE, NOON + LEASE - 1) is False
    # A repetition, after a lost answer, is the same call.
    assert emptied.begin_rebuilding(EPOCH, "a", LEASE, NOON) is True
    # The first process died; what it still writes has no effect.
    assert emptied.begin_rebuilding(EPOCH, "b", LEASE, NOON + LEASE) is True
    assert not rebuild(emptied, "a", Entries("limit", 3600, {"row:1": NOON}))
    assert not emptied.end_rebuilding(EPOCH, "a", NOON, is_complete=True)
    assert emptied.end_rebuilding(EPOCH, "b", NOON, is_complete=True)
    assert emptied.peek([LIMIT], NOON).remaining == {"hour": 2}


def test_lease_from_before_the_clock_was_set_back_holds_no_longer(emptied: RedisStore) -> None:
    assert emptied.begin_rebuilding(EPOCH, "a", LEASE, NOON + 3_600_000) is True
    assert emptied.begin_rebuilding(EPOCH, "b", LEASE, NOON) is True


def test_given_up_rebuilding_sets_no_epoch(emptied: RedisStore) -> None:
    emptied.begin_rebuilding(EPOCH, "a", LEASE, NOON)
    assert emptied.end_rebuilding(EPOCH, "a", NOON, is_complete=False)
    assert emptied.take_since([LIMIT], NOON, EPOCH) == Emptied(None)
    assert emptied.begin_rebuilding(EPOCH, "b", LEASE, NOON) is True


def test_data_lost_while_they_are_rebuilt_begin_it_anew(
    emptied: RedisStore, valkey: ValkeyServer
) -> None:
    emptied.begin_rebuilding(EPOCH, "a", LEASE, NOON)
    assert rebuild(emptied, "a", Entries("limit", 3600, {"row:1": NOON}))
    valkey.lose_data()
    assert not rebuild(emptied, "a", Entries("other", 3600, {"row:2": NOON}))
    assert not emptied.end_rebuilding(EPOCH, "a", NOON, is_complete=True)
    assert emptied.take_since([LIMIT], NOON, EPOCH) == Emptied(None)
