"""Tencent Cloud SMS, version 2021-01-11."""

from collections.abc import Sequence
from typing import Any, get_args

from tencentcloud.sms.v20210111.sms_client import SmsClient

from config import Settings
from miniprogram_api.clients.guards.breaker import SourceState
from miniprogram_api.clients.guards.guard import Guards
from miniprogram_api.clients.inquiries import Inquiry
from miniprogram_api.clients.sms import tencent_codes
from miniprogram_api.clients.sms.gateway import SmsOutcome, SmsResult, of_failure
from miniprogram_api.clients.sms.reports import Report, SentMessage, of_pull
from miniprogram_api.clients.tencent import TencentCloud, VendorError, told
from miniprogram_api.clients.upstream import (
    UpstreamError,
    log,
)
from sms_settings import SmsTemplate

NAME = "tencent"
MOST_REPORTS = 100
MOST_PULLS = 20


class TencentSms:
    """Send through Tencent Cloud SMS (2021-01-11) behind a guard, without retries."""

    def __init__(self, settings: Settings, guards: Guards) -> None:
        self._settings = settings
        self._guard = guards.of("sms")
        self._templates: dict[str, str] = {
            name: getattr(settings, f"sms_template_{name}") for name in get_args(SmsTemplate)
        }
        self._cloud = TencentCloud(
            settings,
            guards.answers.of("sms", told),
            settings.tencentcloud_sms_endpoint,
            settings.sms_timeout,
            SmsClient,
        )

    def send_code(self, phone: str, code: str, minutes: int) -> SmsResult:
        """Send ``code``, valid for ``minutes``, to a phone of 11 digits."""
        return self._send(phone, self._templates["code"], [code, str(minutes)])

    def send_notice(self, phone: str, kind: str, *parameters: str) -> SmsResult:
        """Send the notice ``kind`` to a phone of 11 digits; raises KeyError for an unknown kind."""
        return self._send(phone, self._templates[kind], list(parameters))

    def reports(self, missing: Sequence[SentMessage]) -> list[Report]:
        """Fetch the reports that were not fetched before; see the Protocol."""
        if not any(sent.vendor == NAME for sent in missing):
            return []
        wanted = {"SmsSdkAppId": self._settings.sms_sdk_app_id, "Limit": MOST_REPORTS}
        found: list[Report] = []
        try:
            # Each call takes the oldest; a bound in case they never end.
            for _ in range(MOST_PULLS):
                answer = self._guard.call(lambda: self._cloud.call("PullSmsSendStatus", wanted))
                entries = answer.get("PullSmsSendStatusSet") or []
                found += filter(None, map(of_pull, entries))
                if len(entries) < MOST_REPORTS:
                    break
        except VendorError as error:
            log.warning("sms_reports_not_fetched", vendor=NAME, code=error.code)
        except UpstreamError:
            log.warning("sms_reports_not_fetched", vendor=NAME)
        return found

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
        except UpstreamError as failure:
            return SmsResult(of_failure(failure), NAME)
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
