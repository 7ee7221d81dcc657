"""Errors on a user's phone, reported by the mini program (case 11) for the bot."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from miniprogram_api import clock, masking
from miniprogram_api.access import attempts
from miniprogram_api.access.sessions import SessionInfo
from miniprogram_api.retention import Kept
from miniprogram_api.services import Services
from models.accounts import client_reports as table
from models.accounts.client_reports import ClientReport
from models.storage.removal import remove_before

Kind = Literal["network", "sms", "face", "other"]

LOOKED_BACK = timedelta(days=1)
MOST = 5
LONGEST_STEP, LONGEST_DETAIL = 64, 500
# The mini program's name for errno 1400001 of WeChat's phone buttons (``miniprogram/src/api``).
PHONE_QUOTA_STEP = "phone.quota"
PHONE_QUOTA_PERIOD = timedelta(hours=1)
MANY = 3
"""Users without a phone number from which it is the quota; ``rules.yaml`` has the same number."""


def add(services: Services, session: SessionInfo, kind: Kind, step: str, detail: str) -> None:
    """Store a report of the session's holder, personal data masked."""
    attempts.take(services, attempts.reports_of(services.settings, session), scope="reports")
    ClientReport.insert(
        openid=session.openid,
        account=session.account_id,
        kind=kind,
        step=masking.free_text(step)[:LONGEST_STEP],
        detail=masking.free_text(detail)[:LONGEST_DETAIL],
        reported_at=clock.now(),
    ).execute()


@dataclass(frozen=True, slots=True)
class Report:
    """One report, for diagnosis."""

    kind: str
    step: str
    """The mini program's own name, such as ``activation.phone``; not for display."""
    at: datetime


def last(openid: str | None, account_id: int | None) -> list[Report]:
    """Return the reports of the last 24 hours by a WeChat user and an account, newest first."""
    since_ms = clock.milliseconds(clock.now() - LOOKED_BACK)
    return [
        Report(row.kind, row.step, row.reported_at)
        for row in table.last(openid, account_id, since_ms, MOST)
    ]


def without_phone_number() -> int:
    """Return how many WeChat users of the last hour got no phone number: its quota is used up.

    WeChat tells it on the phone alone. One user can report anything; several are an alarm.
    """
    return table.users_at(PHONE_QUOTA_STEP, clock.now() - PHONE_QUOTA_PERIOD)


def remove_old() -> int:
    """Delete expired reports; return how many."""
    return remove_before(ClientReport.reported_at, Kept.CLIENT_REPORTS.cutoff())
