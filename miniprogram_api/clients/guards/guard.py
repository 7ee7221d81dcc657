"""Make every call to a vendor in a slot and behind a breaker."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from config import Settings
from miniprogram_api.clients.guards.breaker import Breaker, SourceState
from miniprogram_api.clients.guards.slots import Slots
from miniprogram_api.clients.inquiries import Inquiry
from miniprogram_api.clients.redis_server import RedisServer
from miniprogram_api.clients.watching.answers import VendorAnswers

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Guard:
    """Guard the calls of one kind to one vendor.

    The slot covers the whole call, waits for an access token and retries included.
    """

    vendor: str
    slots: Slots
    breaker: Breaker

    def call(self, ask: Callable[[], Result]) -> Result:
        """Return the result of ``ask``. Raises SlotsFull, BreakerOpen and what ``ask`` raises."""
        with self.slots.hold(self.vendor):
            return self.breaker.call(ask)

    def state_inquiry(self) -> Inquiry[SourceState]:
        """Return the inquiry for the state of the breaker."""
        return self.breaker.state_inquiry()


class Guards:
    """Make the guards of all clients of a process, which share its slots."""

    def __init__(self, settings: Settings, server: RedisServer, threads: int | None = None) -> None:
        """Bound the slots by the threads that answer requests; None: no bounds."""
        self._limits = (settings.breaker_failures, settings.breaker_seconds)
        self.answers = VendorAnswers(server)
        self._server = server
        self._slots = Slots(threads)
        self._breakers: dict[str, Breaker] = {}

    def of(self, vendor: str, kind: str | None = None) -> Guard:
        """Return the guard of a vendor's calls; each ``kind`` has its own breaker."""
        name = kind or vendor
        breaker = self._breakers.setdefault(name, Breaker(self._server, name, *self._limits))
        return Guard(vendor, self._slots, breaker)

    def states(self) -> dict[str, int]:
        """Return breaker → seconds until its vendor is called again, 0: now.

        Raises StoreUnavailable.
        """
        asked = {name: one.state_inquiry() for name, one in self._breakers.items()}
        answers = self._server.run_all([(i.script, i.keys, i.arguments) for i in asked.values()])
        return {
            name: inquiry.read(answer).retry_after
            for (name, inquiry), answer in zip(asked.items(), answers, strict=True)
        }
