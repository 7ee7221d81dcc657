"""Count, time and log the answers of all vendors; remember when each call last succeeded.

Every HTTP call to a vendor passes ``Recorder.note`` once: ``Upstream`` calls it, and so does the
client of the webhooks. It gets no personal data: a call, the vendor's code and request number.
"""

import re
import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

import structlog
from prometheus_client import Counter, Histogram

from miniprogram_api import metric_files
from miniprogram_api.clients.redis_server import RedisServer, StoreUnavailable
from miniprogram_api.clients.watching.figures import VendorFigure, VendorFigures, VendorName

log = structlog.get_logger("clients")

Reply = TypeVar("Reply")

OK = "ok"
"""The code of every success."""

ANSWERS = Counter(
    "vendor_answers", "Answers of vendors by call and code; ok is a success.",
    ["vendor", "call", "code"],
)  # fmt: skip
SECONDS = Histogram(
    "vendor_seconds", "Seconds that a vendor took to answer, or until it was given up.",
    ["vendor", "call"], buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)  # fmt: skip

# One process writes the moment of a call's success at most so often.
_WRITE_EVERY_SECONDS = 10
# A label that a vendor could fill at will would make any number of series.
_CODE = re.compile(r"[\w.:-]{1,80}", re.ASCII)
_REQUEST_ID = re.compile(r"[\w.:-]{1,100}", re.ASCII)


class Told(NamedTuple):
    """Say what one answer means: the vendor's code (``OK`` for a success) and request number."""

    code: str
    request_id: str | None = None


class Recorder(Generic[Reply]):
    """Note the answers of one vendor; ``told`` reads the code in its form of answers."""

    def __init__(
        self, answers: "VendorAnswers", vendor: str, told: Callable[[Reply], Told]
    ) -> None:
        self.vendor = vendor
        self._answers = answers
        self._told = told

    def note(self, call: str, answer: Reply | Exception, seconds: float) -> None:
        """Note one call, its answer or the failure without one, and how long it took."""
        told = Told(code_of(answer)) if isinstance(answer, Exception) else self._told(answer)
        self._answers.note(self.vendor, call, told, seconds)


class VendorAnswers:
    """Note the answers of all vendors for a process; safe to share between threads."""

    def __init__(self, server: RedisServer) -> None:
        self._figures = VendorFigures(server)
        self._lock = Lock()
        self._written: dict[VendorName, float] = {}

    def of(self, vendor: str, told: Callable[[Reply], Told]) -> Recorder[Reply]:
        """Return the recorder of a vendor."""
        return Recorder(self, vendor, told)

    def note(self, vendor: str, call: str, told: Told, seconds: float) -> None:
        """Count and time an answer; log it unless it is a success, else remember the moment."""
        code = told.code if _CODE.fullmatch(told.code) else "other"
        if metric_files.may_write():
            ANSWERS.labels(vendor, call, code).inc()
            SECONDS.labels(vendor, call).observe(seconds)
        if code == OK:
            self._remember(VendorName(vendor, call))
            return
        request_id = told.request_id or ""
        log.warning(
            "vendor_answer",
            vendor=vendor,
            call=call,
            code=code,
            vendor_request_id=request_id if _REQUEST_ID.fullmatch(request_id) else None,
            milliseconds=round(seconds * 1000),
        )

    def _remember(self, name: VendorName) -> None:
        now = time.time()
        with self._lock:
            # A clock that was set back writes at once.
            if 0 <= now - self._written.get(name, 0.0) < _WRITE_EVERY_SECONDS:
                return
            self._written[name] = now
        try:
            self._figures.put(VendorFigure.LAST_SUCCESS, name, int(now))
        except StoreUnavailable:
            # The next success writes it.
            with self._lock:
                self._written.pop(name, None)


def code_of(failure: Exception) -> str:
    """Return the code of a failure without an answer, for example timed_out."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(failure).__name__).lower()
