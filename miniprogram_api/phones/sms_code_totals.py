"""The codes that the service sends in an hour in all, against bills run up by strangers."""

from contextlib import suppress

import structlog

from miniprogram_api import audit, clock, masking
from miniprogram_api.access import attempts
from miniprogram_api.clients.redis import (
    Emptied,
    Full,
    Limit,
    StoreUnavailable,
    Taken,
    Window,
    take_since_inquiry,
)
from miniprogram_api.phones import sms_code_refusals, sms_limits
from miniprogram_api.services import Services
from models.storage.database import DatabaseUnavailable

_HOUR = 3_600
# Part of the codes of an hour from one address that raises the alarm.
_SUSPICIOUS = 100

log = structlog.get_logger("sms_codes")


def used(services: Services) -> int:
    """Return how many codes of the hour are used. Raises StoreUnavailable."""
    settings = services.settings
    inquiry = take_since_inquiry(
        [sms_limits.of_all(settings)], clock.milliseconds(clock.now()), sms_limits.EPOCH
    )
    [total] = services.clients.store.inquire([inquiry])
    if isinstance(total, Emptied):
        raise StoreUnavailable("emptied")
    return settings.sms_per_hour - int(total.remaining["hour"])


def require_room(
    services: Services, full: Full, purpose: str, report_number: str, now_ms: int
) -> None:
    """Refuse with SMS_UNAVAILABLE and raise the alarm, once an hour, if this limit is full."""
    if full.key != sms_limits.of_all(services.settings).key:
        return
    if _is_first_alarm(services, "sms:all:alarm", now_ms):
        most = services.settings.sms_per_hour
        log.error("sms_limit_reached", limit=most)
        audit.write_own("api:sms:limit_reached", actor="service", limit=most)
    refused = sms_code_refusals.unavailable(purpose, report_number)
    refused.details.update(side=sms_code_refusals.RATE, retry_after=full.retry_after)
    raise refused


def watch_address(services: Services, address: str, now_ms: int) -> None:
    """Count a code that was sent; raise the alarm once an hour if its address got a hundredth.

    A hall gets ten times as many. ``address``: empty for a clerk. Never fails: the code was sent.
    """
    if not address:
        return
    most = services.settings.sms_per_hour
    window = Window("hour", _HOUR, -(-most // _SUSPICIOUS))
    [codes] = attempts.of_address(services.settings, "sms:address:", address, window)
    with suppress(StoreUnavailable, *DatabaseUnavailable):
        counted = services.clients.store.take([codes], now_ms)
        is_reached = isinstance(counted, Full) or counted.remaining["hour"] == 0
        if is_reached and _is_first_alarm(services, f"{codes.key}:alarm", now_ms):
            many, network = codes.windows[0].limit, masking.address(address)
            log.error("sms_from_one_address", network=network, codes=many, limit=most)
            audit.write_own(
                "api:sms:flood_suspected", actor="service", network=network, codes=many, limit=most
            )


def _is_first_alarm(services: Services, key: str, now_ms: int) -> bool:
    once = Limit(key, (Window("hour", _HOUR, 1),))
    return isinstance(services.clients.store.take([once], now_ms), Taken)
