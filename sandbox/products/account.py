"""What the vendors' consoles hold for our account: templates, signatures, packages, quotas.

All is in order until ``POST /sandbox/account`` plants a fault that lasts until ``/sandbox/clear``:

``{"refuse": {"stable_token": 40164, "SendSms": "UnauthorizedOperation.…"}}``
    every call of an action is refused with a vendor's code
``{"sms_templates": {"1000001": -1}}``, ``{"sms_signature": 1}``
    the status of a template or of the signature (0 approved, 1 in review, -1 refused)
``{"aliyun_templates": {"1000001": 2}}``, ``{"aliyun_signature": 10}``
    the same at the second SMS vendor (0 in review, 1 approved, 2 refused, 10 withdrawn)
``{"sms_left": 0}``, ``{"quota": {"/wxa/msg_sec_check": 0}}``
    what is left of the packages and of a call
``{"clock": 900}``
    how many seconds the vendor's clock is ahead of this machine's
``{"subscriptions": ["sandbox-ticket"]}``
    the only subscription templates
"""

import time
from typing import Any

from flask import Blueprint, Response

from sandbox.calls import WeChatError, json_body, json_response, memory, text_of
from sandbox.control import refuse
from sandbox.memory import Memory, Mode
from sandbox.products.sms import TEMPLATES
from sandbox.wechat import call

blueprint = Blueprint("account", __name__)

_SIGN_NAME = "登记注册身份验证"
_PACKAGE = 100_000
_QUOTA = 10_000
_SUBSCRIPTIONS = (
    "number_range_supported", "sms_window_over", "ticket", "review", "authorisation_ending",
    "matter",
)  # fmt: skip
_CONTENT = "事项:{{thing1.DATA}}\n状态:{{phrase2.DATA}}\n时间:{{time3.DATA}}\n说明:{{thing4.DATA}}"
_YEAR_SECONDS = 365 * 24 * 3600
_PLANTS = (
    "refuse",
    "clock",
    "sms_templates",
    "sms_signature",
    "sms_left",
    "aliyun_templates",
    "aliyun_signature",
    "quota",
    "subscriptions",
)


@blueprint.post("/sandbox/account")
def plant() -> Response:
    """Change what the vendors hold for our account."""
    body = json_body() or {}
    unknown = [name for name in body if name not in _PLANTS]
    if unknown or not body:
        return refuse(f"fields are {', '.join(_PLANTS)}")
    for name, value in body.items():
        memory().account.put(name, value)
    return json_response(body)


@blueprint.post("/cgi-bin/openapi/quota/get")
def quota() -> Response:
    """Answer how often a call was and may be made today."""

    def handle(body: dict[str, Any]) -> dict[str, Any]:
        path = text_of(body, "cgi_path")
        if not path.startswith("/"):
            raise WeChatError(76021, "cgi_path not found, please check")
        left = _planted("quota", {}).get(path, _QUOTA)
        return {"quota": {"daily_limit": _QUOTA, "used": _QUOTA - left, "remain": left}}

    return call("console", "quota/get", handle)


@blueprint.get("/wxaapi/newtmpl/gettemplate")
def subscription_templates() -> Response:
    """List the subscription templates of the mini program."""

    def handle(_body: dict[str, Any]) -> dict[str, Any]:
        ids = _planted("subscriptions", [f"sandbox-{topic}" for topic in _SUBSCRIPTIONS])
        data = [
            {"priTmplId": i, "title": i, "content": _CONTENT, "example": "", "type": 2} for i in ids
        ]
        return {"data": data}

    return call("console", "gettemplate", handle, sent={})


def sms_templates(body: dict[str, Any], _mode: Mode, memory: Memory) -> dict[str, Any]:
    """Answer DescribeSmsTemplateList."""
    statuses = memory.account.get("sms_templates") or {}
    listed = [
        {
            "TemplateId": int(number),
            "International": 0,
            "StatusCode": statuses.get(number, 0),
            "ReviewReply": "",
            "TemplateName": number,
            "CreateTime": int(time.time()) - _YEAR_SECONDS,
            "TemplateContent": content,
        }
        for number, content in TEMPLATES.items()
    ]
    return {"DescribeTemplateStatusSet": _page(body, listed)}


def sms_signatures(body: dict[str, Any], _mode: Mode, memory: Memory) -> dict[str, Any]:
    """Answer DescribeSmsSignList."""
    status = memory.account.get("sms_signature") or 0
    signature = {
        "SignId": 1,
        "International": 0,
        "StatusCode": status,
        "ReviewReply": "",
        "SignName": _SIGN_NAME,
        "CreateTime": int(time.time()) - _YEAR_SECONDS,
    }
    return {"DescribeSignListStatusSet": _page(body, [signature])}


def sms_packages(_body: dict[str, Any], _mode: Mode, memory: Memory) -> dict[str, Any]:
    """Answer SmsPackagesStatistics: one package, bought a year ago, valid for one more."""
    planted = memory.account.get("sms_left")
    left = _PACKAGE if planted is None else planted
    now = int(time.time())
    package = {
        "PackageCreateTime": now - _YEAR_SECONDS,
        "PackageEffectiveTime": now - _YEAR_SECONDS,
        "PackageExpiredTime": now + _YEAR_SECONDS,
        "PackageAmount": _PACKAGE,
        "PackageType": 1,
        "PackageId": 1,
        "CurrentUsage": _PACKAGE - left,
    }
    return {"SmsPackagesStatisticsSet": [package]}


def _page(body: dict[str, Any], listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    begin = body.get("Offset") or 0
    page: list[dict[str, Any]] = listed[begin : begin + (body.get("Limit") or 10)]
    return page


def _planted(name: str, otherwise: Any) -> Any:
    value = memory().account.get(name)
    return otherwise if value is None else value
