"""The carriers behind the SMS vendors: what a phone does with a message, and their reports.

``POST /sandbox/sms/phones`` ``{phone, vendor?, refusal?, report?}`` sets it for a phone, or for all
phones that begin with these digits. ``refusal`` is the vendor's code for the next messages, empty
for none; ``report`` a name of REPORTS, or ``none``: the carrier never reports. ``vendor`` restricts
the refusal. ``POST /sandbox/sms/reports`` ``{vendor, url}`` pushes what waits to the service.
"""

import json
import secrets
import time
from datetime import datetime
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from flask import Blueprint, Response

from sandbox.calls import json_body, json_response, memory, text_of
from sandbox.control import refuse
from sandbox.memory import SHANGHAI, Memory, Report

blueprint = Blueprint("carriers", __name__, url_prefix="/sandbox/sms")

VENDORS = ("tencent", "aliyun")
SILENT = "none"


class Words(NamedTuple):
    """A result in the codes and words of each vendor."""

    tencent: tuple[str, str]
    aliyun: tuple[str, str]


REPORTS = {
    "delivered": Words(("DELIVRD", "用户短信送达成功"), ("DELIVERED", "用户接收成功")),
    "suspended": Words(("MK:0005", "停机"), ("MOBILE_NOT_ON_SERVICE", "停机")),
    "void": Words(("MK:0001", "空号"), ("MOBILE_NOT_EXIST", "空号")),
    "powered_off": Words(("MK:0023", "关机"), ("MOBILE_TERMINAL_OFF", "关机")),
    "blacklisted": Words(("MBBLACK", "黑名单"), ("MOBILE_IN_BLACK", "手机号在黑名单")),
    "blocked": Words(("-106", "运营商关键字拦截"), ("CONTENT_KEYWORD", "关键字拦截")),
    "frequent": Words(("BEYONDD", "超频"), ("MOBILE_SEND_LIMIT", "频繁发送超限")),
    "unknown": Words(("UNKNOWN", "未知的短信状态"), ("UNKNOWN", "未知错误")),
}

# Phones with these endings are accepted without delivery and report, or refused: contract.
_MOST_PUSHED = 100
_SILENT_ENDING, _REFUSED_ENDING = "0000", "0009"
_OPERATORS_FAULT = {
    "tencent": "FailedOperation.InsufficientBalanceInSmsPackage",
    "aliyun": "isv.AMOUNT_NOT_ENOUGH",
}


def refusal_of(phone: str, vendor: str, memory: Memory) -> str | None:
    """Return the vendor's code that refuses a message to this phone, or None."""
    planned = _planned(phone, memory)
    if vendor in planned:
        return planned[vendor] or None
    return _OPERATORS_FAULT[vendor] if phone.endswith(_REFUSED_ENDING) else None


def carry(phone: str, vendor: str, memory: Memory) -> tuple[str, bool]:
    """Return the number of an accepted message, and whether the phone gets it; queue its report."""
    number = secrets.token_hex(14)
    serial = f"5000:{number}" if vendor == "tencent" else f"{int(number, 16)}^0"
    result = _planned(phone, memory).get("report", "delivered")
    if phone.endswith(_SILENT_ENDING):
        return serial, False
    if result != SILENT:
        memory.reports.put(serial, Report(vendor, serial, phone, result, time.time()))
    return serial, result == "delivered"


def take_reports(vendor: str, most: int, memory: Memory) -> list[Report]:
    """Return the oldest reports that the vendor has not passed on, each once."""
    waiting = [report for report in memory.reports.values() if report.vendor == vendor]
    taken = (memory.reports.take(report.serial) for report in waiting[:most])
    return [report for report in taken if report is not None]


def wording(report: Report) -> tuple[str, str]:
    """Return code and description of a report, as its vendor words it."""
    words: tuple[str, str] = getattr(REPORTS[report.result], report.vendor)
    return words


@blueprint.post("/phones")
def set_phone() -> Response:
    """Set what becomes of messages to a phone, or to all that begin with these digits."""
    body = json_body() or {}
    digits, vendor = text_of(body, "phone"), text_of(body, "vendor")
    refusal, report = body.get("refusal"), text_of(body, "report")
    if not (digits.isascii() and digits.isdigit() and 3 <= len(digits) <= 11):
        return refuse("phone is 3 to 11 digits")
    if vendor not in ("", *VENDORS):
        return refuse(f"vendor is one of {', '.join(VENDORS)}")
    if report not in ("", SILENT, *REPORTS):
        return refuse(f"report is {SILENT} or one of {', '.join(REPORTS)}")
    plan = {**(memory().phones.get(digits) or {}), **({"report": report} if report else {})}
    if isinstance(refusal, str):
        plan |= dict.fromkeys([vendor] if vendor else VENDORS, refusal)
    memory().phones.put(digits, plan)
    return json_response({"phone": digits, **plan})


@blueprint.post("/reports")
def push_reports() -> Response:
    """Push the waiting reports of a vendor to the service, as its console is configured to."""
    body = json_body() or {}
    vendor, url = text_of(body, "vendor") or VENDORS[0], text_of(body, "url")
    if vendor not in VENDORS or not url:
        return refuse("vendor and url are missing")
    waiting = take_reports(vendor, _MOST_PUSHED, memory())
    if not waiting:
        return json_response({"pushed": 0, "answer": None})
    form = _as_tencent if vendor == "tencent" else _as_aliyun
    sent = json.dumps([form(report) for report in waiting], ensure_ascii=False).encode()
    call = Request(url, sent, {"Content-Type": "application/json"}, method="POST")  # noqa: S310
    try:
        # Without the proxy of the environment: the service is on this machine.
        with build_opener(ProxyHandler({})).open(call, timeout=10) as answer:
            status, text = answer.status, answer.read()
    except HTTPError as error:
        status, text = error.code, error.read()
    return json_response({"pushed": len(waiting), "status": status, "answer": text.decode()})


def _as_tencent(report: Report) -> dict[str, Any]:
    code, description = wording(report)
    return {
        "user_receive_time": local_time(report.at),
        "nationcode": "86",
        "mobile": report.phone,
        "report_status": "SUCCESS" if report.result == "delivered" else "FAIL",
        "errmsg": code,
        "description": description,
        "sid": report.serial,
    }


def _as_aliyun(report: Report) -> dict[str, Any]:
    code, description = wording(report)
    return {
        "phone_number": report.phone,
        "send_time": local_time(report.at),
        "report_time": local_time(report.at),
        "success": report.result == "delivered",
        "err_code": code,
        "err_msg": description,
        "sms_size": "1",
        "biz_id": report.serial,
        "out_id": "",
    }


def local_time(seconds: float) -> str:
    """Format seconds since the epoch as ``2026-11-24 12:00:00`` in Shanghai time."""
    return datetime.fromtimestamp(seconds, SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def _planned(phone: str, memory: Memory) -> dict[str, str]:
    """Return what is set for the phone, or else for the longest beginning of it.

    Vendor → code of its refusal, and ``report``.
    """
    found = (memory.phones.get(phone[:length]) for length in range(len(phone), 2, -1))
    return next((planned for planned in found if planned is not None), {})
