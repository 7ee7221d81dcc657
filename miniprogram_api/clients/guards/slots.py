"""Bound the threads of this process that wait for vendors, so that a slow one stops nothing else.

The threads of a web process answer everything: a vendor that takes seconds would occupy all of
them. At most half of them call one vendor, at most three quarters all vendors together. A caller
without a slot waits a second for one; callers and those who wait are together three quarters at
most, and the rest is refused at once. While every vendor answers quickly, the waits are short, and
all threads may wait: then a peak is served later instead of being refused.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock

from miniprogram_api.clients.upstream import UpstreamError, log

PATIENCE_SECONDS = 1.0
"""The longest wait for a slot."""
PROMPT_SECONDS = 0.5
"""A vendor whose calls usually take longer is slow."""
RETRY_AFTER_SECONDS = 5
"""After which a refused caller may try again."""

# Of the newest call in the usual duration.
_WEIGHT = 0.25


class SlotsFull(UpstreamError):
    """Report that too many calls of this process are under way; nothing was sent."""


@dataclass(slots=True)
class _Waiter:
    vendor: str
    is_decided: Event = field(default_factory=Event)
    has_slot: bool = False


class Slots:
    """Hand out slots for calls to vendors, in the order of arrival; safe to share by threads."""

    def __init__(self, threads: int | None) -> None:
        """Bound the calls by the number of threads that answer requests; None: no bounds."""
        self._is_bounded = threads is not None
        self._per_vendor = max(1, (threads or 0) // 2)
        self._in_all = max(1, (threads or 0) * 3 // 4)
        self._lock = Lock()
        self._calls: Counter[str] = Counter()
        self._waiters: list[_Waiter] = []
        # Seconds of a call by vendor; a wait in vain counts as a call of this length.
        self._usual: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def hold(self, vendor: str) -> Iterator[None]:
        """Hold a slot during a call to the vendor. Raises SlotsFull.

        It may wait: the caller holds no database connection, transaction or lock.
        """
        if not self._is_bounded:
            yield
            return
        self._take(vendor)
        began = time.monotonic()
        try:
            yield
        finally:
            self._give_back(vendor, time.monotonic() - began)

    def _take(self, vendor: str) -> None:
        waiter = _Waiter(vendor)
        with self._lock:
            self._waiters.append(waiter)
            self._settle()
        waiter.is_decided.wait(PATIENCE_SECONDS)
        with self._lock:
            if not waiter.is_decided.is_set():
                if self._calls[vendor]:
                    self._usual[vendor] = max(self._usual[vendor], PATIENCE_SECONDS)
                self._waiters.remove(waiter)
                self._settle()
        if not waiter.has_slot:
            log.warning("slots_full", upstream=vendor)
            raise SlotsFull()

    def _give_back(self, vendor: str, seconds: float) -> None:
        with self._lock:
            self._calls[vendor] -= 1
            self._usual[vendor] += (seconds - self._usual[vendor]) * _WEIGHT
            if not self._calls[vendor]:
                # A vendor without calls is not slow: the next peak may find it in good health.
                del self._usual[vendor]
            self._settle()

    def _settle(self) -> None:
        """Give free slots to the waiters that came first; refuse the last ones beyond the bound."""
        for waiter in self._waiters.copy():
            if self._is_free(waiter.vendor):
                self._calls[waiter.vendor] += 1
                self._decide(waiter, has_slot=True)
        if not self._all_are_prompt():
            room = max(0, self._in_all - self._calls.total())
            for waiter in self._waiters[room:]:
                self._decide(waiter, has_slot=False)

    def _decide(self, waiter: _Waiter, *, has_slot: bool) -> None:
        self._waiters.remove(waiter)
        waiter.has_slot = has_slot
        waiter.is_decided.set()

    def _is_free(self, vendor: str) -> bool:
        is_full = self._calls[vendor] >= self._per_vendor
        return not is_full and self._calls.total() < self._in_all

    def _all_are_prompt(self) -> bool:
        """Return whether no vendor that is called or waited for is slow."""
        vendors = {*+self._calls, *(waiter.vendor for waiter in self._waiters)}
        return all(self._usual[vendor] <= PROMPT_SECONDS for vendor in vendors)
