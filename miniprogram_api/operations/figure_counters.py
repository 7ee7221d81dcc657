"""Count refusals and visitors in memory and write them every few seconds.

Refusals must not depend on the database. A killed process loses the last seconds. Redis estimates
the number of distinct visitors (PFADD) without storing a list.
"""

import time
from collections import Counter
from threading import Lock

import structlog

from miniprogram_api import clock
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.services import Services
from models import figures
from models.figures import Figure
from models.storage.database import DatabaseUnavailable, close_thread_connection, transaction
from models.storage.fields import keys

WRITE_EVERY_SECONDS = 5
REFUSED = "refused"
VISITORS = "visitors"
REPORTS = "sms_reports"

log = structlog.get_logger("figures")

_lock = Lock()
_counted: Counter[tuple[str, str, str]] = Counter()
_seen: dict[str, set[str]] = {}


def count_refusal(place: str, reason: str) -> None:
    """Count a refusal; ``place`` is the part of the API, ``reason`` the name of the Reason."""
    with _lock:
        _counted[clock.today().isoformat(), REFUSED, f"{place}:{reason}"[:80]] += 1


def count_report(carrier: str, outcome: str) -> None:
    """Count what a carrier reported of an SMS: that it was delivered, or why not."""
    with _lock:
        _counted[clock.today().isoformat(), REPORTS, f"{carrier}:{outcome}"] += 1


def count_visitor(openid: str) -> None:
    """Count a WeChat user without an account, once a day."""
    name = keys().counter_name(openid, b"visitors")
    with _lock:
        _seen.setdefault(clock.today().isoformat(), set()).add(name)


def write(services: Services) -> None:
    """Write the counts since the last call; keep counts that the database rejects."""
    global _counted, _seen
    with _lock:
        counted, _counted = _counted, Counter()
        seen, _seen = _seen, {}
    for day, names in seen.items():
        try:
            services.clients.store.note_distinct(key_of(day), sorted(names))
        except StoreUnavailable:
            # Keeping the names would make a list of people.
            log.warning("visitors not counted")
    if not counted:
        return
    try:
        with transaction():
            figures.add(Figure(*key, count) for key, count in counted.items())
    except Exception as error:
        with _lock:
            _counted.update(counted)
        if not isinstance(error, DatabaseUnavailable):
            raise
        log.warning("figures not written", failure=error)


def write_periodically(services: Services) -> None:
    """Write every few seconds until the process ends."""
    while True:
        time.sleep(WRITE_EVERY_SECONDS)
        try:
            write(services)
        except Exception as error:
            # Nothing restarts this thread.
            log.error("figures not written", exc_info=error)
        close_thread_connection()


def key_of(day: str) -> str:
    """Return the Redis key of the estimate of a day's visitors."""
    return f"{VISITORS}:{day}"
