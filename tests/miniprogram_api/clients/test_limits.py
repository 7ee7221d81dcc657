"""Sliding windows on a real Redis: exact, atomic, no quota for refused calls."""

import copy
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from miniprogram_api.clients.redis import Full, Limit, RedisStore, Taken, Window
from miniprogram_api.clients.redis_server import RedisServer
from tests.miniprogram_api.clients.limit_model import LimitModel
from tests.support.service.processes import in_processes
from tests.support.service.valkey import ValkeyServer

NOON = 1_793_851_200_000
MINUTE, HOUR, DAY = Window("minute", 60, 1), Window("hour", 3600, 3), Window("day", 86_400, 5)
SMS = (MINUTE, HOUR, DAY)
PHONES = (Window("hour", 3600, 2),)


def phone(key: str = "sms:a") -> Limit:
    return Limit(key, SMS)


def seconds(number: float) -> int:
    return NOON + round(number * 1000)


def take(store: RedisStore, at: float, *limits: Limit) -> Taken:
    taken = store.take(limits or (phone(),), seconds(at))
    assert isinstance(taken, Taken)
    return taken


def refused(store: RedisStore, at: float, *limits: Limit) -> Full:
    full = store.take(limits or (phone(),), seconds(at))
    assert isinstance(full, Full)
    return full


def test_first_call_leaves_the_remaining_quota(store: RedisStore) -> None:
    assert take(store, 0).remaining == {"minute": 0, "hour": 2, "day": 4}


def test_quota_is_released_exactly_one_window_later(store: RedisStore) -> None:
    take(store, 0)
    assert refused(store, 59.999).retry_after == 1
    take(store, 60)


@pytest.mark.parametrize(("at", "retry_after"), [(0, 60), (0.001, 60), (0.999, 60), (1, 59)])
def test_the_wait_is_rounded_up_to_seconds(store: RedisStore, at: float, retry_after: int) -> None:
    take(store, 0)
    assert refused(store, at).retry_after == retry_after


def test_full_window_that_is_released_last_is_named(store: RedisStore) -> None:
    for at in (0, 60, 120):
        take(store, at)
    full = refused(store, 125)
    assert (full.key, full.window, full.retry_after) == ("sms:a", "hour", 3600 - 125)
    assert full.remaining == {"minute": 0, "hour": 0, "day": 2}


def test_the_day_is_86400_seconds_and_not_midnight(store: RedisStore) -> None:
    for at in (0, 4000, 8000, 12_000, 16_000):
        take(store, at)
    assert refused(store, 86_399.5).window == "day"
    take(store, 86_400)
    assert refused(store, 86_461).retry_after == 4000 - 61


def test_simulated_day_follows_the_rule_exactly(store: RedisStore) -> None:
    given = [at for at in range(0, 86_400, 10) if isinstance(ask(store, at), Taken)]
    assert given == [0, 60, 120, 3600, 3660]
    assert isinstance(ask(store, 86_400), Taken)


def ask(store: RedisStore, at: float) -> Taken | Full:
    return store.take([phone()], seconds(at))


def test_refused_call_consumes_nothing(store: RedisStore, valkey: ValkeyServer) -> None:
    take(store, 0, phone("sms:a"))
    for _ in range(5):
        refused(store, 1, phone("sms:b"), phone("sms:a"))
    assert isinstance(store.peek([phone("sms:b")], seconds(1)), Taken)
    assert entries(store, "sms:b") == []


def entries(store: RedisStore, key: str) -> list[tuple[bytes, float]]:
    kept: list[tuple[bytes, float]] = store._server.call(
        lambda client: client.zrange(key, 0, -1, withscores=True)
    )
    return kept


def test_peeking_consumes_nothing_and_returns_the_remaining_quota(store: RedisStore) -> None:
    for _ in range(3):
        seen = store.peek([phone()], NOON)
        assert isinstance(seen, Taken)
        assert seen.remaining == {"minute": 1, "hour": 3, "day": 5}
        store.give_back(seen)
    assert entries(store, "sms:a") == []


def test_released_entry_is_available_at_once(store: RedisStore) -> None:
    store.give_back(take(store, 0))
    assert take(store, 0.5).remaining == {"minute": 0, "hour": 2, "day": 4}


def test_release_removes_the_right_entry(store: RedisStore) -> None:
    take(store, 0)
    second = take(store, 60)
    store.give_back(second)
    store.give_back(second)
    assert refused(store, 59).retry_after == 1
    take(store, 60)


def user(number: str) -> Limit:
    return Limit("phones:u", PHONES, distinct=number)


def test_known_member_is_never_refused_and_counts_once(store: RedisStore) -> None:
    take(store, 0, user("a"))
    take(store, 1, user("b"))
    take(store, 2, user("a"))
    assert refused(store, 3, user("c")).retry_after == 3601 - 3
    # "a" came at 2 for the last time, so "b" leaves first.
    take(store, 3601, user("c"))
    assert refused(store, 3601, user("b")).retry_after == 1


def test_member_that_left_the_short_window_counts_there_again(store: RedisStore) -> None:
    windows = (Window("short", 10, 1), Window("long", 100, 5))
    first, second = (Limit("k", windows, distinct=member) for member in "ab")
    take(store, 0, first)
    take(store, 10, second)
    assert refused(store, 10, first).window == "short"
    take(store, 20, first)


def test_releasing_a_known_member_restores_its_earlier_time(store: RedisStore) -> None:
    take(store, 0, user("a"))
    store.give_back(take(store, 100, user("a")))
    assert entries(store, "phones:u") == [(b"a", seconds(0))]


def test_releasing_a_new_member_removes_it(store: RedisStore) -> None:
    store.give_back(take(store, 0, user("a")))
    assert entries(store, "phones:u") == []


