"""Alibaba Cloud SMS (dysmsapi, 2017-05-25) by its documented HTTP: RPC, signed by HMAC-SHA1."""

import base64
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC
from functools import partial
from typing import Any
from urllib.parse import quote

from config import Settings
from miniprogram_api import clock
from miniprogram_api.clients.guards.breaker import SourceState
from miniprogram_api.clients.guards.guard import Guards
from miniprogram_api.clients.inquiries import Inquiry
from miniprogram_api.clients.sms import aliyun_codes
from miniprogram_api.clients.sms.gateway import SmsOutcome, SmsResult, of_failure
from miniprogram_api.clients.sms.reports import Report, SentMessage, of_details
from miniprogram_api.clients.upstream import (
    NoResponse,
    Reply,
    ServerError,
    Upstream,
    UpstreamError,
    json_object,
    log,
    told_by_body,
)
from miniprogram_api.clients.watching.answers import OK, Told

NAME = "aliyun"
VERSION = "2017-05-25"
CONTENT_TYPE = "application/x-www-form-urlencoded"
# One call each: the vendor has no list of all reports.
MOST_ASKED = 20
_PAGE = 10


class AliyunSms:
    """Send through Alibaba Cloud SMS behind a guard, without retries."""

    def __init__(self, settings: Settings, guards: Guards) -> None:
        # The same threads as the first vendor's, and a breaker of its own.
        self._guard = guards.of("sms", "sms_aliyun")
        self._templates = settings.aliyun_sms_templates
        self._sign_name = settings.aliyun_sms_sign_name
        self._key_id = settings.aliyun_access_key_id
        self._key = settings.aliyun_access_key_secret.get_secret_value()
        self._upstream = Upstream(
            guards.answers.of("sms-aliyun", _told),
            settings.aliyun_sms_base,
            timeout=settings.sms_timeout,
            connections=settings.web_threads,
            production=settings.profile == "production",
        )

    def send_code(self, phone: str, code: str, minutes: int) -> SmsResult:
        """Send ``code``, valid for ``minutes``, to a phone of 11 digits."""
        return self._send(phone, "code", (code, str(minutes)))

    def send_notice(self, phone: str, kind: str, *parameters: str) -> SmsResult:
        """Send the notice ``kind`` to a phone of 11 digits; raises KeyError for an unknown kind."""
        return self._send(phone, kind, parameters)

    def reports(self, missing: Sequence[SentMessage]) -> list[Report]:
        """Ask for each of the newest missing messages; see the Protocol."""
        own = [sent for sent in missing if sent.vendor == NAME][:MOST_ASKED]
        found: list[Report] = []
        for sent in own:
            try:
                answer = self._guard.call(partial(self.call, "QuerySendDetails", _of(sent)))
            except UpstreamError:
                log.warning("sms_reports_not_fetched", vendor=NAME)
                break
            if answer.get("Code") != "OK":
                log.warning("sms_reports_not_fetched", vendor=NAME, code=answer.get("Code"))
                break
            listed = answer.get("SmsSendDetailDTOs") or {}
            for entry in listed.get("SmsSendDetailDTO") or []:
                report = of_details(sent, entry)
                found += [] if report is None else [report]
        return found

    def state_inquiry(self) -> Inquiry[SourceState]:
        """Return the inquiry for the state of the breaker."""
        return self._guard.state_inquiry()

    def _send(self, phone: str, kind: str, values: Sequence[str]) -> SmsResult:
        template = self._templates[kind]  # type: ignore[index]
        message = {
            "PhoneNumbers": phone,
            "SignName": self._sign_name,
            "TemplateCode": template.id,
        }
        if template.parameters:
            # A template of codes may have fewer variables than ours: one, at this vendor.
            named = dict(zip(template.parameters, values, strict=False))
            message["TemplateParam"] = json.dumps(named, ensure_ascii=False)
        try:
            answer = self._guard.call(lambda: self.call("SendSms", message))
        except UpstreamError as failure:
            return SmsResult(of_failure(failure), NAME)
        code = str(answer.get("Code"))
        outcome = aliyun_codes.outcome_of(code)
        if outcome is SmsOutcome.ACCEPTED:
            return SmsResult(outcome, NAME, str(answer.get("BizId") or ""))
        say = log.error if outcome is SmsOutcome.OPERATOR else log.warning
        say("sms_not_sent", vendor=NAME, kind=outcome.value, code=code)
        said = str(answer.get("Message"))
        wait = aliyun_codes.retry_after(said) if outcome is SmsOutcome.RATE else 0
        return SmsResult(outcome, NAME, code=code, retry_after=wait)

    def call(self, action: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        """Call one action and return its answer, also a refusal of the vendor's gateway (4xx).

        Raises UpstreamError.
        """
        signed = {
            "AccessKeyId": self._key_id,
            "Action": action,
            "Format": "JSON",
            "RegionId": "cn-hangzhou",
            "SignatureMethod": "HMAC-SHA1",
            "SignatureNonce": secrets.token_hex(16),
            "SignatureVersion": "1.0",
            "Timestamp": clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Version": VERSION,
            **parameters,
        }
        signed["Signature"] = signature("POST", signed, self._key)
        response = self._upstream.send(
            "POST",
            "/",
            data=_encoded(signed),
            headers={"Content-Type": CONTENT_TYPE, "x-acs-action": action},
        )
        if response.status_code >= 500:
            answer = _json_or_nothing(response)
            if "Code" not in answer:
                raise ServerError()
            return answer
        return json_object(response)


def signature(method: str, parameters: Mapping[str, str], key: str) -> str:
    """Return the signature of an RPC call; ``parameters`` without it."""
    text = f"{method}&{_quoted('/')}&{_quoted(_encoded(parameters))}"
    return base64.b64encode(hmac.digest(f"{key}&".encode(), text.encode(), "sha1")).decode()


def _of(sent: SentMessage) -> dict[str, str]:
    return {
        "PhoneNumber": sent.phone,
        "BizId": sent.serial,
        "SendDate": f"{sent.sent_at.astimezone(clock.SHANGHAI):%Y%m%d}",
        "PageSize": str(_PAGE),
        "CurrentPage": "1",
    }


def _encoded(parameters: Mapping[str, str]) -> str:
    return "&".join(f"{_quoted(name)}={_quoted(parameters[name])}" for name in sorted(parameters))


def _quoted(text: str) -> str:
    """Encode by RFC 3986, as the vendor signs."""
    return quote(text, safe="~")


def _told(reply: Reply) -> Told:
    """Read code and request number of an answer."""

    def read(body: dict[str, Any]) -> Told:
        code = str(body["Code"])
        return Told(OK if code == "OK" else code, body.get("RequestId"))

    return told_by_body(reply, read)


def _json_or_nothing(response: Any) -> dict[str, Any]:
    try:
        return json_object(response)
    except NoResponse:
        return {}
