"""Send one-time codes and notices by SMS."""

from enum import Enum
from typing import Any, Protocol

from tencentcloud.sms.v20210111.sms_client import SmsClient

from config import Settings
from miniprogram_api.clients.guards.breaker import BreakerOpen, SourceState
from miniprogram_api.clients.guards.guard import Guards
from miniprogram_api.clients.guards.slots import SlotsFull
from miniprogram_api.clients.inquiries import Inquiry
from miniprogram_api.clients.tencent import TencentCloud, VendorError, told
from miniprogram_api.clients.upstream import (
    NotReached,
    SandboxAnswered,
    ServerError,
    UpstreamError,
    log,
)


class SmsOutcome(Enum):
    """Classify the result of sending one message."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """The gateway refused; nothing was sent."""
    NOT_REACHED = "not_reached"
    """The connection failed before the request was sent, or the breaker is open."""
    NO_SLOT = "no_slot"
    """Too many calls are under way; nothing was sent."""
    UNCERTAIN = "uncertain"
    """No answer in time; the message may still arrive, so it is never sent again."""


class SmsGateway(Protocol):
    """Send each message once, without retries."""

    def send_code(self, phone: str, code: str, minutes: int) -> SmsOutcome:
        """Send ``code``, valid for ``minutes``, to a phone of 11 digits."""

    def send_notice(self, phone: str, kind: str, *parameters: str) -> SmsOutcome:
        """Send the notice ``kind``, a name in the settings after ``sms_template_``.

        ``matter_lost`` takes the reason, ``matter_ended`` the end as its parameter.
        """

    def state_inquiry(self) -> Inquiry[SourceState]:
        """Return the inquiry for the state of the breaker."""


# 请求下发短信超时; 接口超时或短信收发包超时: the vendor does not know whether it was sent.
_UNCERTAIN_CODES = frozenset({"InternalError.Timeout", "InternalError.SendAndRecvFail"})


class TencentSms:
    """Send through Tencent Cloud SMS (2021-01-11) behind a guard, without retries."""

    def __init__(self, settings: Settings, guards: Guards) -> None:
        self._settings = settings
        self._guard = guards.of("sms")
        self._notices = {
            "phone_changed": settings.sms_template_phone_changed,
            "phone_change_asked": settings.sms_template_phone_change_asked,
            "binding_changed": settings.sms_template_binding_changed,
            "binding_ended": settings.sms_template_binding_ended,
            "status_changed": settings.sms_template_status_changed,
            "verification_refused": settings.sms_template_verification_refused,
            "verification_held": settings.sms_template_verification_held,
            "verification_lapses": settings.sms_template_verification_lapses,
            "verification_revoked": settings.sms_template_verification_revoked,
            "dispute_filed": settings.sms_template_dispute_filed,
            "dispute_ended": settings.sms_template_dispute_ended,
            "level_delayed": settings.sms_template_level_delayed,
            "authorization_closed": settings.sms_template_authorization_closed,
            "incident": settings.sms_template_incident,
            "matter_invitation": settings.sms_template_matter_invitation,
            "matter_lost": settings.sms_template_matter_lost,
            "matter_ended": settings.sms_template_matter_ended,
        }
        self._cloud = TencentCloud(
            settings,
            guards.answers.of("sms", told),
            settings.tencentcloud_sms_endpoint,
            settings.sms_timeout,
            SmsClient,
        )

    def send_code(self, phone: str, code: str, minutes: int) -> SmsOutcome:
        """Send ``code``, valid for ``minutes``, to a phone of 11 digits."""
        return self._send(phone, self._settings.sms_template_code, [code, str(minutes)])

    def send_notice(self, phone: str, kind: str, *parameters: str) -> SmsOutcome:
        """Send the notice ``kind`` to a phone of 11 digits; raises KeyError for an unknown kind."""
        return self._send(phone, self._notices[kind], list(parameters))

    def state_inquiry(self) -> Inquiry[SourceState]:
        """Return the inquiry for the state of the breaker."""
        return self._guard.state_inquiry()

    def _send(self, phone: str, template_id: str, parameters: list[str]) -> SmsOutcome:
        message = {
            "PhoneNumberSet": [f"+86{phone}"],
            "SmsSdkAppId": self._settings.sms_sdk_app_id,
            "SignName": self._settings.sms_sign_name,
            "TemplateId": template_id,
            "TemplateParamSet": parameters,
        }
        try:
            answer = self._guard.call(lambda: self._cloud.call("SendSms", message))
            code = _status_code(answer)
        except VendorError as error:
            code = error.code
        except ServerError:
            return SmsOutcome.REFUSED
        except SlotsFull:
            return SmsOutcome.NO_SLOT
        except (NotReached, SandboxAnswered, BreakerOpen):
            return SmsOutcome.NOT_REACHED
        except UpstreamError:
            return SmsOutcome.UNCERTAIN
        if code == "Ok":
            return SmsOutcome.ACCEPTED
        log.warning("sms_not_sent", code=code)
        return SmsOutcome.UNCERTAIN if code in _UNCERTAIN_CODES else SmsOutcome.REFUSED


def _status_code(answer: dict[str, Any]) -> str:
    """Return the code of the only number sent; treat an unreadable answer as a time-out."""
    try:
        return str(answer["SendStatusSet"][0]["Code"])
    except (LookupError, TypeError):
        return "InternalError.Timeout"
