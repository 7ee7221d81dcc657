"""The log of refusals with 503: one error line a minute and cause, however many calls it meets."""

import time
from threading import Lock

import structlog

from miniprogram_api.operations.maintenance import sqlstate
from miniprogram_api.reasons import Refused

EVERY_SECONDS = 60

log = structlog.get_logger("http")
_lock = Lock()
_told: dict[str, tuple[float, int]] = {}
"""Cause → when its last line was written, and how many refusals followed it."""


def note(refused: Refused, error: BaseException | None = None) -> None:
    """Note a refusal with 503; ``error`` is what it came from."""
    error = error or refused.__cause__ or refused.__context__
    kind = "" if error is None else type(error).__name__
    details = refused.details
    part = details.get("side") or details.get("step") or ",".join(details.get("failing", ()))
    cause = ":".join(filter(None, (refused.reason.name, str(part or ""), kind, sqlstate(error))))
    now = time.monotonic()
    with _lock:
        at, count = _told.get(cause, (now - EVERY_SECONDS, 0))
        is_due = now - at >= EVERY_SECONDS
        _told[cause] = (now, 0) if is_due else (at, count + 1)
    if is_due:
        event = "store unavailable" if refused.reason.name == "SERVICE_UNAVAILABLE" else "refused"
        log.error(event, cause=cause, since_last=count)
