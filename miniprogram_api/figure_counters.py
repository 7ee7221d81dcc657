"""Counting what no table keeps: refusals, and how many people came. In memory, written at times.

A request adds to a number of this process and writes nothing. ``write`` keeps what was counted;
each web process calls it every few seconds, so a killed one loses some seconds of statistics.
How many different people came is told by Redis (PFADD), which keeps an estimate and no list.
"""

from collections import Counter
from threading import Lock

import structlog

from miniprogram_api import clock
from miniprogram_api.clients.redis import StoreUnavailable
from miniprogram_api.services import Services
from models import figures as table
from models.database import DatabaseUnavailable, transaction
from models.fields import keys
from models.figures import Figure

WRITE_EVERY_SECONDS = 5
REFUSED = "refused"
VISITORS = "visitors"

log = structlog.get_logger("figures")

_lock = Lock()
_counted: Counter[tuple[str, str, str]] = Counter()
_seen: dict[str, set[str]] = {}


def refused(place: str, reason: str) -> None:
    """Count a refusal; ``place`` is the part of the API, ``reason`` the name of the Reason."""
    with _lock:
        _counted[clock.today().isoformat(), REFUSED, f"{place}:{reason}"[:80]] += 1


def came(openid: str) -> None:
    """Count a WeChat user without an account, once a day."""
    name = keys().counter_name(openid, b"visitors")
    with _lock:
        _seen.setdefault(clock.today().isoformat(), set()).add(name)


def write(services: Services) -> None:
    """Keep what this process counted since the last time; what cannot be kept now waits."""
    global _counted, _seen
    with _lock:
        counted, _counted = _counted, Counter()
        seen, _seen = _seen, {}
    for day, names in seen.items():
        try:
            services.clients.store.note_distinct(key_of(day), sorted(names))
        except StoreUnavailable:
            # Those are guests of a few seconds; keeping them would be a list of people.
            log.warning("visitors not counted")
    if not counted:
        return
    try:
        with transaction():
            table.add(Figure(*key, count) for key, count in counted.items())
    except Exception as error:
        with _lock:
            _counted.update(counted)
        if not isinstance(error, DatabaseUnavailable):
            raise
        log.warning("figures not written", error=type(error).__name__)


def key_of(day: str) -> str:
    """Under what Redis estimates the visitors of a day."""
    return f"{VISITORS}:{day}"
