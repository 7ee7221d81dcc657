"""The second SMS vendor: Alibaba Cloud's dysmsapi, version 2017-05-25, by RPC below ``/aliyun/``.

The signature (HMAC-SHA1) follows https://help.aliyun.com/document_detail/315526.html. A refused
call has status 400 or 404, a refused message 200; both have ``Code`` and ``Message``.
"""

import base64
import hashlib
import hmac
import json
import re
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, request

from sandbox.calls import json_response, memory, planted_refusal, receive
from sandbox.memory import Memory, Mode, Report, Sms
from sandbox.products import carriers
from sandbox.products.sms import TEMPLATES

blueprint = Blueprint("aliyun", __name__)

KEY_ID, KEY = "LTAIsandbox", "sandbox"
_VENDOR = "aliyun"
_PHONE = re.compile(r"(?:86)?(1\d{10})", re.ASCII)
_PLACEHOLDER = re.compile(r"\{(\d+)\}")
_CODE = re.compile(r"\d{6}", re.ASCII)
_TOLERANCE_SECONDS = 15 * 60
_FAILED, _DELIVERED = 2, 3
_SIGN_NAME = "登记注册身份验证"
# Templates at this vendor have named variables.
_VARIABLES = {"1000001": ("code", "minutes"), "1000007": ("reason",), "1000008": ("end",)}
_APPROVED = 1


class AliyunError(Exception):
    """A refused call: HTTP status and code."""

    def __init__(self, status: int, code: str) -> None:
        self.status = status
        self.code = code
        super().__init__(code)


@blueprint.post("/aliyun/")
def call() -> Response:
    """Answer a call; the parameter Action names it."""
    sent = {**request.args.to_dict(), **request.form.to_dict()}
    action = sent.get("Action", "")

    def play(mode: Mode) -> Response:
        try:
            _check(sent)
            if planted := planted_refusal(f"aliyun:{action}"):
                raise AliyunError(400, planted)
            if action == "SendSms":
                answer = _send(sent, mode, memory())
            elif action == "QuerySendDetails":
                answer = _details(sent, memory())
            elif action == "QuerySmsTemplate":
                answer = _template(sent, memory())
            elif action == "QuerySmsSign":
                answer = _signature(sent, memory())
            else:
                raise AliyunError(404, "InvalidAction.NotFound")
            status = 200
        except AliyunError as error:
            answer, status = {"Code": error.code, "Message": error.code}, error.status
        return json_response({"RequestId": str(uuid.uuid4()).upper(), **answer}, status)

    shown = {name: value for name, value in sent.items() if name != "Signature"}
    return receive("sms_aliyun", f"aliyun:{action}", shown, play)


