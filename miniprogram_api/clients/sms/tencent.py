"""Tencent Cloud SMS, version 2021-01-11."""

from typing import Any

from tencentcloud.sms.v20210111.sms_client import SmsClient

from config import Settings
from miniprogram_api.clients.guards.breaker import BreakerOpen, SourceState
from miniprogram_api.clients.guards.guard import Guards
from miniprogram_api.clients.guards.slots import SlotsFull
from miniprogram_api.clients.inquiries import Inquiry
from miniprogram_api.clients.sms import tencent_codes
from miniprogram_api.clients.sms.gateway import SmsOutcome, SmsResult
from miniprogram_api.clients.tencent import TencentCloud, VendorError
from miniprogram_api.clients.upstream import (
    NotReached,
    SandboxAnswered,
    ServerError,
    UpstreamError,
    log,
)

NAME = "tencent"


class TencentSms:
    """Send through Tencent Cloud SMS (2021-01-11) behind a guard, without retries."""

    def __init__(self, settings: Settings, guards: Guards) -> None:
        self._settings = settings
        self._guard = guards.of("sms")
        self._notices = {
            "phone_changed": settings.sms_template_phone_changed,
            "binding_changed": settings.sms_template_binding_changed,
            "binding_ended": settings.sms_template_binding_ended,
            "status_changed": settings.sms_template_status_changed,
            "verification_refused": settings.sms_template_verification_refused,
            "verification_held": settings.sms_template_verification_held,
            "verification_lapses": settings.sms_template_verification_lapses,
            "verification_revoked": settings.sms_template_verification_revoked,
            "level_delayed": settings.sms_template_level_delayed,
            "authorization_closed": settings.sms_template_authorization_closed,
            "matter_invitation": settings.sms_template_matter_invitation,
            "matter_lost": settings.sms_template_matter_lost,
            "matter_ended": settings.sms_template_matter_ended,
        }
        self._cloud = TencentCloud(
            settings,
            "sms",
            settings.tencentcloud_sms_endpoint,
            settings.sms_timeout,
            SmsClient,
        )

    def send_code(self, phone: str, code: str, minutes: int) -> SmsResult:
        """Send ``code``, valid for ``minutes``, to a phone of 11 digits."""
        return self._send(phone, self._settings.sms_template_code, [code, str(minutes)])

    def send_notice(self, phone: str, kind: str, *parameters: str) -> SmsResult:
        """Send the notice ``kind`` to a phone of 11 digits; raises KeyError for an unknown kind."""
        return self._send(phone, self._notices[kind], list(parameters))

    def state_inquiry(self) -> Inquiry[SourceState]:
        """Return the inquiry for the state of the breaker."""
        return self._guard.state_inquiry()

    def _send(self, phone: str, template_id: str, parameters: list[str]) -> SmsResult:
        message = {
            "PhoneNumberSet": [f"+86{phone}"],
            "SmsSdkAppId": self._settings.sms_sdk_app_id,
            "SignName": self._settings.sms_sign_name,
            "TemplateId": template_id,
            "TemplateParamSet": parameters,
        }
        serial = ""
        try:
            answer = self._guard.call(lambda: self._cloud.call("SendSms", message))
            code, serial = _status(answer)
        except VendorError as error:
            code = error.code
        except ServerError:
            return SmsResult(SmsOutcome.FAILED, NAME)
        except SlotsFull:
            return SmsResult(SmsOutcome.NO_SLOT, NAME)
        except (NotReached, SandboxAnswered, BreakerOpen):
            return SmsResult(SmsOutcome.NOT_REACHED, NAME)
        except UpstreamError:
            return SmsResult(SmsOutcome.UNCERTAIN, NAME)
        outcome = tencent_codes.outcome_of(code)
        if outcome is SmsOutcome.ACCEPTED:
            return SmsResult(outcome, NAME, serial)
        # The operator reads the vendor's own code; only what the operator must mend is an error.
        say = log.error if outcome is SmsOutcome.OPERATOR else log.warning
        say("sms_not_sent", vendor=NAME, kind=outcome.value, code=code)
        wait = tencent_codes.retry_after(code) if outcome is SmsOutcome.RATE else 0
        return SmsResult(outcome, NAME, code=code, retry_after=wait)


def _status(answer: dict[str, Any]) -> tuple[str, str]:
    """Return code and serial number of the only number sent; unreadable answers are a time-out."""
    try:
        status = answer["SendStatusSet"][0]
        return str(status["Code"]), str(status.get("SerialNo") or "")
    except (LookupError, TypeError, AttributeError):
        return "InternalError.Timeout", ""
