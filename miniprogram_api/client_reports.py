"""What went wrong on a person's phone, as the mini program says (case 11); the bot reads it."""

from datetime import timedelta
from typing import Literal

from miniprogram_api import clock, masking
from miniprogram_api.sessions import SessionInfo
from models.client_reports import ClientReport

Kind = Literal["network", "sms", "face", "other"]

KEPT = timedelta(days=90)
LONGEST_STEP, LONGEST_DETAIL = 64, 500


def add(session: SessionInfo, kind: Kind, step: str, detail: str) -> None:
    """Keep a report of the session's holder; numbers and other personal data in it are masked."""
    ClientReport.insert(
        openid=session.openid,
        account=session.account_id,
        kind=kind,
        step=masking.free_text(step)[:LONGEST_STEP],
        detail=masking.free_text(detail)[:LONGEST_DETAIL],
        reported_at=clock.now(),
    ).execute()


def remove_old() -> int:
    """Delete the reports that are older than 90 days; returns how many."""
    return int(ClientReport.delete().where(ClientReport.reported_at < clock.now() - KEPT).execute())