def _check(sent: Mapping[str, str]) -> None:
    """Check the common parameters and the signature. Raises AliyunError."""
    if sent.get("AccessKeyId") != KEY_ID:
        raise AliyunError(404, "InvalidAccessKeyId.NotFound")
    if sent.get("Version") != "2017-05-25":
        raise AliyunError(400, "InvalidVersion")
    try:
        at = datetime.strptime(sent.get("Timestamp", ""), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise AliyunError(400, "InvalidTimeStamp.Format") from None
    if abs(time.time() - at.timestamp()) > _TOLERANCE_SECONDS:
        raise AliyunError(400, "InvalidTimeStamp.Expired")
    signed = "&".join(
        f"{_quoted(name)}={_quoted(sent[name])}" for name in sorted(sent) if name != "Signature"
    )
    text = f"POST&%2F&{_quoted(signed)}"
    expected = base64.b64encode(hmac.digest(f"{KEY}&".encode(), text.encode(), hashlib.sha1))
    if not hmac.compare_digest(expected, sent.get("Signature", "").encode()):
        raise AliyunError(400, "SignatureDoesNotMatch")


def _send(sent: Mapping[str, str], mode: Mode, memory: Memory) -> dict[str, Any]:
    match = _PHONE.fullmatch(sent.get("PhoneNumbers", ""))
    refusal = _judge(sent, mode)
    if refusal is None and match is None:
        refusal = "isv.MOBILE_NUMBER_ILLEGAL"
    if refusal is None and match is not None:
        refusal = carriers.refusal_of(match[1], _VENDOR, memory)
    if refusal is not None or match is None:
        return {"Code": refusal, "Message": refusal}
    values = list(json.loads(sent.get("TemplateParam") or "{}").values())
    number = sent["TemplateCode"].removeprefix("SMS_")
    content = _PLACEHOLDER.sub(lambda place: values[int(place[1]) - 1], TEMPLATES[number])
    text = f"【{sent['SignName']}】{content}"
    code = next((value for value in values if _CODE.fullmatch(value)), None)
    serial, is_delivered = carriers.carry(match[1], _VENDOR, memory)
    if is_delivered:
        memory.sms.append(match[1], Sms(match[1], text, code, time.time()))
    return {"Code": "OK", "Message": "OK", "BizId": serial}


def _judge(sent: Mapping[str, str], mode: Mode) -> str | None:
    """Return the code that refuses the message whatever its phone, or None."""
    if mode in ("busy", "limit"):
        return "isv.BUSINESS_LIMIT_CONTROL" if mode == "busy" else "isv.DAY_LIMIT_CONTROL"
    if not sent.get("SignName"):
        return "isv.SMS_SIGNATURE_ILLEGAL"
    template = TEMPLATES.get(sent.get("TemplateCode", "").removeprefix("SMS_"))
    if template is None:
        return "isv.SMS_TEMPLATE_ILLEGAL"
    try:
        given = json.loads(sent.get("TemplateParam") or "{}")
    except ValueError:
        return "isv.INVALID_JSON_PARAM"
    needed = len(set(_PLACEHOLDER.findall(template)))
    return None if len(given) >= needed else "isv.TEMPLATE_MISSING_PARAMETERS"


def _details(sent: Mapping[str, str], memory: Memory) -> dict[str, Any]:
    """Answer QuerySendDetails of one message; a waiting report is told."""
    report = memory.reports.get(sent.get("BizId", ""))
    found = [] if report is None else [_detail(report)]
    listed = {"SmsSendDetailDTO": found}
    return {
        "Code": "OK",
        "Message": "OK",
        "TotalCount": str(len(found)),
        "SmsSendDetailDTOs": listed,
    }


def _template(sent: Mapping[str, str], memory: Memory) -> dict[str, Any]:
    """Answer QuerySmsTemplate: 0 in review, 1 approved, 2 refused, 10 withdrawn."""
    number = sent.get("TemplateCode", "").removeprefix("SMS_")
    if number not in TEMPLATES:
        return {"Code": "isv.SMS_TEMPLATE_ILLEGAL", "Message": "模板不合法"}
    names = _VARIABLES.get(number, ())
    content = _PLACEHOLDER.sub(lambda place: f"${{{names[int(place[1]) - 1]}}}", TEMPLATES[number])
    return {
        "Code": "OK",
        "Message": "OK",
        "TemplateCode": sent["TemplateCode"],
        "TemplateStatus": (memory.account.get("aliyun_templates") or {}).get(number, _APPROVED),
        "TemplateType": 0 if number in _VARIABLES else 1,
        "TemplateName": number,
        "TemplateContent": content,
        "Reason": "",
    }


def _signature(sent: Mapping[str, str], memory: Memory) -> dict[str, Any]:
    """Answer QuerySmsSign; the states are those of templates."""
    if sent.get("SignName") != _SIGN_NAME:
        return {"Code": "isv.SMS_SIGNATURE_ILLEGAL", "Message": "签名不合法"}
    status = memory.account.get("aliyun_signature")
    return {
        "Code": "OK",
        "Message": "OK",
        "SignName": _SIGN_NAME,
        "SignStatus": _APPROVED if status is None else status,
        "Reason": "",
    }


def _detail(report: Report) -> dict[str, Any]:
    code, _ = carriers.wording(report)
    return {
        "PhoneNum": report.phone,
        "SendStatus": _DELIVERED if report.result == "delivered" else _FAILED,
        "ErrCode": code,
        "ReceiveDate": carriers.local_time(report.at),
        "SendDate": carriers.local_time(report.at),
        "OutId": "",
    }


def _quoted(text: str) -> str:
    return quote(text, safe="~")
