"""Exchange codes of wx.login for users, slowly for an address that sends many invalid ones.

Such an address is never shut out, because a mobile network puts thousands of users behind it: its
calls to WeChat go one at a time, some a minute. A few of its callers wait for their turn.
"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from config import Settings
from miniprogram_api import clock
from miniprogram_api.access import attempts
from miniprogram_api.clients.redis import Full, Limit, StoreUnavailable, Taken, Window
from miniprogram_api.clients.wechat import (
    WeChatCodeInvalid,
    WeChatUnavailable,
    WeChatUserBlocked,
)
from miniprogram_api.reasons import Reason, Refused
from miniprogram_api.services import Services
from models.storage.database import release

# Calls to WeChat in a minute of an address that sends many invalid codes.
SLOWED_CALLS = 30
LONGEST_WAIT_SECONDS = 2
_POLL_SECONDS = 0.05
_SCOPE = "wechat_logins"

# Callers of this process that wait, by address.
_waiting: Counter[str] = Counter()
_lock = Lock()


def openid_of(services: Services, code: str, address: str) -> str:
    """Return the openid of a code.

    Raises Refused: WECHAT_CODE_INVALID, WECHAT_USER_BLOCKED, WECHAT_UNAVAILABLE, and
    TOO_MANY_ATTEMPTS with the scope wechat_logins.
    """
    limits = _invalid(services.settings, address)
    try:
        taken = services.clients.store.take(limits, clock.milliseconds(clock.now()))
    except StoreUnavailable:
        # Without Redis there is no limit, but an answer.
        return _ask(services, code)
    if isinstance(taken, Full):
        with _turn(services, address):
            return _ask(services, code)
    counts = False
    try:
        return _ask(services, code)
    except Refused as refused:
        counts = refused.reason is Reason.WECHAT_CODE_INVALID
        raise
    finally:
        if not counts:
            attempts.give_back(services, taken)


def waiting(address: str) -> int:
    """Return how many callers of this process wait for a turn of their address."""
    return _waiting[attempts.address_block(address)]


def _invalid(settings: Settings, address: str) -> list[Limit]:
    window = Window("minute", 60, settings.wechat_codes_per_address)
    return attempts.of_address(settings, "attempts:wechat_codes:invalid:", address, window)


def _calls(settings: Settings, address: str) -> list[Limit]:
    window = Window("minute", 60, SLOWED_CALLS)
    return attempts.of_address(settings, "attempts:wechat_codes:calls:", address, window)


def _slot(settings: Settings, address: str) -> list[Limit]:
    """Limit simultaneous calls; the place of a dead process is free again after the lease."""
    window = Window("lease", int(settings.longest_call.total_seconds()), 1)
    return attempts.of_address(settings, "attempts:wechat_codes:slot:", address, window)


def _ask(services: Services, code: str) -> str:
    release()
    try:
        return services.clients.wechat.user_of_code(code).openid
    except WeChatCodeInvalid:
        raise Refused(Reason.WECHAT_CODE_INVALID) from None
    except WeChatUserBlocked:
        raise Refused(Reason.WECHAT_USER_BLOCKED) from None
    except WeChatUnavailable as error:
        raise Refused(Reason.WECHAT_UNAVAILABLE, **error.details) from None


@contextmanager
def _turn(services: Services, address: str) -> Iterator[None]:
    """Hold the slot of a slowed address, and use up one of its calls of the minute."""
    calls = _calls(services.settings, address)
    attempts.require_room(services, calls, scope=_SCOPE)
    slot = _wait_for_slot(services, address)
    try:
        attempts.take(services, calls, scope=_SCOPE)
        yield
    finally:
        attempts.give_back(services, slot)


def _wait_for_slot(services: Services, address: str) -> Taken:
    slot = _take_slot(services, address)
    if slot is not None:
        return slot
    with _among_waiting(services.settings, attempts.address_block(address)):
        deadline = time.monotonic() + LONGEST_WAIT_SECONDS
        while time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
            slot = _take_slot(services, address)
            if slot is not None:
                return slot
    raise _busy()


def _take_slot(services: Services, address: str) -> Taken | None:
    limits = _slot(services.settings, address)
    taken = services.clients.store.take(limits, clock.milliseconds(clock.now()))
    return taken if isinstance(taken, Taken) else None


@contextmanager
def _among_waiting(settings: Settings, block: str) -> Iterator[None]:
    """Wait within the bounds: an eighth of the threads, of one address half of that.

    Vendors may occupy three quarters (``clients.guards.slots``); the rest answers other callers.
    """
    most = max(1, settings.web_threads // 8)
    with _lock:
        if _waiting.total() >= most or _waiting[block] >= max(1, most // 2):
            raise _busy()
        _waiting[block] += 1
    try:
        yield
    finally:
        with _lock:
            _waiting[block] -= 1
            if not _waiting[block]:
                del _waiting[block]


def _busy() -> Refused:
    return Refused(
        Reason.TOO_MANY_ATTEMPTS,
        case=attempts.case_of(_SCOPE),
        scope=_SCOPE,
        retry_after=LONGEST_WAIT_SECONDS,
    )
