"""The SMS gateway: SendSms of Tencent Cloud SMS, version 2021-01-11.

As at the vendor, the error of one number is its ``Code`` in ``SendStatusSet``; only a malformed
call is an ``Error``.
"""

import re
import time
from typing import Any

from sandbox.calls import TencentError, text_of
from sandbox.memory import Memory, Mode, Report, Sms
from sandbox.products import carriers

# The approved templates; the sign name is put before them.
TEMPLATES = {
    "1000001": "验证码{1}，{2}分钟内有效，请勿告诉他人。如非本人操作，请忽略本短信。",
    "1000002": "您的账号登记的手机号已更换，如非本人操作请联系登记窗口。",
    "1000003": "您的账号已在另一个微信上登录绑定，如非本人操作请修改密码。",
    "1000004": "您的账号与原微信的绑定已解除，如非本人操作请修改密码。",
    "1000005": "以本手机号登记的账号状态有变动，如非本人办理请致电窗口业务人员。",
    "1000006": (
        "有登记业务等您本人确认：微信搜小程序“登记注册身份验证”或带证件到窗口。"
        "不收费、不要验证码；不是您办的请拒绝。"
    ),
    "1000007": "您的确认已失效（{1}），请处理后重新确认一次。",
    "1000008": "您参与的登记业务{1}，详情请在小程序“登记注册身份验证”中查看。",
    "1000021": "有人在窗口申请更换您账号登记的手机号，批准后生效；不是您办的请告知窗口。",
    "1000022": "您在窗口提出的冒名异议已报送信息中心处理，不收费，有结果会再发短信告知。",
    "1000023": "您在窗口提出的冒名异议已有结果，请带身份证原件到任一窗口，或致电窗口查询。",
    "1000011": "您在窗口提交的申请没有生效，请带身份证原件到窗口咨询；不是您办的，请告知窗口。",
    "1000012": "您在窗口提交的申请等第二人复核，有结果再通知您；不是您办的，请告知窗口。",
    "1000013": (
        "您在窗口提交的申请还没有复核，三个工作日后失效；"
        "可在小程序“登记注册身份验证”里刷脸，或再到窗口办理。"
    ),
    "1000014": ("您在窗口办理的申请有新的结果，请在小程序“登记注册身份验证”里查看，或到窗口询问。"),
    "1000015": (
        "您的个人信息可能受一起安全事件影响，详情见小程序“登记注册身份验证”的公告。"
        "请勿把验证码告诉任何人，有疑问请致电窗口。"
    ),
    "1000009": (
        "有人为本号码登记或登记过的账号做身份核验，24小时后生效。"
        "不是本人的，请在小程序申请“冒名注册处理”或致电窗口。"
    ),
    "1000010": (
        "您的“是否办理工商登记注册”因重置密码或换手机号已关闭，"
        "再开启请先刷脸、用网证或到窗口核验；非本人操作请到窗口。"
    ),
}
# Templates of the kind 验证码: their parameters have at most six digits.
_CODE_TEMPLATES = frozenset({"1000001"})

_PHONE = re.compile(r"(?:\+86|0086|86)?(1\d{10})", re.ASCII)
_PLACEHOLDER = re.compile(r"\{(\d+)\}")
_CODE_PARAMETER = re.compile(r"\d{0,6}", re.ASCII)
_CODE = re.compile(r"\d{6}", re.ASCII)
_MOST_PHONES = 200
_MOST_PULLED = 100
# One SMS carries 70 characters, each part of a longer one 67.
_SHORT_LENGTH, _PART_LENGTH = 70, 67

_MESSAGES = {
    "Ok": "send success",
    "FailedOperation.InsufficientBalanceInSmsPackage": "insufficient balance in SMS package",
    "FailedOperation.SignatureIncorrectOrUnapproved": "signature is incorrect or unapproved",
    "FailedOperation.TemplateIncorrectOrUnapproved": "template is incorrect or unapproved",
    "FailedOperation.TemplateParamSetNotMatchApprovedTemplate": (
        "template parameters do not match the approved template"
    ),
    "InvalidParameterValue.IncorrectPhoneNumber": "incorrect phone number",
    "InvalidParameterValue.TemplateParameterFormatError": (
        "verification code template parameter must be at most 6 digits"
    ),
    "LimitExceeded.AppDailyLimit": "the daily limit of the application is exceeded",
    "LimitExceeded.DeliveryFrequencyLimit": "delivery frequency limit",
}


