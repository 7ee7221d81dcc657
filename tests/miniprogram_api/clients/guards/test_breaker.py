"""The circuit breaker shared by all workers."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from miniprogram_api import clock
from miniprogram_api.clients.guards.breaker import Breaker, BreakerOpen, SourceState
from miniprogram_api.clients.redis import RedisStore
from miniprogram_api.clients.redis_server import RedisServer
from miniprogram_api.clients.tencent import VendorError
from miniprogram_api.clients.upstream import NoResponse, NotReached, ServerError, UpstreamError
from models.storage.database import SHANGHAI

FAILURES, SECONDS = 3, 30


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 12, tzinfo=SHANGHAI)

    def step(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def wall() -> Iterator[Clock]:
    wall = Clock()
    with clock.replaced(lambda: wall.now):
        yield wall


@pytest.fixture
def breaker(server: RedisServer, wall: Clock) -> Breaker:
    return Breaker(server, "source", FAILURES, SECONDS)


def fail(error: Exception) -> Callable[[], str]:
    def ask() -> str:
        raise error

    return ask


def answer() -> str:
    return "yes"


def open_it(breaker: Breaker) -> None:
    for error in (NotReached(), NoResponse(), ServerError()):
        with pytest.raises(type(error)):
            breaker.call(fail(error))


def is_open(breaker: Breaker) -> bool:
    asked = []
    try:
        breaker.call(lambda: asked.append(1))
    except BreakerOpen:
        assert not asked
        return True
    return False


def test_breaker_opens_after_consecutive_failures(breaker: Breaker) -> None:
    open_it(breaker)
    assert is_open(breaker)


def test_success_resets_the_failure_count(breaker: Breaker) -> None:
    for _ in range(FAILURES):
        for _ in range(FAILURES - 1):
            with pytest.raises(UpstreamError):
                breaker.call(fail(NoResponse()))
        assert breaker.call(answer) == "yes"
    assert not is_open(breaker)


def test_refusal_by_the_source_is_no_failure(breaker: Breaker) -> None:
    for _ in range(3 * FAILURES):
        with pytest.raises(VendorError):
            breaker.call(fail(VendorError("RequestLimitExceeded", None)))
    assert not is_open(breaker)


def test_breaker_allows_one_trial_after_its_open_time(breaker: Breaker, wall: Clock) -> None:
    open_it(breaker)
    wall.step(SECONDS - 0.001)
    assert is_open(breaker)
    wall.step(0.001)
    assert breaker.call(answer) == "yes"
    assert breaker.call(answer) == "yes"


def test_failed_trial_reopens_the_breaker(breaker: Breaker, wall: Clock) -> None:
    open_it(breaker)
    wall.step(SECONDS)
    with pytest.raises(NoResponse):
        breaker.call(fail(NoResponse()))
    wall.step(SECONDS - 1)
    assert is_open(breaker)
    wall.step(1)
    assert not is_open(breaker)


def test_only_one_of_many_calls_is_the_trial(breaker: Breaker, wall: Clock) -> None:
    open_it(breaker)
    wall.step(SECONDS)
    all_there, all_decided = threading.Barrier(8), threading.Barrier(8)

    def call(_: int) -> bool:
        def trial() -> bool:
            all_decided.wait(timeout=30)
            return True

        all_there.wait(timeout=30)
        try:
            return breaker.call(trial)
        except BreakerOpen:
            all_decided.wait(timeout=30)
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(call, range(8))) == 1


def test_trial_of_a_dead_worker_expires(breaker: Breaker, wall: Clock) -> None:
    open_it(breaker)
    wall.step(SECONDS)

    def die() -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        breaker.call(die)
    assert is_open(breaker)
    wall.step(SECONDS)
    assert not is_open(breaker)


def test_answer_to_an_earlier_call_does_not_close_the_breaker(breaker: Breaker) -> None:
    def slow_answer() -> str:
        open_it(breaker)
        return "late"

    assert breaker.call(slow_answer) == "late"
    assert is_open(breaker)


def test_breaker_is_shared_by_workers_and_not_by_sources(server: RedisServer, wall: Clock) -> None:
    open_it(Breaker(server, "source", FAILURES, SECONDS))
    assert is_open(Breaker(server, "source", FAILURES, SECONDS))
    assert not is_open(Breaker(server, "other", FAILURES, SECONDS))


def test_breaker_closes_although_the_clock_was_set_back(breaker: Breaker, wall: Clock) -> None:
    open_it(breaker)
    wall.step(-86_400)
    assert is_open(breaker)
    wall.step(SECONDS)
    assert not is_open(breaker)


def test_breaker_is_closed_without_redis(tmp_path: Path, wall: Clock) -> None:
    breaker = Breaker(RedisServer(f"unix://{tmp_path}/none.sock"), "source", 1, SECONDS)
    for _ in range(3):
        with pytest.raises(NoResponse):
            breaker.call(fail(NoResponse()))
    assert breaker.call(answer) == "yes"


def look(breaker: Breaker, server: RedisServer) -> SourceState:
    [state] = RedisStore(server).inquire([breaker.state_inquiry()])
    found: SourceState = state
    return found


def test_peeking_returns_the_state_and_is_no_trial(
    breaker: Breaker, server: RedisServer, wall: Clock
) -> None:
    assert look(breaker, server) == SourceState(0, 0)
    open_it(breaker)
    assert look(breaker, server) == SourceState(SECONDS, FAILURES)
    wall.step(SECONDS - 0.5)
    assert look(breaker, server).retry_after == 1
    assert is_open(breaker)
    wall.step(0.5)
    for _ in range(3):
        assert look(breaker, server).retry_after == 0
    # The one trial is still to be had.
    assert breaker.call(answer) == "yes"
    assert look(breaker, server) == SourceState(0, 0)


def test_peeking_during_the_trial_returns_its_state(
    breaker: Breaker, server: RedisServer, wall: Clock
) -> None:
    open_it(breaker)
    wall.step(SECONDS)
    seen: list[SourceState] = []
    breaker.call(lambda: seen.append(look(breaker, server)))
    assert seen == [SourceState(SECONDS, FAILURES)]


def test_peeking_after_the_clock_was_set_back_changes_nothing(
    breaker: Breaker, server: RedisServer, wall: Clock
) -> None:
    open_it(breaker)
    wall.step(-3600)
    before = server.call(lambda client: client.hgetall("breaker:source"))
    assert look(breaker, server).retry_after == SECONDS
    assert server.call(lambda client: client.hgetall("breaker:source")) == before
    assert is_open(breaker)
