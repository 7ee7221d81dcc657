"""What carriers report of sent SMS: noted on the code, the notice or the message of a matter.

A vendor calls back where ``SMS_RECEIPTS_PATH`` is set; else the worker fetches the reports. The
first report of a message counts; one for another phone than the message's is dropped.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import structlog

from miniprogram_api import clock, outbox
from miniprogram_api.clients.sms.reports import Report, SentMessage, of_callback
from miniprogram_api.delivery import matter_messages
from miniprogram_api.operations import figure_counters
from miniprogram_api.phones import carriers
from miniprogram_api.services import Services
from models.accounts.sms_codes import SmsCode
from models.delivery_reports import DELIVERED, FAILED
from models.matters.messages import MatterMessage
from models.outbox import Notice
from models.storage.database import release, transaction

JOB = "sms.reports"
LOOK_EVERY = timedelta(minutes=1)
AGAIN_AFTER = timedelta(seconds=15)
# A carrier tries for three days at most.
AWAITED = timedelta(days=3)
MOST_ASKED = 100

# Each has the columns of Reported, a phone and created_at.
TABLES: tuple[Any, ...] = (SmsCode, Notice, MatterMessage)

log = structlog.get_logger("delivery")


def take_callback(body: bytes) -> int:
    """Note the reports that a vendor posted; return how many belonged to messages of ours.

    A call is not signed: what is not JSON, or belongs to no message, is dropped.
    """
    try:
        entries = json.loads(body)
    except (ValueError, RecursionError):
        entries = None
    return _note_all(of_callback(entries))


def fetch(services: Services) -> int:
    """Fetch and note the missing reports, unless the vendor calls back; return how many."""
    if services.settings.sms_receipts_path.get_secret_value():
        return 0
    missing = list(_missing())
    if not missing:
        return 0
    _look_again()
    release()
    noted = _note_all(services.clients.sms.reports(missing))
    figure_counters.write(services)
    return noted


def _look_again() -> None:
    """Plan the next look, once a period also where several jobs ask for it."""
    now = clock.now()
    period = int(now.timestamp() // AGAIN_AFTER.total_seconds()) + 1
    with transaction():
        outbox.add(JOB, {}, unique_key=f"{JOB}:again:{period}", run_at=now + AGAIN_AFTER)


def _missing() -> Iterator[SentMessage]:
    """Yield the newest messages without a report."""
    since = clock.now() - AWAITED
    for table in TABLES:
        is_awaited = _is_unreported(table) & (table.created_at > since)
        rows = table.select().where(is_awaited).order_by(table.id.desc()).limit(MOST_ASKED)
        for row in rows:
            yield SentMessage(row.sms_vendor, row.sms_serial, row.created_at, row.phone)


def _note_all(reports: Iterable[Report]) -> int:
    noted = 0
    for report in reports:
        with transaction():
            row = _row_of(report)
            if row is None or not _note(row, report):
                continue
        noted += 1
        outcome = report.reason or DELIVERED
        figure_counters.count_report(carriers.of_phone(row.phone), outcome)
    return noted


def _row_of(report: Report) -> Any:
    """Return the message of this vendor, serial number and phone without a report, or None."""
    for table in TABLES:
        of_serial = _is_unreported(table) & (table.sms_serial == report.serial)
        for row in table.select().where(of_serial & (table.sms_vendor == report.vendor)):
            if row.phone == report.phone.removeprefix("+").removeprefix("86")[-11:]:
                return row
            log.warning("report of another phone", vendor=report.vendor, table=table.__name__)
    return None


def _note(row: Any, report: Report) -> bool:
    """Store a report once; return whether it was the first."""
    table: Any = type(row)
    values = {
        "report": DELIVERED if report.is_delivered else FAILED,
        "report_reason": report.reason,
        "reported_at": report.at,
    }
    is_first = table.update(values).where(_is_unreported(table) & (table.id == row.id)).execute()
    if is_first and isinstance(row, MatterMessage):
        matter_messages.note_report(row, is_delivered=report.is_delivered)
    return bool(is_first)


def _is_unreported(table: Any) -> Any:
    return table.sms_serial.is_null(False) & table.report.is_null()
