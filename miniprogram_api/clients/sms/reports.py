"""What carriers reported of messages, in one form from the forms of the vendors.

A callback is not signed: the serial number is looked up, and its phone compared, before anything
is believed.
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from miniprogram_api import clock

UNKNOWN = "unknown"
_REASONS = Path(__file__).with_name("report_reasons.yaml")
_STATES_OF_PHONE = ("suspended", "void", "powered_off")
_ENDED, _DELIVERED = (2, 3), 3


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message whose report is missing."""

    vendor: str
    serial: str
    sent_at: datetime
    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Report:
    """The end of one message; ``reason`` only where it did not arrive."""

    vendor: str
    serial: str
    is_delivered: bool
    reason: str | None
    at: datetime
    phone: str = field(repr=False)


def of_callback(body: Any) -> list[Report]:
    """Read the list that a vendor posts; entries of another form are left out."""
    entries = body if isinstance(body, list) else []
    found = (_of_entry(entry) for entry in entries if isinstance(entry, dict))
    return [report for report in found if report is not None]


def of_pull(entry: dict[str, Any]) -> Report | None:
    """Read one status of Tencent's PullSmsSendStatus; None when it is of another form."""
    at = entry.get("UserReceiveTime")
    seconds = at if isinstance(at, int) and 0 < at < 1 << 33 else None
    return _report(
        "tencent",
        entry.get("SerialNo"),
        entry.get("SubscriberNumber"),
        entry.get("ReportStatus") == "SUCCESS",
        ("", entry.get("Description")),
        None if seconds is None else datetime.fromtimestamp(seconds, clock.SHANGHAI),
    )


def of_details(sent: SentMessage, entry: dict[str, Any]) -> Report | None:
    """Read one message of Aliyun's QuerySendDetails; None while the carrier has not reported."""
    if entry.get("SendStatus") not in _ENDED:
        return None
    is_delivered = entry.get("SendStatus") == _DELIVERED
    code, at = entry.get("ErrCode"), _instant(entry.get("ReceiveDate"))
    return _report("aliyun", sent.serial, entry.get("PhoneNum"), is_delivered, (code, ""), at)


def reason_of(code: str, description: str) -> str:
    """Return the reason that a failed report names.

    UNKNOWN for other words, and where several states of the phone stand together.
    """
    by_words = [
        reason
        for reason, known in _reasons().items()
        if any(word in description for word in known["words"])
    ]
    if sum(reason in _STATES_OF_PHONE for reason in by_words) > 1:
        return UNKNOWN
    by_code = (
        reason for reason, known in _reasons().items() if code.startswith(tuple(known["codes"]))
    )
    return next(iter(by_words), None) or next(by_code, UNKNOWN)


def _of_entry(entry: dict[str, Any]) -> Report | None:
    if "sid" in entry:
        return _report(
            "tencent",
            entry["sid"],
            entry.get("mobile"),
            entry.get("report_status") == "SUCCESS",
            (entry.get("errmsg"), entry.get("description")),
            _instant(entry.get("user_receive_time")),
        )
    return _report(
        "aliyun",
        entry.get("biz_id"),
        entry.get("phone_number"),
        entry.get("success") is True,
        (entry.get("err_code"), entry.get("err_msg")),
        _instant(entry.get("report_time")),
    )


def _report(
    vendor: str,
    serial: object,
    phone: object,
    is_delivered: bool,
    said: tuple[object, object],
    at: datetime | None,
) -> Report | None:
    if not (isinstance(serial, str) and serial and isinstance(phone, str)):
        return None
    code, description = (text if isinstance(text, str) else "" for text in said)
    reason = None if is_delivered else reason_of(code, description)
    # A report of another year's form, or of the future, counts from now.
    now = clock.now()
    return Report(vendor, serial, is_delivered, reason, min(at or now, now), phone)


def _instant(text: object) -> datetime | None:
    """Read ``2026-11-24 12:00:00`` of Shanghai time."""
    try:
        return datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=clock.SHANGHAI)
    except ValueError:
        return None


@cache
def _reasons() -> dict[str, dict[str, list[str]]]:
    """Return reason → its words and codes."""
    reasons: dict[str, dict[str, list[str]]] = yaml.safe_load(_REASONS.read_text("utf-8"))
    return reasons
