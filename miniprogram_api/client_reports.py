"""What went wrong on a person's phone, as the mini program says (case 11); the bot reads it."""

import re
from datetime import timedelta
from typing import Literal

from miniprogram_api import clock
from miniprogram_api.sessions import SessionInfo
from models.client_reports import ClientReport

Kind = Literal["network", "sms", "face", "other"]

KEPT = timedelta(days=90)
LONGEST_STEP, LONGEST_DETAIL = 64, 500

_MASK = "***"
# Whatever could be somebody's: a mail address, what follows the path of a URL, a token, and six or
# more digits in a row, be they grouped by spaces, dots or dashes, perhaps with an X at the end.
_PERSONAL = re.compile(
    r"[^\s@＠]+[@＠][^\s@＠]+"
    r"|(?<=[\w/])[?#]\S+"
    r"|[A-Za-z0-9_-]{24,}"
    r"|\d(?:[\s.\-]?\d){5,}[XxＸｘ]?"
)


def add(session: SessionInfo, kind: Kind, step: str, detail: str) -> None:
    """Keep a report of the session's holder; numbers and other personal data in it are masked."""
    ClientReport.insert(
        openid=session.openid,
        account=session.account_id,
        kind=kind,
        step=masked(step)[:LONGEST_STEP],
        detail=masked(detail)[:LONGEST_DETAIL],
        reported_at=clock.now(),
    ).execute()


def masked(text: str) -> str:
    """``text`` with everything replaced that could be a number, an address or a token."""
    return _PERSONAL.sub(_MASK, text)


def remove_old() -> int:
    """Delete the reports that are older than 90 days; returns how many."""
    return int(ClientReport.delete().where(ClientReport.reported_at < clock.now() - KEPT).execute())
