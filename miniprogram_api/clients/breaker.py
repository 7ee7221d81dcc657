"""A circuit breaker over all workers: a source that fails is not called for some time.

pybreaker was read and not taken: its ``call`` holds one lock over the whole call, so the threads of
a process would ask the source one after the other; its Redis storage takes several round trips that
are not atomic, and every worker sends a trial call of its own.
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
    """The source was not asked, because it failed many times in a row."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """Whether a source is called at this moment."""

    retry_after: int
    """Whole seconds, rounded up, until it is called again; 0 when it is called."""
    failures: int
    """Failed calls in a row; not counted any further once the breaker is open."""


class Breaker:
    """Opens after ``failures`` UpstreamErrors in a row, for ``seconds``; then one call tries.

    Whatever the guarded call returns counts as an answer, also "busy" and "limit"; so does any
    other exception. Without Redis it is closed.
    """

    def __init__(self, server: RedisServer, name: str, failures: int, seconds: int) -> None:
        self._server = server
        self._name = name
        self._key = f"breaker:{name}"
        self._failures = failures
        self._seconds = seconds

    def call(self, ask: Callable[[], Result]) -> Result:
        """Return what ``ask`` returns. Raises BreakerOpen, and what ``ask`` raises."""
        permission = self._tell("enter")
        if permission == 0:
            log.warning("breaker_open", upstream=self._name)
            raise BreakerOpen()
        trial = permission == _TRIAL
        try:
            answer = ask()
        except UpstreamError:
            self._tell("failed", trial)
            raise
        except Exception:
            self._tell("succeeded", trial)
            raise
        self._tell("succeeded", trial)
        return answer

    def watching(self) -> Inquiry[SourceState]:
        """Whether ``call`` would ask the source now; looking is no trial."""
        now_ms = clock.milliseconds(clock.now())
        arguments = ("look", now_ms, self._failures, self._seconds * 1000, 0)
        return Inquiry(
            "breaker",
            (self._key,),
            arguments,
            lambda answer: SourceState(ceil(answer[0] / 1000), answer[1]),
        )

    def _tell(self, mode: str, trial: bool = False) -> int:
        now_ms = clock.milliseconds(clock.now())
        limits = (self._failures, self._seconds * 1000)
        try:
            return int(
                self._server.run("breaker", [self._key], [mode, now_ms, *limits, int(trial)])
            )
        except StoreUnavailable:
            return 1
