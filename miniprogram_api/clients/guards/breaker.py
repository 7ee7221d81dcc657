"""Circuit breaker shared by all workers.

pybreaker holds one lock over the whole call, so threads would call the source in sequence; its
Redis storage is not atomic, and every worker sends its own trial call.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import TypeVar

from miniprogram_api import clock
from miniprogram_api.clients.inquiries import Inquiry
from miniprogram_api.clients.redis_server import RedisServer, StoreUnavailable
from miniprogram_api.clients.upstream import UpstreamError, log

Result = TypeVar("Result")

_TRIAL = 2


class BreakerOpen(UpstreamError):
    """Report that the source was not called because of consecutive failures."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """Describe whether a source is called now."""

    retry_after: int
    """Whole seconds, rounded up, until it is called again; 0 when it is called now."""
    failures: int
    """Consecutive failed calls; not counted further while the breaker is open."""


class Breaker:
    """Open after ``failures`` consecutive UpstreamErrors for ``seconds``, then allow one trial.

    Every result and every other exception counts as an answer. Without Redis it stays closed.
    """

    def __init__(self, server: RedisServer, name: str, failures: int, seconds: int) -> None:
        self._server = server
        self._name = name
        self._key = f"breaker:{name}"
        self._failures = failures
        self._seconds = seconds

    def call(self, ask: Callable[[], Result]) -> Result:
        """Return the result of ``ask``. Raises BreakerOpen and what ``ask`` raises."""
        permission = self._run("enter")
        if permission == 0:
            log.warning("breaker_open", upstream=self._name)
            raise BreakerOpen()
        trial = permission == _TRIAL
        try:
            answer = ask()
        except UpstreamError:
            self._run("failed", trial)
            raise
        except Exception:
            self._run("succeeded", trial)
            raise
        self._run("succeeded", trial)
        return answer

    def state_inquiry(self) -> Inquiry[SourceState]:
        """Return the inquiry for the current state, which is not a trial."""
        now_ms = clock.milliseconds(clock.now())
        arguments = ("look", now_ms, self._failures, self._seconds * 1000, 0)
        return Inquiry(
            "breaker",
            (self._key,),
            arguments,
            lambda answer: SourceState(ceil(answer[0] / 1000), answer[1]),
        )

    def _run(self, mode: str, trial: bool = False) -> int:
        now_ms = clock.milliseconds(clock.now())
        limits = (self._failures, self._seconds * 1000)
        try:
            return int(
                self._server.run("breaker", [self._key], [mode, now_ms, *limits, int(trial)])
            )
        except StoreUnavailable:
            return 1