def test_release_keeps_a_later_entry_of_the_same_member(store: RedisStore) -> None:
    first = take(store, 0, user("a"))
    take(store, 10, user("a"))
    store.give_back(first)
    assert entries(store, "phones:u") == [(b"a", seconds(10))]


def test_a_repeated_call_finds_its_own_entry(server: RedisServer, store: RedisStore) -> None:
    arguments: list[str | int] = ["take", NOON, "token", "", "", 1, 60_000, 1]
    first = server.run("take", ["sms:a"], arguments)
    assert server.run("take", ["sms:a"], arguments) == first
    assert len(entries(store, "sms:a")) == 1


def test_entries_older_than_every_window_are_deleted(store: RedisStore) -> None:
    for day in range(20):
        take(store, day * 86_400)
    assert len(entries(store, "sms:a")) == 1
    left: int = store._server.call(lambda client: client.ttl("sms:a"))
    assert 86_400 < left <= 2 * 86_400


# The wall clock is set back --------------------------------------------------------------------


@pytest.mark.parametrize("back", [2, 3600, 40 * 86_400])
def test_entry_from_the_future_refuses_for_at_most_one_window(store: RedisStore, back: int) -> None:
    take(store, 0)
    assert refused(store, -back).retry_after == 60
    assert refused(store, -back + 59).retry_after == 1
    take(store, -back + 60)


def test_peeking_with_an_earlier_clock_agrees_with_taking(store: RedisStore) -> None:
    take(store, 0)
    full = store.peek([phone()], seconds(-3600))
    assert isinstance(full, Full)
    assert (full.window, full.retry_after) == ("minute", 60)
    assert entries(store, "sms:a")[0][1] == seconds(0)


def test_crossed_clock_readings_release_no_entry_early(store: RedisStore) -> None:
    take(store, 0.4)
    # This caller read its clock earlier but arrived later.
    assert refused(store, 0.1).retry_after == 60
    assert refused(store, 60.3).retry_after == 1
    take(store, 60.4)


@pytest.mark.parametrize("seed", range(20))
def test_no_wait_is_longer_than_the_window(store: RedisStore, seed: int) -> None:
    chance = random.Random(seed)
    limit = Limit("sms:a", (Window("short", 60, 2), Window("long", 600, 3)))
    now = 0
    for _ in range(40):
        now += chance.choice([1, 7, 61, 200, -2, -61, -5000])
        said = store.take([limit], seconds(now))
        if isinstance(said, Full):
            assert 0 < said.retry_after <= (60 if said.window == "short" else 600)
            now += said.retry_after
            if isinstance(store.take([limit], seconds(now)), Full):
                # A step back of up to a second looks like callers who overtake each other.
                now += 1
                assert isinstance(store.take([limit], seconds(now)), Taken)


# Against the model -----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(72))
def test_3600_random_cases_agree_with_the_model(store: RedisStore, seed: int) -> None:
    """Run 72 sequences of 50 takes, peeks and releases over several limits."""
    chance = random.Random(seed)
    windows = {
        key: tuple(
            Window(f"w{length}", length, chance.randint(1, 5))
            for length in sorted(chance.sample([1, 2, 5, 10, 30], chance.randint(1, 3)))
        )
        for key in ("a", "b", "c")
    }
    model = LimitModel()
    undo: tuple[Taken, LimitModel] | None = None
    now = NOON
    for step in range(50):
        now += chance.choice([0, 0, 1, 500, 999, 1000, 1001, 2000, 5000, 30_000])
        limits = [
            Limit(key, windows[key], chance.choice("xyz") if key == "c" else None)
            for key in chance.sample(["a", "b", "c"], chance.randint(1, 3))
        ]
        act = chance.choice(["take", "take", "take", "peek", "give_back"])
        where = (seed, step, act, limits, now)
        if act == "give_back" and undo:
            store.give_back(undo[0])
            model, undo = undo[1], None
        elif act == "take":
            said = store.take(limits, now)
            assert model.agrees(limits, now, said), where
            undo = None
            if isinstance(said, Taken):
                undo = (said, copy.deepcopy(model))
                model.take(limits, said.token, now)
            assert said.remaining == model.remaining(limits, now), where
        else:
            said = store.peek(limits, now)
            assert model.agrees(limits, now, said), where
            assert said.remaining == model.remaining(limits, now), where


# Many at once ----------------------------------------------------------------------------------


def test_50_simultaneous_threads_get_a_quota_of_one(store: RedisStore) -> None:
    all_there = threading.Barrier(50)

    def try_once(_: int) -> Taken | Full:
        all_there.wait(timeout=30)
        return store.take([phone()], NOON)

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(try_once, range(50)))
    assert sum(isinstance(answer, Taken) for answer in answers) == 1
    assert {answer.retry_after for answer in answers if isinstance(answer, Full)} == {60}


def test_8_simultaneous_processes_get_exactly_the_quota(valkey: ValkeyServer) -> None:
    given = in_processes(8, take_50_times, valkey.url)
    # In each of 50 rounds, at one moment, one of the eight; the day allows five in all.
    rounds = list(zip(*given, strict=True))
    assert [sum(rounds_given) for rounds_given in rounds] == [1, 1, 1, 1, 1] + [0] * 45


def take_50_times(_number: int, meet: Callable[[], None], url: str) -> list[bool]:
    """Try once in each of 50 rounds, 20 simulated minutes apart, in a separate process."""
    server = RedisServer(url)
    store = RedisStore(server)
    server.call(lambda client: client.ping())
    given = []
    for number in range(50):
        meet()
        said = store.take([phone()], seconds(number * 1200))
        given.append(isinstance(said, Taken))
    return given
