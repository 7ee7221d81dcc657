"""Several vendors as one gateway: the next one is asked only where the last one took nothing.

All together take the time of one (SMS_TIMEOUT). After an answer that does not tell whether the
message was sent, none is asked: a code is never sent twice. A wrong or foreign number is wrong at
every vendor; a number counts as blocked when all vendors refused it.
"""

import time
from collections.abc import Callable, Sequence

from config import Settings
from miniprogram_api.clients.guards.breaker import SourceState
from miniprogram_api.clients.guards.guard import Guards
from miniprogram_api.clients.inquiries import Inquiry
from miniprogram_api.clients.sms.aliyun import AliyunSms
from miniprogram_api.clients.sms.gateway import SmsGateway, SmsOutcome, SmsResult
from miniprogram_api.clients.sms.reports import Report, SentMessage
from miniprogram_api.clients.sms.tencent import TencentSms
from miniprogram_api.clients.upstream import log, within

_VENDORS: dict[str, Callable[[Settings, Guards], SmsGateway]] = {
    "tencent": TencentSms,
    "aliyun": AliyunSms,
}
# Less is too short for an answer: the call would end uncertain.
LEAST_SECONDS = 0.5
_ENDS = (SmsOutcome.ACCEPTED, SmsOutcome.UNCERTAIN, SmsOutcome.NUMBER_WRONG)
# What the person is told of several refusals: first the one that ends by itself.
_TOLD = (
    SmsOutcome.RATE,
    SmsOutcome.NOT_REACHED,
    SmsOutcome.NO_SLOT,
    SmsOutcome.FAILED,
    SmsOutcome.OPERATOR,
    SmsOutcome.NUMBER_BLOCKED,
)


def build(settings: Settings, guards: Guards) -> SmsGateway:
    """Make the gateway of the setting SMS_PROVIDERS."""
    gateways = [_VENDORS[name](settings, guards) for name in settings.sms_providers]
    return gateways[0] if len(gateways) == 1 else SmsProviders(gateways, settings.sms_timeout)


class SmsProviders:
    """Ask vendors in their order within ``seconds``; see the module."""

    def __init__(self, gateways: Sequence[SmsGateway], seconds: float) -> None:
        self._gateways = gateways
        self._seconds = seconds

    def send_code(self, phone: str, code: str, minutes: int) -> SmsResult:
        """Send ``code``, valid for ``minutes``, to a phone of 11 digits."""
        return self._send(lambda gateway: gateway.send_code(phone, code, minutes))

    def send_notice(self, phone: str, kind: str, *parameters: str) -> SmsResult:
        """Send the notice ``kind`` to a phone of 11 digits; raises KeyError for an unknown kind."""
        return self._send(lambda gateway: gateway.send_notice(phone, kind, *parameters))

    def reports(self, missing: Sequence[SentMessage]) -> list[Report]:
        """Fetch the reports of all vendors; see the Protocol."""
        return [report for gateway in self._gateways for report in gateway.reports(missing)]

    def state_inquiry(self) -> Inquiry[SourceState]:
        """Return the inquiry for the state of the first vendor's breaker."""
        return self._gateways[0].state_inquiry()

    def _send(self, send: Callable[[SmsGateway], SmsResult]) -> SmsResult:
        ends_at = time.monotonic() + self._seconds
        refused: list[SmsResult] = []
        for number, gateway in enumerate(self._gateways):
            left = ends_at - time.monotonic()
            if refused and left < LEAST_SECONDS:
                break
            # A dead address must not use up the time of the vendors behind it.
            with within(left, connect=left / (len(self._gateways) - number)):
                result = send(gateway)
            if result.outcome in _ENDS:
                return result
            refused.append(result)
            if number + 1 < len(self._gateways):
                log.warning("sms_next_vendor", vendor=result.vendor, kind=result.outcome.value)
        return min(refused, key=lambda result: _TOLD.index(result.outcome))
