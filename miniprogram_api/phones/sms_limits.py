"""The limits on codes in Redis, written anew from the codes that were sent when Redis lost them.

Without the key ``EPOCH``, which is lost together with the limits, no place is given: one caller
rebuilds them first. Two limits begin anew: the phones of an address, which no table contains, and
its codes that raise an alarm.
"""

import secrets
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta

import structlog

from config import Settings
from miniprogram_api import clock
from miniprogram_api.access import sessions
from miniprogram_api.clients.redis import (
    Emptied,
    Entries,
    Full,
    Limit,
    StoreUnavailable,
    Taken,
    Window,
)
from miniprogram_api.services import Services
from models.accounts import sms_codes as table
from models.storage.fields import keys

WINDOWS = (Window("minute", 60, 1), Window("hour", 3_600, 3), Window("day", 86_400, 5))
"""Of one phone, over all purposes."""
EPOCH = "epoch:sms"
_KEY_OF_ALL = "sms:all"
LEASE = timedelta(seconds=60)
LONGEST_WAIT_SECONDS = 2

_HOUR, _DAY = 3_600, 86_400
_PHONE_CONTEXT = b"sms.phone"
_POLL_SECONDS = 0.05
# Limits that one call writes.
_AT_A_TIME = 500

log = structlog.get_logger("sms_codes")


def name_of(phone: str) -> str:
    """Return the name under which a canonical phone is counted."""
    return keys().counter_name(phone, _PHONE_CONTEXT)


def of_phone(phone_name: str) -> Limit:
    """Limit the codes to one phone; ``phone_name``: ``name_of``."""
    return Limit(f"sms:codes:{phone_name}", WINDOWS)


def of_user(asker: str, phone_name: str, most: int) -> Limit:
    """Limit the different phones of one WeChat user, browser or account in an hour."""
    return Limit(_key_of_user(asker), (Window("hour", _HOUR, most),), distinct=phone_name)


def of_all(settings: Settings) -> Limit:
    """Limit the codes to all phones in an hour."""
    return Limit(_KEY_OF_ALL, (Window("hour", _HOUR, settings.sms_per_hour),))


def _key_of_user(asker: str) -> str:
    return f"sms:phones:{asker}"


def take(services: Services, limits: Sequence[Limit], now_ms: int) -> Taken | Full:
    """Take a place in all limits or in none; first rebuild limits that were lost.

    Raises StoreUnavailable.
    """
    for _ in range(3):
        answer = services.clients.store.take_since(limits, now_ms, EPOCH)
        if not isinstance(answer, Emptied):
            return answer
        _rebuild(services)
    raise StoreUnavailable("emptied")


def still_holds(services: Services, taken: Taken) -> bool:
    """Return whether a place was not lost with the data; False as well without Redis."""
    try:
        return services.clients.store.holds(taken)
    except StoreUnavailable:
        return False


def _rebuild(services: Services) -> None:
    """Write all limits anew, or wait until another caller has. Raises StoreUnavailable."""
    store, caller = services.clients.store, secrets.token_hex(12)
    lease_ms = LEASE // timedelta(milliseconds=1)
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while time.monotonic() < deadline:
        is_claimed = store.begin_rebuilding(EPOCH, caller, lease_ms, _now_ms())
        if is_claimed is None or (is_claimed and _write_all(services, caller)):
            return
        if not is_claimed:
            time.sleep(_POLL_SECONDS)
    raise StoreUnavailable("rebuilding")


def _write_all(services: Services, caller: str) -> bool:
    """Write the entries of every limit; return False when the data were lost again meanwhile."""
    store = services.clients.store
    try:
        limits = list(_entries())
        parts = (limits[i : i + _AT_A_TIME] for i in range(0, len(limits), _AT_A_TIME))
        is_complete = all(store.rebuild(EPOCH, caller, part, _now_ms()) for part in parts)
    except BaseException:
        with suppress(StoreUnavailable):
            store.end_rebuilding(EPOCH, caller, _now_ms(), is_complete=False)
        raise
    if not (is_complete and store.end_rebuilding(EPOCH, caller, _now_ms(), is_complete=True)):
        return False
    log.warning("sms_limits_rebuilt", limits=len(limits))
    return True


def _entries() -> Iterator[Entries]:
    """Read all entries from the codes that were sent."""
    now_ms = _now_ms()
    of_phones: dict[str, dict[str, int]] = defaultdict(dict)
    of_users: dict[str, dict[str, int]] = defaultdict(dict)
    of_all: dict[str, int] = {}
    # Oldest first, because a phone of a user counts at its latest code.
    for code in reversed(table.sent_since(now_ms - _DAY * 1000)):
        phone_name = name_of(code.phone)
        member = f"row:{code.id}"
        of_phones[phone_name][member] = code.created_ms
        if code.created_ms > now_ms - _HOUR * 1000:
            of_all[member] = code.created_ms
            of_users[sessions.asker(code.openid, code.account_id)][phone_name] = code.created_ms
    yield Entries(_KEY_OF_ALL, _HOUR, of_all)
    for phone_name, times in of_phones.items():
        yield Entries(of_phone(phone_name).key, _DAY, times)
    for asker, times in of_users.items():
        yield Entries(_key_of_user(asker), _HOUR, times)


def _now_ms() -> int:
    return clock.milliseconds(clock.now())
