"""Slots for calls to vendors."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import pytest

from miniprogram_api.clients.guards import slots as module
from miniprogram_api.clients.guards.slots import Slots, SlotsFull
from tests.support.service.waiting import eventually

THREADS = 16
HALF, THREE_QUARTERS = 8, 12
LONG = 60.0


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every vendor for slow, as after a wait in vain."""
    monkeypatch.setattr(module, "PROMPT_SECONDS", -1.0)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let callers wait until the test decides, however busy the machine is."""
    monkeypatch.setattr(module, "PATIENCE_SECONDS", LONG)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.05)


class Callers:
    """Threads that call vendors; their calls end when the test says so."""

    def __init__(self, slots: Slots) -> None:
        self.under_way: Counter[str] = Counter()
        self.order: list[int] = []
        self._slots = slots
        self._pool = ThreadPoolExecutor(64)
        self._lock = threading.Lock()
        self._ends: dict[str, threading.Semaphore] = {}

    def start(self, vendor: str, count: int = 1, number: int = 0) -> list["Future[None]"]:
        """Start calls that last until ``end``."""
        self._ends.setdefault(vendor, threading.Semaphore(0))
        return [self._pool.submit(self._call, vendor, number) for _ in range(count)]

    def end(self, vendor: str, count: int = 1) -> None:
        self._ends[vendor].release(count)

    def close(self) -> None:
        for vendor in self._ends:
            self.end(vendor, 1000)
        self._pool.shutdown()

    def _call(self, vendor: str, number: int) -> None:
        with self._slots.hold(vendor):
            with self._lock:
                self.under_way[vendor] += 1
                self.order.append(number)
            self._ends[vendor].acquire()
            with self._lock:
                self.under_way[vendor] -= 1


@pytest.fixture
def callers() -> Iterator[Callers]:
    callers = Callers(Slots(THREADS))
    yield callers
    callers.close()


def are_refused(calls: list["Future[None]"]) -> bool:
    return all(isinstance(call.exception(timeout=LONG), SlotsFull) for call in calls)


def waiting(callers: Callers) -> int:
    return len(callers._slots._waiters)


@pytest.mark.usefixtures("strict", "patient")
def test_one_vendor_gets_half_of_the_threads_and_all_three_quarters(callers: Callers) -> None:
    callers.start("wechat", HALF)
    assert eventually(lambda: callers.under_way["wechat"] == HALF)
    callers.start("wechat")
    assert eventually(lambda: waiting(callers) == 1)
    callers.start("sms", THREE_QUARTERS - HALF)
    assert eventually(lambda: callers.under_way["sms"] == THREE_QUARTERS - HALF)
    assert are_refused(callers.start("ctid"))
    callers.end("wechat")
    assert eventually(lambda: callers._slots._calls.total() < THREE_QUARTERS)
    callers.start("ctid")
    assert eventually(lambda: callers.under_way["ctid"] == 1)


@pytest.mark.usefixtures("strict", "patient")
def test_calls_and_waits_for_a_slow_vendor_leave_a_quarter_of_the_threads(callers: Callers) -> None:
    calls = callers.start("wechat", 60)
    assert eventually(lambda: sum(map(Future.done, calls)) == 60 - THREE_QUARTERS)
    assert are_refused([call for call in calls if call.done()])
    assert callers.under_way["wechat"] == HALF
    assert waiting(callers) == THREE_QUARTERS - HALF


@pytest.mark.usefixtures("strict", "patient")
def test_a_call_of_another_vendor_takes_the_place_of_the_last_who_waits(callers: Callers) -> None:
    calls = callers.start("wechat", THREE_QUARTERS)
    assert eventually(lambda: waiting(callers) == THREE_QUARTERS - HALF)
    callers.start("sms")
    assert eventually(lambda: callers.under_way["sms"] == 1)
    assert eventually(lambda: sum(map(Future.done, calls)) == 1)
    assert are_refused([call for call in calls if call.done()])
    assert waiting(callers) == THREE_QUARTERS - HALF - 1


@pytest.mark.usefixtures("impatient")
def test_a_wait_in_vain_is_refused_and_makes_the_vendor_slow(callers: Callers) -> None:
    callers.start("wechat", HALF)
    assert eventually(lambda: callers.under_way["wechat"] == HALF)
    # Still taken for prompt, so that all of them may wait.
    assert are_refused(callers.start("wechat", 60))
    assert callers._slots._usual["wechat"] >= module.PATIENCE_SECONDS


@pytest.mark.usefixtures("patient")
def test_while_vendors_are_prompt_more_callers_than_threads_are_all_served(
    callers: Callers,
) -> None:
    calls = callers.start("wechat", 60)
    assert eventually(lambda: waiting(callers) == 60 - HALF)
    callers.end("wechat", 60)
    assert [call.exception(timeout=LONG) for call in calls] == [None] * 60


def test_a_slow_vendor_is_prompt_again_after_some_quick_calls() -> None:
    slots, quick = Slots(THREADS), 0
    with slots.hold("wechat"):
        slots._usual["wechat"] = 8.0
        while slots._usual["wechat"] > module.PROMPT_SECONDS:
            with slots.hold("wechat"):
                quick += 1
    assert 5 <= quick <= 15


def test_a_vendor_without_calls_is_prompt() -> None:
    slots = Slots(THREADS)
    with slots.hold("wechat"):
        slots._usual["wechat"] = 8.0
    assert slots._usual["wechat"] == 0


@pytest.mark.usefixtures("patient")
def test_slots_are_given_in_the_order_of_arrival(callers: Callers) -> None:
    callers.start("wechat", HALF)
    assert eventually(lambda: callers.under_way["wechat"] == HALF)
    for number in range(1, 6):
        callers.start("wechat", number=number)
        assert eventually(lambda number=number: waiting(callers) == number)
    for number in range(1, 6):
        callers.end("wechat")
        assert eventually(lambda number=number: number in callers.order)
    assert callers.order[HALF:] == [1, 2, 3, 4, 5]


@pytest.mark.usefixtures("strict", "impatient")
def test_slots_come_back_after_answers_exceptions_and_refusals() -> None:
    slots, vendors = Slots(THREADS), ("wechat", "sms", "identity", "ctid")
    lock, under_way, most = threading.Lock(), Counter[str](), Counter[str]()
    ends: Counter[str] = Counter()

    def call(seed: int) -> None:
        chance = random.Random(seed)
        vendor = chance.choice(vendors)
        try:
            with slots.hold(vendor):
                with lock:
                    under_way[vendor] += 1
                    most[vendor] = max(most[vendor], under_way[vendor])
                    most["all"] = max(most["all"], under_way.total())
                threading.Event().wait(chance.random() * 0.02)
                with lock:
                    under_way[vendor] -= 1
                if chance.random() < 0.3:
                    raise TimeoutError
            ends["answered"] += 1
        except SlotsFull:
            ends["refused"] += 1
            raise
        except TimeoutError:
            ends["failed"] += 1
            raise

    with ThreadPoolExecutor(48) as pool:
        for done in [pool.submit(call, seed) for seed in range(1500)]:
            with suppress(SlotsFull, TimeoutError):
                done.result()
    assert all(ends[end] for end in ("answered", "refused", "failed")), ends
    assert all(0 < most[vendor] <= HALF for vendor in vendors)
    assert most["all"] == THREE_QUARTERS
    assert slots._calls.total() == 0
    assert slots._waiters == []


@pytest.mark.parametrize("threads", [1, 2, 3, 4])
def test_few_threads_have_one_slot_at_least(threads: int) -> None:
    slots = Slots(threads)
    with slots.hold("wechat"):
        assert slots._calls.total() == 1


def test_a_process_that_answers_no_requests_has_no_bounds(callers: Callers) -> None:
    slots, held = Slots(None), 0
    with ThreadPoolExecutor(64) as pool:
        barrier = threading.Barrier(64)

        def call() -> int:
            with slots.hold("wechat"):
                return barrier.wait(timeout=LONG)

        held = len({done.result() for done in [pool.submit(call) for _ in range(64)]})
    assert held == 64
