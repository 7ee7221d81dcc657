"""The codes that the service sends in an hour in all, against bills run up by strangers."""

import structlog

from config import Settings
from miniprogram_api import audit, clock
from miniprogram_api.clients.redis import Full, Limit, Taken, Window
from miniprogram_api.phones import sms_code_refusals
from miniprogram_api.services import Services

_HOUR = 3_600

log = structlog.get_logger("sms_codes")


def limit(settings: Settings) -> Limit:
    """Limit the codes to all phones in an hour."""
    return Limit("sms:all", (Window("hour", _HOUR, settings.sms_per_hour),))


def used(services: Services) -> int:
    """Return how many codes of the hour are used. Raises StoreUnavailable."""
    most = services.settings.sms_per_hour
    found = services.clients.store.peek([limit(services.settings)], clock.milliseconds(clock.now()))
    return most - found.remaining["hour"]


def require_room(
    services: Services, full: Full, purpose: str, report_number: str, now_ms: int
) -> None:
    """Refuse with SMS_UNAVAILABLE and raise the alarm, once an hour, if this limit is full."""
    if full.key != limit(services.settings).key:
        return
    once = Limit("sms:all:alarm", (Window("hour", _HOUR, 1),))
    if isinstance(services.clients.store.take([once], now_ms), Taken):
        log.error("sms_limit_reached", limit=services.settings.sms_per_hour)
        audit.write_own(
            "api:sms:limit_reached", actor="service", limit=services.settings.sms_per_hour
        )
    refused = sms_code_refusals.unavailable(purpose, report_number)
    refused.details.update(side=sms_code_refusals.RATE, retry_after=full.retry_after)
    raise refused