def send_sms(body: dict[str, Any], mode: Mode, memory: Memory) -> dict[str, Any]:
    """Answer SendSms and deliver to the inboxes. Raises TencentError for a malformed call."""
    phones = body.get("PhoneNumberSet")
    if not isinstance(phones, list) or not phones:
        raise TencentError("MissingParameter.EmptyPhoneNumberSet", "PhoneNumberSet is empty.")
    if len(phones) > _MOST_PHONES:
        raise TencentError("LimitExceeded.PhoneNumberCountLimit", "More than 200 phone numbers.")
    for name in ("SmsSdkAppId", "TemplateId"):
        if not text_of(body, name):
            raise TencentError(
                "MissingParameter", f"The request is missing a required parameter `{name}`."
            )
    parameters = body.get("TemplateParamSet") or []
    if not isinstance(parameters, list) or not all(isinstance(p, str) for p in parameters):
        raise TencentError("InvalidParameter", "TemplateParamSet is not a list of strings.")
    template_id = text_of(body, "TemplateId")
    refusal = _judge(body, template_id, parameters, mode)
    context = text_of(body, "SessionContext")
    text = "" if refusal else _render(text_of(body, "SignName"), template_id, parameters)
    code = next((p for p in parameters if _CODE.fullmatch(p)), None)
    statuses = [_send_one(phone, text, code, refusal, context, memory) for phone in phones]
    return {"SendStatusSet": statuses}


def _judge(body: dict[str, Any], template_id: str, parameters: list[str], mode: Mode) -> str | None:
    """Return the code that refuses every number of this call, or None."""
    if mode == "busy":
        return "LimitExceeded.DeliveryFrequencyLimit"
    if mode == "limit":
        return "LimitExceeded.AppDailyLimit"
    if not text_of(body, "SignName"):
        return "FailedOperation.SignatureIncorrectOrUnapproved"
    template = TEMPLATES.get(template_id)
    if template is None:
        return "FailedOperation.TemplateIncorrectOrUnapproved"
    if len(parameters) != len(set(_PLACEHOLDER.findall(template))):
        return "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
    if template_id in _CODE_TEMPLATES and not all(_CODE_PARAMETER.fullmatch(p) for p in parameters):
        return "InvalidParameterValue.TemplateParameterFormatError"
    return None


def _render(sign_name: str, template_id: str, parameters: list[str]) -> str:
    content = _PLACEHOLDER.sub(lambda m: parameters[int(m[1]) - 1], TEMPLATES[template_id])
    return f"【{sign_name}】{content}"


def _send_one(
    phone: object, text: str, code: str | None, refusal: str | None, context: str, memory: Memory
) -> dict[str, Any]:
    match = _PHONE.fullmatch(phone) if isinstance(phone, str) else None
    number = match[1] if match else ""
    if refusal is None and not number:
        refusal = "InvalidParameterValue.IncorrectPhoneNumber"
    elif refusal is None:
        refusal = carriers.refusal_of(number, "tencent", memory)
    serial = ""
    if refusal is None:
        serial, is_delivered = carriers.carry(number, "tencent", memory)
        if is_delivered:
            memory.sms.append(number, Sms(number, text, code, time.time()))
    return {
        "SerialNo": serial,
        "PhoneNumber": f"+86{number}" if number else str(phone),
        "Fee": 0 if refusal else _fee(text),
        "SessionContext": context,
        "Code": refusal or "Ok",
        "Message": _MESSAGES.get(refusal or "Ok", refusal),
        "IsoCode": "CN" if number else "",
    }


def pull_status(body: dict[str, Any], mode: Mode, memory: Memory) -> dict[str, Any]:
    """Answer PullSmsSendStatus: the waiting reports, each once. Raises TencentError."""
    most = body.get("Limit")
    if not isinstance(most, int) or not 1 <= most <= _MOST_PULLED:
        raise TencentError("InvalidParameterValue.LimitVerifyFail", "Limit is 1 to 100.")
    if mode != "ok":
        raise TencentError("InternalError.OtherError", "The system is busy.")
    found = carriers.take_reports("tencent", most, memory)
    return {"PullSmsSendStatusSet": [_pulled(report) for report in found]}


def _pulled(report: Report) -> dict[str, Any]:
    _, description = carriers.wording(report)
    return {
        "UserReceiveTime": int(report.at),
        "CountryCode": "86",
        "SubscriberNumber": report.phone,
        "PhoneNumber": f"+86{report.phone}",
        "SerialNo": report.serial,
        "ReportStatus": "SUCCESS" if report.result == "delivered" else "FAIL",
        "Description": description,
        "SessionContext": "",
    }


def _fee(text: str) -> int:
    return 1 if len(text) <= _SHORT_LENGTH else -(-len(text) // _PART_LENGTH)
